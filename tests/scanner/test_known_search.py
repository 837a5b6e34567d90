"""Searching for known texts: whatever their form, wherever they stand; and which are looked for at all."""

from __future__ import annotations

import base64
import json
import random
import string
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.scanner import known_search
from sopskit.scanner.known_choice import pieces_of
from sopskit.scanner.known_search import KnownSearch

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "Cc")), min_size=8, max_size=60
).filter(lambda text: len(set(text)) > 3)
AROUND = st.binary(max_size=40)

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda value: value,
    "base64": base64.b64encode,
    "base64url": lambda value: base64.urlsafe_b64encode(value).rstrip(b"="),
    "hex": lambda value: value.hex().encode(),
    "HEX": lambda value: value.hex().upper().encode(),
    "url": lambda value: quote(value, safe="").encode(),
    "form": lambda value: quote_plus(value).encode(),
    "json": lambda value: json.dumps(value.decode()).encode(),
    "json-utf8": lambda value: json.dumps(value.decode(), ensure_ascii=False).encode(),
}


@pytest.mark.property
@pytest.mark.parametrize("encoding", ENCODINGS)
@given(VALUES, AROUND, AROUND)
def test_a_value_is_found_in_any_form_anywhere(
    encoding: str, text: str, before: bytes, behind: bytes
) -> None:
    value = text.encode()
    planted = before + ENCODINGS[encoding](value) + behind
    assert [place.number for place in KnownSearch([value]).places(planted)].count(0) >= 1


@pytest.mark.property
@given(
    VALUES,
    AROUND,
    AROUND,
    st.sampled_from([60, 64, 76]),
    st.sampled_from([b"\n", b"\r\n", b"\n      ", b"\\n"]),
)
def test_within_base64_over_lines(text: str, before: bytes, behind: bytes, width: int, wrap: bytes) -> None:
    encoded = base64.b64encode(before + text.encode() + behind)
    lines = wrap.join(encoded[start : start + width] for start in range(0, len(encoded), width))
    (place,) = KnownSearch([text.encode()]).places(b"data: |\n" + lines)[:1]
    assert place.encoding == "base64"


@pytest.mark.property
@given(st.lists(VALUES, min_size=1, max_size=20, unique=True), AROUND)
def test_without_hyperscan_the_same_is_found(texts: list[str], around: bytes) -> None:
    values = [text.encode() for text in texts]
    content = around.join(
        [*values, *map(base64.b64encode, values), *(value.hex().encode() for value in values)]
    )
    fast, slow = KnownSearch(values), KnownSearch(values)
    slow._search = known_search._in_re2(slow._literals)
    assert fast.places(content) == slow.places(content)


@given(st.binary(max_size=500))
def test_whatever_the_text_nothing_fails(content: bytes) -> None:
    KnownSearch([b"wF7-kq2/Zr9+Lx4&"]).places(b"wF7" + content + b"d0Y3LWtxMi" + content)


def test_five_thousand_values_among_much_text() -> None:
    chance = random.Random(1)
    values = [
        "".join(chance.choices(string.printable[:80], k=chance.randint(8, 40))).encode() for _ in range(5000)
    ]
    text = (
        chance.randbytes(1 << 20).hex().encode() + base64.b64encode(values[4711]) + chance.randbytes(1 << 20)
    )
    assert 4711 in [place.number for place in KnownSearch(values).places(text)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "tr0ub4dor&3"),
        ("password", "correct horse battery staple"),
        ("password", "Winter2024!"),
        ("token", "a1b2c3d4"),
        ("x", "Sunny-Day-99!"),
        ("x", "8c7bd0f1-3c1e-4a59-9d2b-5d0e44b1a7c3"),
        ("x", "839273629182"),
        ("url", "postgres://app:Zk3Qm-V8sWd@db.acme.org:5432/app"),
        ("password", "pässwörter-süß"),
        ("login", "user:Zk3Qm-V8sWd"),
    ],
)
def test_what_is_looked_for(name: str, value: str) -> None:
    assert pieces_of(name, value.encode()) == (value.encode(),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "short-1"),
        ("password", "changeme-now"),
        ("password", "kubernetes"),
        ("password", "grafana-admin"),
        ("password", "postgres15"),
        ("x", "true"),
        ("x", "production"),
        ("x", "shop_production"),
        ("user", "administrator"),
        ("host", "db.internal.acme.org"),
        ("mail", "somebody@acme.org"),
        ("url", "https://grafana.acme.org/login"),
        ("net", "10.20.30.0/24"),
        ("v6", "2001:db8:1234::1"),
        ("path", "/var/lib/app/data"),
        ("port", "5432"),
        ("id", "1234567890"),
        ("text", "Please call the office at nine"),
        ("when", "2024-05-06T07:08:09Z"),
        ("x", ""),
    ],
)
def test_what_is_too_short_or_too_common(name: str, value: str) -> None:
    assert pieces_of(name, value.encode()) == ()


def test_a_certificate_is_for_everybody_and_its_key_is_not() -> None:
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a", "-keyout", "-"]
    try:
        both = subprocess.run(argv, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("openssl is missing")
    certificate = both[both.index(b"-----BEGIN CERT") :]
    assert pieces_of("tls.crt", certificate) == ()
    assert len(pieces_of("tls.pem", both)) > 20


def test_of_a_document_what_nobody_writes() -> None:
    token = b"kubeconfig-u-abc.c:7xkq2mz9w4vb8hs5dn6g"
    document = b"server: https://k8s.acme.org:6443\ntoken: " + token + b"\nDB_PASSWORD=Zk3QmV8sWd1\n"
    assert set(pieces_of("config", document)) == {token, b"Zk3QmV8sWd1"}
    prose = b"the first line is words\nand so is the second"
    assert pieces_of("note", prose) == (prose, prose.replace(b"\n", b"\r\n"))
