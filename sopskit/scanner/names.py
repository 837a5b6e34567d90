"""What a name says of the value it is given: a password, another secret, or none."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache


class Kind(Enum):
    """What a name promises."""

    PASSWORD = auto()  # that a person may have chosen
    KEY = auto()  # that a machine has made
    SERVICE_KEY = auto()  # of a service that the rules do not know, or of a table, a map, a cache


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[^a-z0-9]+")

#: What may stand behind the key word: a number, a stage, how it is given.
_BEHIND = (
    r"(?:_(?:value|str|string|base64|b64|hex|raw|plain|plaintext|text|data|prod|production|staging|stage|dev|live|main"
    r"|default|primary|secondary|old|new|v?[0-9]+))*$"
)
_PASSWORD = re.compile(
    r"(?:^|_)(?:[a-z]*passw(?:or)?d|[a-z]*passwort|[a-z]*passphrase|[a-z]{0,8}pwd|[a-z]{1,8}_pass|pass|psk"
    r"|[a-z]{2,6}pass(?<!bypass)(?<!compass))" + _BEHIND
)
_KEY = re.compile(
    r"(?:^|_)(?:[a-z]*secret|token|(?:auth|access|bearer|refresh|id|api|bot|session|deploy)token|[a-z]*api_?key"
    r"|(?:access|auth|account|admin|app|application|encryption|encrypt|enc|crypto|cipher|hmac|jwt|license|master|private"
    r"|root|secret|security|service|session|shared|signing|sign|storage|token|webhook|write|consumer|client)_?key"
    r"|secret_?key_?base|credentials?|bearer|(?:auth|secret)_?code)" + _BEHIND
)

_SERVICE_KEY = re.compile(r"(?:^|_)(?P<service>[a-z][a-z0-9]+)_key$")

#: Before `key`, what says that it is looked up, or that everybody may know it.
_LOOKED_UP = frozenset(
    """
    age anon attribute block bucket class column config dedup dict document entity env event feature
    field file fingerprint gpg group header host i18n id image index item job known label lang
    lookup map message meta metric name node object option order page param path peer pgp pkg plugin
    prefix property publishable range recaptcha record redis registry resource route row schema
    search section server setting site slot ssh state store string tag task template text tracking
    translation trusted type unique url user validator value verify
    """.split()  # noqa: SIM905 - as text it fits on the screen
)

#: What stands before a key word that means something else: tokens of parsers, of pages, of models, of locks.
_HARMLESS = re.compile(
    r"(?:^|_)(?:next|page|paging|pagination|continuation|continue|start|starting|end|input|output|eof|eos|bos|sep|cls"
    r"|pad|mask|unk|stop|cancel|cancellation|sync|resume|idempotency|change|purchase|last|first|update|verification"
    r"|action|prev|previous|current|lex|lexer|parser|syntax|special|max|min|num|count|total|request|csrf|xsrf|marker"
    r"|position|version|public|pub|foreign|primary_key|sort|partition|cache|hash|lookup|dummy|fake|mock|example|sample"
    r"|invalid|wrong|bad|expired|missing|no|not|without|with|has|is|use|required?|enabled?|allow|existing|unused"
    r"|fastcgi|uwsgi|by)_(?:[a-z]+_){0,2}?(?:token|key|secret|pass|pwd|passw(?:or)?d|credentials?)"
    r"|(?:^|_)(?:proxy_?pass|bypass)"
)

#: Names that say nothing alone: of a parser's token, of a name in a list.
_VAGUE = frozenset(
    ("token", "pass", "secret", "credential", "credentials", "bearer", "secret_key", "client_key")
)


@lru_cache(maxsize=4096)
def words(name: str) -> str:
    """The words of a name in lowercase with `_` between them."""
    plain = _SEPARATORS.sub("_", _CAMEL.sub("_", name).lower()).strip("_")
    return plain.rstrip("0123456789").rstrip("_")


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind | None:
    """What a name promises; None where it promises no secret."""
    plain = words(name)
    if _HARMLESS.search(plain):
        return None
    if _PASSWORD.search(plain):
        return Kind.PASSWORD
    if _KEY.search(plain):
        return Kind.KEY
    service = _SERVICE_KEY.search(plain)
    return Kind.SERVICE_KEY if service and service["service"] not in _LOOKED_UP else None


def is_vague(name: str) -> bool:
    """Whether a name is a key word alone."""
    return words(name) in _VAGUE
