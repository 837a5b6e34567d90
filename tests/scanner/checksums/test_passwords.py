"""Which texts may be passwords in use, in URLs, files and headers."""

from __future__ import annotations

from base64 import b64encode

import pytest

from sopskit.scanner.checksums import basic_auth, mixed_password, password

CHOSEN = [
    "w9xKq2vT",
    "tr0ub4dor&3",
    "correct-horse-battery",
    "84193027",
    "Pa$5.Lk93#zQ",
    "pastebin-mirror-77",
    "rootless41",
]
SHOWN = [
    "password",
    "PASSWORD",
    "p@ssw0rd!",
    "P%40ssw0rd",
    "postgres",
    "admin123",
    "mypass",
    "ldap-pwd",
    "pass_A",
    "changeme",
    "db_password",
    "MySecretPw",
    "1234",
    "opensesame",
    "",
    "xxx",
    "foo",
    "'pass'",
]
TEMPLATES = [
    "$PASS",
    "${DB_PASS}",
    "{{ pass }}",
    "<token>",
    "%s",
    "%(pw)s",
    "{pw}",
    "#{pw}",
    "a${x}b",
    "getpw()",
    "*****",
]


@pytest.mark.parametrize("text", CHOSEN)
def test_somebody_chose_it(text: str) -> None:
    assert password.valid(text)


@pytest.mark.parametrize("text", SHOWN + TEMPLATES)
def test_every_manual_has_it(text: str) -> None:
    assert not password.valid(text)


@pytest.mark.parametrize(
    "name", ["rosebudden", "Rosebudden", "roseBuddenGarden", "ROSEBUDDEN", "rose_budden"]
)
def test_a_name_is_not_mixed(name: str) -> None:
    assert password.valid(name)
    assert not mixed_password.valid(name)


@pytest.mark.parametrize("text", ["rosebudden7", "rose-budden", "kQxWvTbNzRpLmYcJ", "84193027"])
def test_what_is_mixed(text: str) -> None:
    assert mixed_password.valid(text)


@pytest.mark.parametrize("text", ["svc:w9xKq2vT", "svc:w9x:q2vT", "m\xfcller:w9xKq2vT"])
def test_basic_authentication(text: str) -> None:
    assert basic_auth.valid(b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    "text", ["user:password", "Aladdin:open sesame", "svc:", ":w9xKq2vT", "w9xKq2vT", "a:b\x00cdefg"]
)
def test_no_basic_authentication(text: str) -> None:
    assert not basic_auth.valid(b64encode(text.encode()).decode())


@pytest.mark.parametrize("text", ["", "a", "HTTPBasicAuth", "////", "\xe4\xe4\xe4\xe4"])
def test_what_is_no_base64(text: str) -> None:
    assert not basic_auth.valid(text)
