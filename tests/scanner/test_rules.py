"""The rules: each finds its examples, and none of its counterexamples, through the engine.

A test runs all rules in one go, in one database, and lists what is wrong with which.
"""

from __future__ import annotations

import random
import time
from functools import cache
from typing import TYPE_CHECKING

from sopskit.scanner.beginnings import texts
from sopskit.scanner.confirm import compiled, matches_in
from sopskit.scanner.expressions import needs_assignment, searched, trigger_of
from sopskit.scanner.keywords import spelling
from sopskit.scanner.loading import RULES, built_in_rules
from sopskit.scanner.re2_triggers import Re2Triggers
from sopskit.scanner.rule import Rule, parse_rules
from sopskit.scanner.shape import Chars, Choice, Repeat, Sequence, letter_of, shape_of, width
from tests.scanner.built_in import detector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sopskit.scanner.shape import Shape

#: Bytes in a row that a search for many literals at once needs.
LITERAL = 3

#: Members of a class that are searched for one by one, as in `vc[pairk]_`.
FEW = 10


def assert_of_each(check: Callable[[Rule], Iterable[str]]) -> None:
    """No rule has a problem; all that have one are listed, with what `check` says."""
    problems = [f"{rule.id}: {problem}" for rule in built_in_rules() for problem in check(rule)]
    assert not problems, "\n".join(["", *problems])


@cache
def found_anywhere(text: str) -> tuple[tuple[str, str], ...]:
    """What all rules find: id and secret."""
    content = text.encode()
    return tuple(
        (match.rule.id, content[match.start : match.end].decode(errors="replace"))
        for match in detector().every_match(content)
    )


def found_by(rule: Rule, text: str) -> list[str]:
    return [secret for id_, secret in found_anywhere(text) if id_ == rule.id]


def test_every_file_has_rules() -> None:
    files = sorted(RULES.glob("*.toml"))
    assert [path.name for path in files if not parse_rules(path.read_text(), path.name)] == []
    assert len(built_in_rules()) >= 900


def test_each_finds_its_examples() -> None:
    assert_of_each(lambda rule: (each for each in rule.examples if len(found_by(rule, each)) != 1))


def test_none_finds_a_counterexample() -> None:
    assert_of_each(lambda rule: (each for each in rule.counterexamples if found_by(rule, each)))


def test_each_finds_its_examples_anywhere() -> None:
    places = (("", "\n"), ("\n\n", ""), ("x = 1\r\n", "\r\ny = 2\r\n"), ("\n  ", "  \n"))
    assert_of_each(
        lambda rule: (
            before + example + behind
            for example in rule.examples
            for before, behind in places
            if found_by(rule, before + example + behind) != found_by(rule, example)
        )
    )


def test_none_finds_a_part_of_a_word() -> None:
    """Not at the end of a hash, or of base64."""

    def problems(rule: Rule) -> Iterable[str]:
        for example in rule.examples if rule.boundary != "none" else ():
            for secret in found_by(rule, example):
                longer = example.replace(secret, f"Z0{secret}")
                if secret in found_by(rule, longer):
                    yield longer

    assert_of_each(problems)


def test_triggers_lose_nothing() -> None:
    assert_of_each(
        lambda rule: (
            each
            for each in (*rule.examples, *rule.counterexamples)
            if len(found_by(rule, each)) != len(list(matches_in(rule, each.encode())))
        )
    )


def test_triggers_in_re2_lose_nothing() -> None:
    rules = built_in_rules()
    triggers = Re2Triggers([trigger_of(rule, number) for number, rule in enumerate(rules)])
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    assert_of_each(
        lambda rule: (
            each
            for each in rule.examples
            if numbers[rule.id] not in {span.rule for span in triggers.spans(each.encode())}
        )
    )


def test_each_is_linear() -> None:
    """No text that a pattern begins to match again and again takes long."""
    chance = random.Random("linear")
    noise = [bytes(chance.choices(b"aZ0_-./+= \n\"':@", k=10_000)), b"a" * 10_000, b"0" * 10_000]

    def problems(rule: Rule) -> Iterable[str]:
        pattern = compiled(rule.pattern, rule.boundary)
        repeated = (example.encode() * (10_000 // len(example) + 1) for example in rule.examples)
        for text in (*repeated, *noise):
            start = time.process_time()
            for _ in pattern.finditer(text):
                pass
            if time.process_time() - start > 1:
                yield text[:40].decode(errors="replace")

    assert_of_each(problems)


def test_each_is_written_as_the_others() -> None:
    def problems(rule: Rule) -> Iterable[str]:
        if not rule.references or not all(page.startswith("https://") for page in rule.references):
            yield "where does the vendor say so?"
        if not (rule.description[:1].isupper() or rule.description.startswith(rule.provider)):
            yield "the description begins with a capital, or the provider's name"
        if rule.description.endswith(".") or "\n" in rule.description:
            yield "the description is one line without a full stop"

    assert_of_each(problems)


def test_each_provider_has_one_name() -> None:
    names: dict[str, set[str]] = {}
    for rule in built_in_rules():
        names.setdefault("".join(filter(str.isalnum, rule.provider)).lower(), set()).add(rule.provider)
    assert [each for each in names.values() if len(each) > 1] == []


def test_no_file_of_rules_looks_like_a_leak() -> None:
    """To whoever scans this repository, or a copy of it in another one."""
    found = [
        f"{path.name}: {match.rule.id}"
        for path in sorted(RULES.glob("*.toml"))
        for match in detector().every_match(path.read_bytes())
        if match.rule.is_unambiguous
    ]
    assert found == []


def test_shapes_are_those_of_re() -> None:
    """What triggers are computed from matches what `re` matches."""

    def problems(rule: Rule) -> Iterable[str]:
        least, most = width(shape_of(rule.pattern))
        for example in rule.examples:
            match = next(matches_in(rule, example.encode()))
            if not least <= match.match_end - match.match_start <= most:
                yield example

    assert_of_each(problems)


def test_each_trigger_has_a_literal() -> None:
    """One without costs as much as a hundred with one: bind the rule to keywords, or drop it."""

    def problems(rule: Rule) -> Iterable[str]:
        if needs_assignment(rule):
            yield from (word for word in rule.keywords if not has_literal(shape_of(spelling(word))))
        elif not has_literal(searched(rule)):
            yield rule.pattern

    assert_of_each(problems)


def has_literal(shape: Shape) -> bool:
    """Whether each text of this shape holds one of a few literals."""
    return all(max(map(len, text.split("\0"))) >= LITERAL for text in texts(spelled_out(shape)))


def spelled_out(shape: Shape) -> Shape:
    """The same with classes of few members as choices."""
    if isinstance(shape, Chars):
        if letter_of(shape, caseless=True) or shape.mask.bit_count() > FEW:
            return shape
        return Choice(tuple(Chars(1 << byte) for byte in range(256) if shape.mask >> byte & 1))
    if isinstance(shape, Choice):
        return Choice(tuple(map(spelled_out, shape.options)))
    if isinstance(shape, Sequence):
        return Sequence(tuple(map(spelled_out, shape.parts)))
    return Repeat(spelled_out(shape.part), shape.least, shape.most)
