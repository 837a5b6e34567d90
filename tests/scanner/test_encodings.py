"""Secrets that are encoded: in base64, hexadecimal, percent signs, gzip, one in another."""

from __future__ import annotations

import base64
import gzip
import random
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scanner.built_in import detector
from tests.scanner.gits import RULE, token

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = token(1).encode()


def found(content: bytes) -> list[tuple[str, bytes, tuple[str, ...]]]:
    return [(each.rule.id, each.decoded, each.encodings) for each in detector().matches(content)]


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_in_each_alignment(before: int, encode: object) -> None:
    plain = b"x" * before + b" " + SECRET + b" "
    text = b'data: "' + encode(plain) + b'"\n'  # type: ignore[operator]
    assert found(text) == [(RULE, SECRET, ("base64",))]


@pytest.mark.parametrize("word", [b"", b"a", b"ab", b"abc", b"Basic_"])
def test_base64_behind_a_word(word: bytes) -> None:
    assert found(word + base64.b64encode(b"user:" + SECRET + b"\n")) == [(RULE, SECRET, ("base64",))]


@pytest.mark.parametrize("wrap", [b"\n", b"\r\n", b"\n      "])
def test_base64_over_lines(wrap: bytes) -> None:
    plain = random.Random(1).randbytes(100).hex().encode() + b"\n" + SECRET + b"\n" + b"y" * 70
    encoded = base64.b64encode(plain)
    lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
    assert found(b"data: |\n  " + wrap.join(lines) + b"\nend") == [(RULE, SECRET, ("base64",))]


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize(
    ("lead", "wrap"), [(b"", b"\n"), (b"", b"\r\n"), (b"data: |\n  ", b"\n  "), (b"a: >-\n\t", b"\n\t")]
)
def test_base64_wherever_a_line_breaks(width: int, lead: bytes, wrap: bytes) -> None:
    for before in range(width):
        encoded = base64.b64encode(b"n" * (60 + before) + b"\n" + SECRET + b"\n" + b"y" * 150)
        lines = [encoded[start : start + width] for start in range(0, len(encoded), width)]
        assert found(lead + wrap.join(lines) + b"\n") == [(RULE, SECRET, ("base64",))], before


@pytest.mark.parametrize("text", [SECRET.hex(), SECRET.hex().upper(), "a" + SECRET.hex()])
def test_hexadecimal(text: str) -> None:
    assert found(b"key = " + text.encode()) == [(RULE, SECRET, ("hexadecimal",))]


def test_percent_signs() -> None:
    url = f"https://{SECRET.decode()}@github.com/"
    (rule, secret, encodings) = found(f"https://example.com/?next={quote(url, safe='')}".encode())[0]
    assert (secret in url.encode(), encodings) == (True, ("percent-encoding",)) or rule == RULE


def test_gzip_in_base64() -> None:
    packed = gzip.compress(b"token " + SECRET, mtime=0)
    assert found(b"user_data = " + base64.b64encode(packed)) == [(RULE, SECRET, ("base64",))]


def test_three_times_and_not_four() -> None:
    content, depth = b"a " + SECRET + b" b", 0
    while depth < 4:
        content, depth = base64.b64encode(content), depth + 1
        wanted = [(RULE, SECRET, ("base64",) * depth)] if depth <= 3 else []
        assert found(content) == wanted


ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "hexadecimal": lambda text: text.hex().encode(),
    "percent-encoding": lambda text: b"".join(b"%%%02x" % byte for byte in text),
}


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize(
    "encodings",
    [
        ("percent-encoding",),
        ("base64", "base64"),
        ("base64", "base64", "base64"),
        ("base64", "hexadecimal"),
        ("hexadecimal", "base64"),
        ("hexadecimal", "base64", "base64"),
    ],
)
def test_one_in_another(before: int, encodings: tuple[str, ...]) -> None:
    """With nothing else around that could be a trigger."""
    text = b"n" * before + b" " + SECRET + b" and more"
    for encoding in reversed(encodings):
        text = ENCODE[encoding](text)
    assert found(b"x = " + text + b"\n") == [(RULE, SECRET, encodings)]


def test_a_decoded_secret_has_the_fingerprint_of_the_plain_one() -> None:
    from sopskit.scanner.results import TextScan
    from sopskit.scanner.sources.blocks import Block

    def finding(content: bytes) -> object:
        block = Block(memoryview(content), 0, len(content), 0, len(content))
        (only,) = TextScan(detector(), "a").findings(block)
        return only

    plain, encoded = finding(SECRET), finding(b"\n x " + base64.b64encode(SECRET))
    assert plain.fingerprint == encoded.fingerprint  # type: ignore[attr-defined]
    assert encoded.place[:3] == ("a", 2, 4)  # type: ignore[attr-defined]
    assert encoded.message.endswith("(in base64)")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN%20" * 100_000,
        b"BEGIN%20 " * 100_000,
        b"Z2hwX" * 100_000,
        b"Z2hwX " * 100_000,
        (b"Z2hwX" * 16 + b"\n") * 9_000,
        b"6768705f" * 100_000,
        b"H4sIA" + b"A" * 1_000_000,
        base64.b64encode(gzip.compress(bytes(64 << 20), 9, mtime=0)),
    ],
    ids=["percent", "percent-words", "base64", "words", "lines", "hex", "gzip", "bomb"],
)
def test_hostile_texts_take_no_time(content: bytes) -> None:
    start = time.process_time()
    detector().matches(content)
    assert time.process_time() - start < 10


@given(st.binary(max_size=300))
def test_whatever_is_encoded_nothing_fails(content: bytes) -> None:
    detector().matches(b"Z2hwX" + content + b"6768705f" + content + b"BEGIN%20" + content)
