"""Secrets without a format: what is given to a name that says "secret", and looks as if it were one.

A key is judged by how random it is for its length and character class; a password, that a person may have
chosen, by what it is not: a word, a placeholder, a reference. In code it must be random too. In settings one
that anybody would guess is found as well (`postgres123`): whoever deploys them is open with it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Confidence, Severity
from sopskit.scanner import names
from sopskit.scanner.chance import evenness, surprise
from sopskit.scanner.checksums import password
from sopskit.scanner.encrypted import is_encrypted
from sopskit.scanner.file_kinds import FileKind, kind_of_file
from sopskit.scanner.names import Kind
from sopskit.scanner.placeholders import is_placeholder

if TYPE_CHECKING:
    from sopskit.scanner.structure import Assignment


class Verdict(NamedTuple):
    """How bad and how sure a generic secret is."""

    severity: Severity
    confidence: Confidence


_SHORTEST, _SHORTEST_PASSWORD, _SHORTEST_KEY, _SHORTEST_SERVICE_KEY, _LONGEST = 6, 8, 12, 20, 512

#: How odd and how even a text by chance is at least; a key without digits must be odder.
_ODD_PASSWORD, _ODD, _VERY_ODD, _EVEN = 0.1, 0.3, 0.45, 0.7

#: Texts that say where something is, or what it is called. With `ext:` NixOS names what stands in a file of
#: secrets (its option `networking.wireless.secretsFile`).
_REFERENCE = re.compile(
    r"^[a-z][\w+.-]*://|^(?:\.{0,2}/|~/|[A-Za-z]:\\)|^@|^arn:|^urn:|^op://|^vault:|^ext:|^@\w+@$|^ref\+|^enc:|^file:|^(?:sha(?:1|256|512)|md5)[-:]"
    r"|[$#%]?[{(<][^})>]*[})>]|\$[A-Za-z_]|^%|%[sdv]|^!|\\[nrtu0]"
    r"|^[\w.-]+(?:/[\w.-]+)+$(?<![+=])|^[\w-]+\.(?:json|ya?ml|pem|crt|key|txt|pub|conf|env|sock|log|nix|go|py|js|ts|toml|age|gpg)$"
    r"|^v?[0-9]+(?:\.[0-9]+)+[\w.+-]*$|^\S+@\S+\.\S+$|^#[0-9A-Fa-f]{6}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T|^0x[0-9A-Fa-f]{1,8}$|^[0-9A-Fa-f:]*::[0-9A-Fa-f:]*$",
)
#: Names of code and of resources: words with `.`, `_`, `-` or `:` between them.
_NAME = re.compile(r"^[A-Za-z_]+[0-9]{0,3}(?:[-._: /]+[A-Za-z0-9]{1,12}|[-._:]+[A-Za-z]+[0-9]{0,4})*$")
_UUID = re.compile(r"^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")

_HEX = re.compile(r"^[0-9A-Fa-f-]+$")
_BASE64 = re.compile(r"^[0-9A-Za-z+/]+={0,2}$")
_KEY_ID = re.compile(r"^(?:0x)?(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})!?$")

#: What holds schemas, texts for people, references: a value there is no secret, whatever its name.
_ELSEWHERE = re.compile(
    r"(?:ref|refs|selector|annotations?|labels?|metadata|properties|definitions|schemas?|description|messages?|translations?|errors?"
    r"|remote_ref|secret_store_ref|match_labels|parameters|input_token|output_token|locations)$"
)
_OTHER_WORDS = re.compile(
    r"secret|password|passw|token|test|demo|example|sample|dummy|fake|mock|foo|bar|value|default|change|my[_-]|your|user|admin|client"
    r"|access|private|public|valid|abc|key|api|auth|login|credential|not[_-]?real|real|session|unused|none|null|true|false|123",
    re.IGNORECASE,
)


#: What a program signs or encrypts by: no name of a Secret of Kubernetes stands there.
_SIGNS = re.compile(
    r"(?:^|_)(?:jwt|session|cookie|hmac|crypto?|encrypt(?:ion)?|sign(?:ing)?|secret_key_base)(?:_|$)|secret_key_base$"
)
_SAYS_SECRET = re.compile(r"^(?:[a-z]+[-_])+(?:secret|key|password|pass)(?:[-_][a-z0-9]+)*$", re.IGNORECASE)

#: Keys that a product comes with (MinIO's documentation, "Root Access").
_SHIPPED = frozenset(("minioadmin",))

#: Words that say how a password is given, or that there is none.
_DESCRIBED = frozenset(
    (
        "disabled",
        "enabled",
        "required",
        "optional",
        "string",
        "prompt",
        "random",
        "generate",
        "generated",
        "notset",
    )
)


def judge(assignment: Assignment, content: bytes, path: str) -> Verdict | None:
    """Whether an assignment holds a secret.

    Args:
        assignment: what is assigned to what.
        content: the text it is from.
        path: of the text.
    """
    kind = names.kind_of(assignment.name)
    where = kind_of_file(path)
    if kind is None or where is FileKind.GENERATED:
        return None
    value = content[assignment.start : assignment.end]
    if not (_SHORTEST <= len(value) <= _LONGEST and value.isascii()):
        return None
    text = value.decode("ascii")
    if not text.isprintable() or " " in text:
        return None
    if _REFERENCE.search(text) or is_placeholder(value):
        return None
    if _is_key_id(assignment.name, text):
        return None
    decoded = in_base64(text)
    if decoded is not None:
        if " " in decoded or is_placeholder(decoded.encode()) or not password.valid(text):
            return None
        text = decoded
    verdict = _verdict(kind, text, assignment, where)
    if verdict is None or any(map(_ELSEWHERE.search, map(names.words, assignment.parents()))):
        return None
    if is_encrypted(content, assignment.start) or is_encrypted(content, assignment.end - 1):
        return None
    return verdict


def in_base64(text: str) -> str | None:
    """The words that a text in base64 stands for; None where it is none, or stands for bytes."""
    if len(text) % 4 or not _BASE64.match(text):
        return None
    decoded = b64decode(text)
    return decoded.decode().strip() if decoded.isascii() and decoded.decode().strip().isprintable() else None


def in_own_words(text: str) -> str:
    """What is left of a text without words that only stand for a secret, or for a user."""
    return _OTHER_WORDS.sub("", text)


def _is_key_id(name: str, text: str) -> bool:
    """Whether it names a key of GnuPG: its fingerprint, or the end of that."""
    return "sign" in name.lower() and _KEY_ID.match(text) is not None


def _verdict(kind: Kind, text: str, assignment: Assignment, where: FileKind) -> Verdict | None:
    if kind is Kind.SERVICE_KEY:
        return _of_a_service(text, where, assignment) if password.valid(text) else None
    verdict = _of_a_secret(kind, text, assignment, where) if password.valid(text) else None
    if verdict is None and where is FileKind.CODE and _is_guessed(kind, text, assignment):
        return Verdict(Severity.WARNING, Confidence.LOW)
    return verdict


def _of_a_service(text: str, where: FileKind, assignment: Assignment) -> Verdict | None:
    """A key of nobody knows what: of many, as hexadecimal digits and UUIDs, it is as often an identifier."""
    if where is not FileKind.CODE or assignment.is_remark or len(text) < _SHORTEST_SERVICE_KEY:
        return None
    if _HEX.match(text) or not (_has_all_kinds(text) and _is_random(text)):
        return None
    return Verdict(Severity.WARNING, Confidence.LOW)


def _of_a_secret(kind: Kind, text: str, assignment: Assignment, where: FileKind) -> Verdict | None:
    is_random = len(text) >= _SHORTEST_KEY and _is_random(text)
    if not is_random and (kind is Kind.KEY or not _is_chosen(text, assignment) or where is FileKind.EXAMPLE):
        return None
    if names.is_vague(assignment.name) and not (is_random and _has_all_kinds(text)):
        return None
    if where is FileKind.EXAMPLE or assignment.is_remark:
        return Verdict(Severity.INFO, Confidence.LOW)
    confidence = Confidence.MEDIUM if is_random and not names.is_vague(assignment.name) else Confidence.LOW
    return Verdict(Severity.ERROR if is_random else Severity.WARNING, confidence)


def _is_random(text: str) -> bool:
    """Whether nobody would write a text so."""
    if _UUID.match(text):
        return True
    rest = in_own_words(text)
    if 2 * len(rest) < len(text) or evenness(text) < _EVEN:
        return False
    if set(text) <= set("0123456789abcdefABCDEF"):
        return len(text) >= 20 and any(map(str.isalpha, text)) and any(map(str.isdigit, text))
    has_digit = any(map(str.isdigit, text))
    odd = surprise(text)
    return odd >= (_ODD if has_digit and not _NAME.match(text) else _VERY_ODD)


def _has_all_kinds(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_chosen(text: str, assignment: Assignment) -> bool:
    """Whether a person may have chosen it as a password, in a file of settings."""
    if len(text) < _SHORTEST_PASSWORD or not assignment.is_data or (_NAME.match(text) and not text.isalnum()):
        return False
    rest = in_own_words(text)
    kinds = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    number = sum(any(map(kind, text)) for kind in kinds)
    return 2 * len(rest) >= len(text) and number >= 3 and surprise(text) >= _ODD_PASSWORD


def _is_guessed(kind: Kind, text: str, assignment: Assignment) -> bool:
    """Whether it is a secret that everybody tries first, in a file of settings."""
    if not assignment.is_data or assignment.is_remark or len(text) < _SHORTEST:
        return False
    if kind is Kind.KEY:
        return _is_guessed_key(text, assignment)
    return not names.is_vague(assignment.name) and _is_guessed_password(text, assignment)


def _is_guessed_password(text: str, assignment: Assignment) -> bool:
    """A word alone is one only in what programs are started with: elsewhere it describes a password."""
    is_setting = assignment.name.isupper() or "." in assignment.name
    if _NAME.match(text) and not text.isalnum():
        return is_setting and _SAYS_SECRET.search(text) is not None
    if any(map(str.isdigit, text)):
        return text.isdigit() or any(map(str.isalpha, text))
    if not text.isalpha():
        return is_setting and any(map(str.islower, text)) and any(map(str.isupper, text))
    return is_setting and text.islower() and text not in _DESCRIBED


def _is_guessed_key(text: str, assignment: Assignment) -> bool:
    """Words with "secret" or "key" among them, where a program signs or encrypts by them."""
    if text.rstrip("0123456789") in _SHIPPED:
        return True
    above = assignment.parents() if names.is_vague(assignment.name) else ()
    return _SIGNS.search(names.words("_".join((*above[-1:], assignment.name)))) is not None and (
        _SAYS_SECRET.search(text) is not None
    )
