"""What is found by structure: the same without Hyperscan, and from any bytes, soon."""

from __future__ import annotations

import random
import time

import pytest

from sopskit.scanner.detector import Detector
from sopskit.scanner.re2_triggers import Re2Triggers
from sopskit.scanner.structural import triggers
from tests.scanner.built_in import detector
from tests.scanner.made_up import made_up

KEY = made_up(7)
SECRET = f"kind: Secret\nmetadata: {{}}\nstringData:\n  a: {KEY}\n"


def test_re2_finds_the_same() -> None:
    in_re2 = Detector(Re2Triggers(triggers(0)), list)
    for text in (f"x: 1\napi_key: {KEY}\n", SECRET, f'"name": "API_KEY",\n"value": "{KEY}"', "x: 1\n"):
        expected = [match[1:] for match in detector().matches(text.encode(), path="a.yaml")]
        assert [match[1:] for match in in_re2.matches(text.encode(), path="a.yaml")] == expected


@pytest.mark.parametrize(
    "piece",
    [
        b'"password":"kd93kdk3Xk",',
        b"password: kd93kdk3Xk #",
        b"kind: Secret\n",
        b'{"kind":"Secret",',
        b'{"kind":"Secret","data":{"a":"kd93kdk3Xk"}},',
        b"  kind: Secret\n  metadata:\n  data:\n    a: kd93kdk3Xk\n",
        b'password="' + b"\\" * 50,
        b"{{{{{{{{password=",
        b"--password kd93 " + b" " * 60,
        b'variable "password" { default = "kd93kdk3Xk" ',
    ],
)
@pytest.mark.parametrize("path", ["a.yaml", "a.json", "a.sh", "a.tf", "a.go", "a.xml"])
def test_hostile_texts_are_read_soon(piece: bytes, path: str) -> None:
    text = piece * (20_000 // len(piece))
    start = time.process_time()
    detector().matches(text, path=path)
    assert time.process_time() - start < 3


def test_any_bytes_are_read() -> None:
    chance = random.Random(5)
    seeds = [
        SECRET.encode(),
        f'{{"apiKey": "{KEY}"}}'.encode(),
        b"password: 'x\n",
        b"\xff\xfe\0kind: Secret\r\ndata:\n ",
    ]
    for _ in range(300):
        text = bytearray(b"".join(chance.choices(seeds, k=3)))
        for _ in range(chance.randrange(8)):
            text[chance.randrange(len(text))] = chance.randrange(256)
        path = chance.choice(
            ["a.yaml", "a.json", "a.toml", "a.nix", ".env", "a.ini", "a.tf", "a.sh", "a.xml", "a.py"]
        )
        for match in detector().matches(text, path=path):
            assert 0 <= match.start < match.end <= len(text)
