"""Whether a text may be a password that somebody chose for real: none of those that stand in every manual.

No vendor's checksum, but used as one: a URL or a file that holds credentials has no other mark.
"""

from __future__ import annotations

from urllib.parse import unquote

#: Written by those who show where a password goes, and defaults of images; a number behind them says no more.
_SHOWN = frozenset(
    """
    access admin administrator airflow anonymous api apikey apitoken app auth bar basic baz cassandra changeit
    clickhouse credential credentials database db dbpass dbpasswd default demo dev development django docker
    doe elastic empty env false file foo ftp google guest hello hidden hunter hush infra instance jane joe
    john key keycloak letmein local localhost login maria mariadb me minio minioadmin mongo mongodb mypass
    mysql mytoken name nil nobody none null opensesame oracle other pass passphrase postgres postgresql
    private proxy proxypass pw pwd qwerty rabbit rabbitmq redis redispass root rootpass scott
    some somepass sqlserver string super swordfish temp tempo test testing testpass testpw text tiger
    token true user username userpass value variable welcome word wordpress world xxx xyz your yourpass
    """.split()  # noqa: SIM905 - as text it fits on the screen
)

#: Words that a placeholder is made of: "db_password", "MyS3cretPass".
_PARTS = ("password", "passwd", "passwort", "secret", "example", "changeme", "placeholder", "redacted")

#: How a template names what it puts in: first characters, or any.
_TEMPLATE_STARTS = ("$", "<", "{", "%(", "%s", "%d", "%v", "*", "[", "#{", "@", "&", "!")
_TEMPLATE_PARTS = ("${", "{{", "<%", "#{", "$(", "%s", "}}", "...", "****", "xxxx", "()")

#: How code names where it gets one from.
_CODE = """
    os process environ getenv env system self this config settings secrets options params args
    var local data module
""".split()  # noqa: SIM905 - as above
_CODE_STARTS = tuple(f"{name}." for name in _CODE)

#: Tokens that a rule of their own finds.
_TOKENS = ("pypi-", "ghp_", "github_pat_", "glpat-", "npg_", "pscale_", "AKIA", "eyJ", "SG.", "key-")


#: Shorter than this, letters alone are a word, and digits alone a port, a count or a year.
_SHORT = 8

#: Most letters that a name for a password has beside "pass".
_AFFIX = 4

#: Letters that hide behind others.
_DISGUISED = str.maketrans("@4310$5", "aaeioss")


def valid(secret: str) -> bool:
    """Whether it may be a password in use."""
    text = unquote(secret.strip("\"'`")).lower()
    words = {_letters(text), _letters(text.translate(_DISGUISED))}
    if (
        (len(text) < _SHORT and (text.isalpha() or "" in words))
        or words & _SHOWN
        or any(map(_says_password, words))
    ):
        return False
    return not (
        secret.startswith((*_TEMPLATE_STARTS, *_CODE_STARTS, *_TOKENS))
        or any(part in text for part in _TEMPLATE_PARTS)
    )


def _says_password(word: str) -> bool:
    """Whether a word holds one of `_PARTS`, or a short one and hardly more: `ldappwd`, `mypass`."""
    short = [part for part in ("pass", "pwd") if part in word and len(word) - len(part) <= _AFFIX]
    return bool(short) or any(part in word for part in _PARTS)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))
