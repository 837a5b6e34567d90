"""No trigger loses a finding: every rule over every byte of a mixed text gives what the engine gives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.scanner.confirm import matches_in
from sopskit.scanner.detector import Detector
from sopskit.scanner.expressions import trigger_of
from sopskit.scanner.loading import built_in_rules
from sopskit.scanner.re2_triggers import Re2Triggers
from tests.scanner.built_in import detector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.scanner.confirm import Match
    from sopskit.scanner.rule import Rule

CODE = Path(__file__).parents[2] / "sopskit"
GLUE = (
    b"\n",
    b"\n",
    b"\r\n",
    b"\n\n  ",
    b" ",
    b"",
    b"\t",
    b'"',
    b"', '",
    b"=",
    b": ",
    b"\0",
    b"\xff",
    b"/",
    b"-",
)


def mixed_text(rules: Sequence[Rule], chance: random.Random, *, size: int) -> bytes:
    """Examples, whole and damaged, between lines of code, glued together in many ways."""
    examples = [each.encode() for rule in rules for each in (*rule.examples, *rule.counterexamples)]
    lines = b"".join(path.read_bytes() for path in sorted(CODE.glob("*.py"))).splitlines()
    text = b""
    while len(text) < size:
        text += chance.choice(list(_pieces(chance, chance.choice(examples), chance.choice(lines))))
        text += chance.choice(GLUE)
    return text


def _pieces(chance: random.Random, example: bytes, line: bytes) -> Iterator[bytes]:
    place = chance.randrange(len(example) + 1)
    yield from (example, example, example, line)
    yield example[:place]
    yield example[place:]
    yield example[:place] + bytes([chance.randrange(256)]) + example[place + 1 :]
    yield example[:place] + example[place:].swapcase()
    yield example + example[-1:] * chance.randrange(1, 5)
    yield example[:place] + example
    yield bytes(chance.choices(b"0123456789abcdefABCXYZ-_./+=", k=chance.randrange(1, 100)))


def without_triggers(rules: Sequence[Rule], text: bytes) -> list[Match]:
    return [match for rule in rules for match in matches_in(rule, text)]


def difference(found: list[Match], expected: list[Match], text: bytes) -> list[tuple[str, str, bytes]]:
    """What only one of the two has, which one, and the text around it."""
    sides = [{(match.rule.id, match.start, match.end) for match in each} for each in (found, expected)]
    return [
        (side, id_, text[max(0, start - 80) : end + 20])
        for side, only in (("engine", sides[0] - sides[1]), ("exhaustive", sides[1] - sides[0]))
        for id_, start, end in sorted(only)
    ]


@pytest.mark.parametrize("seed", range(2))
def test_no_trigger_loses_a_finding(seed: int) -> None:
    rules = built_in_rules()
    text = mixed_text(rules, random.Random(seed), size=40_000)
    expected = without_triggers(rules, text)
    assert difference(list(detector().every_match(text)), expected, text) == []
    assert len(expected) > 100


def test_re2_finds_the_same() -> None:
    rules = built_in_rules()
    triggers = [trigger_of(rule, number) for number, rule in enumerate(rules)]
    in_re2 = Detector(Re2Triggers(triggers), lambda: rules)
    text = mixed_text(rules, random.Random("re2"), size=20_000)
    for piece in (text, text[:1000], text[:100], b""):
        assert difference(list(in_re2.every_match(piece)), list(detector().every_match(piece)), piece) == []
