"""The rules: each finds its examples, and none of its counterexamples, through the engine."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError
from sopskit.scanner.confirm import compiled, matches_in
from sopskit.scanner.expressions import trigger_of
from sopskit.scanner.loading import RULES, detector_of
from sopskit.scanner.rule import Rule, parse_rules
from sopskit.scanner.shape import shape_of, width

if TYPE_CHECKING:
    from sopskit.scanner.detector import Detector

FILES = sorted(RULES.glob("*.toml"))


def _rules() -> list[Rule]:
    """All rules of the files that can be read; `test_every_file_can_be_read` says which cannot."""
    found: list[Rule] = []
    for path in FILES:
        try:
            found += parse_rules(path.read_text(encoding="utf-8"), path.name)
        except ConfigurationError:
            continue
    return found


EVERY = _rules()
each_rule = pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)


@cache
def detector(rule: Rule) -> Detector:
    return detector_of([rule])


def found_by(rule: Rule, text: str) -> list[str]:
    content = text.encode()
    return [content[match.start : match.end].decode() for match in detector(rule).matches(content)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_can_be_read(path: object) -> None:
    assert parse_rules(path.read_text(encoding="utf-8"), path.name)  # type: ignore[attr-defined]


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in EVERY]
    assert sorted({each for each in ids if ids.count(each) > 1}) == []


@each_rule
def test_finds_each_example(rule: Rule) -> None:
    for example in rule.examples:
        assert len(found_by(rule, example)) == 1, (example, found_by(rule, example))


@each_rule
def test_finds_no_counterexample(rule: Rule) -> None:
    for example in rule.counterexamples:
        assert found_by(rule, example) == [], example


@each_rule
def test_finds_an_example_anywhere(rule: Rule) -> None:
    for example in rule.examples:
        for before, behind in (("", "\n"), ("\n\n", ""), ("x = 1\r\n", "\r\ny = 2\r\n"), ("\n  ", "  \n")):
            assert found_by(rule, before + example + behind) == found_by(rule, example), example


@each_rule
def test_finds_no_part_of_an_example(rule: Rule) -> None:
    """Not at the end of a longer word: of a hash, of base64."""
    if rule.boundary != "none":
        for example in rule.examples:
            (secret,) = found_by(rule, example)
            assert secret not in found_by(rule, example.replace(secret, f"Z0{secret}"))


@each_rule
def test_triggers_lose_nothing(rule: Rule) -> None:
    for example in (*rule.examples, *rule.counterexamples):
        content = example.encode()
        assert len(found_by(rule, example)) == bool(list(matches_in(rule, content))), example


@each_rule
def test_is_linear(rule: Rule) -> None:
    """No text that the pattern begins to match again and again takes long."""
    import time

    chance = random.Random(rule.id)
    texts = [example.encode() * (20_000 // len(example) + 1) for example in rule.examples]
    texts += [bytes(chance.choices(b"aZ0_-./+= \n\"':@", k=20_000)), b"a" * 20_000, b"0" * 20_000]
    pattern = compiled(rule.pattern, rule.boundary)
    for text in texts:
        start = time.perf_counter()
        for _ in pattern.finditer(text):
            pass
        assert time.perf_counter() - start < 1, text[:40]


@each_rule
def test_is_written_as_the_others(rule: Rule) -> None:
    assert all(page.startswith("https://") for page in rule.references)
    assert rule.references, "where does the vendor say so?"
    assert rule.description[:1].isupper() or rule.description.startswith(rule.provider)
    assert not rule.description.endswith(".")
    assert "\n" not in rule.description
    assert rule.pattern.isascii()


@each_rule
def test_shape_is_that_of_re(rule: Rule) -> None:
    """What triggers are computed from matches what `re` matches."""
    least, most = width(shape_of(rule.pattern))
    for example in rule.examples:
        (match,) = list(matches_in(rule, example.encode()))[:1]
        assert least <= match.match_end - match.match_start <= most
    assert re.compile(rule.pattern.encode())


@each_rule
def test_triggers_are_read_by_re2_too(rule: Rule) -> None:
    import re2

    from sopskit.scanner.re2_triggers import Re2Triggers

    triggers = Re2Triggers([trigger_of(rule, 0)])
    for example in rule.examples:
        assert triggers.spans(example.encode())
    assert re2.compile("x")


@cache
def mixed_megabyte() -> bytes:
    """Code, base64, hexadecimal digits, in equal parts: what a careless trigger matches."""
    chance = random.Random("mixed")
    code = b"".join(path.read_bytes() for path in sorted(RULES.parent.parent.rglob("*.py")))[:350_000]
    base64 = b"\n".join(b64encode(chance.randbytes(57)) for _ in range(4500))
    return code + base64 + b"\n".join(chance.randbytes(32).hex().encode() for _ in range(5400))


def seconds_to_search(rule: Rule) -> float:
    """Of processor time, for the trigger of one rule over `mixed_megabyte`; the best of several."""
    import time

    triggers, text = detector(rule)._triggers, mixed_megabyte()
    times = []
    for _ in range(7):
        start = time.process_time()
        triggers.spans(text)
        times.append(time.process_time() - start)
    return min(times)


@cache
def seconds_of_a_literal() -> float:
    (rule,) = (rule for rule in EVERY if rule.id == "github-personal-access-token")
    return seconds_to_search(rule)


@each_rule
def test_its_trigger_is_searched_for_fast(rule: Rule) -> None:
    """One without a literal costs as much as a hundred with one: bind it to keywords."""
    assert seconds_to_search(rule) < 8 * seconds_of_a_literal() + 0.0002
