"""Triggers: expressions of which one occurs in every match of a rule, searched for all at once.

Hyperscan (Vectorscan) searches for them, and says where each ends. Without it RE2 tells which rules may have
a match at all, and those run over the whole text: the same findings, later.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sopskit.scanner.keywords import MAX_GAP
from sopskit.scanner.prefixes import Prefix, is_rare, prefixes_of
from sopskit.scanner.rule import BOUNDARIES
from sopskit.scanner.shape import Chars, Choice, Repeat, Sequence, Shape, literal, render, shape_of, width

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceOf

    from sopskit.scanner.rule import Rule


#: Bytes, whoever holds them.
Text = bytes | bytearray | memoryview


class Trigger(NamedTuple):
    """An expression, and where a match of its rule starts.

    Attributes:
        rule: number of the rule.
        expression: what to search for, in the syntax that Hyperscan and RE2 share.
        nearest: the match starts at least as many bytes before the expression's end.
        farthest: and at most as many; the same number where the place is known.
    """

    rule: int
    expression: str
    nearest: int
    farthest: int


class Span(NamedTuple):
    """Where matches of a rule may start: at `low`, at `high`, or in between."""

    rule: int
    low: int
    high: int


class Triggers(Protocol):
    """What finds the places at which rules may match."""

    def spans(self, content: Text) -> SequenceOf[Span]:
        """The places in a text; no match starts at another."""


def triggers_of(rule: Rule, number: int) -> list[Trigger]:
    """The triggers of a rule."""
    shape = shape_of(rule.pattern)
    needs_keyword = needs_assignment(rule)
    lead = _name_and_gap(rule.keywords) if needs_keyword else _boundary(rule)
    for expand in (False, True):
        prefixes = prefixes_of(shape, expand=expand)
        if needs_keyword or all(map(is_rare, prefixes)):
            return _at_prefixes(number, lead, prefixes)
    least, most = width(shape)
    tail = least_of_tail(shape)
    return [Trigger(number, lead + render(tail), nearest=least, farthest=max(most, width(tail)[1]))]


def needs_assignment(rule: Rule) -> bool:
    """Whether the pattern alone says so little that the secret must be assigned to a name with a keyword.

    Else a keyword need only be near; it may be part of a command, or of a sentence.
    """
    return bool(rule.keywords) and not _is_telling(rule.pattern)


@lru_cache(maxsize=4096)
def _is_telling(pattern: str) -> bool:
    return all(map(is_rare, prefixes_of(shape_of(pattern), expand=False)))


def _at_prefixes(number: int, lead: str, prefixes: list[Prefix]) -> list[Trigger]:
    """One trigger for each width."""
    by_width: dict[int, list[Shape]] = {}
    for prefix in prefixes:
        by_width.setdefault(len(prefix.parts), []).append(Sequence(prefix.parts))
    return [
        Trigger(
            number, lead + render(options[0] if len(options) == 1 else Choice(tuple(options))), size, size
        )
        for size, options in by_width.items()
    ]


def _name_and_gap(keywords: tuple[str, ...]) -> str:
    """What comes before a secret that is assigned to a name."""
    words = render(Choice(tuple(literal(word, caseless=True) for word in keywords)))
    direct = [
        literal(word, caseless=True) for word in keywords if not (word[-1].isalnum() or word[-1] == "_")
    ]
    gap = rf"{words}[^\n]{{0,{MAX_GAP - 1}}}[^0-9A-Za-z_\n]"
    return f"(?:{gap}|{render(Choice(tuple(direct)))})" if direct else gap


def _boundary(rule: Rule) -> str:
    before, _ = BOUNDARIES[rule.boundary]
    return f"(?:^|[^{before[1:-1]}])" if before else ""


def least_of_tail(shape: Shape) -> Shape:
    """What each match has, with the repetition at its end cut to its least: it ends once, and early."""
    if isinstance(shape, Repeat) and isinstance(shape.part, Chars):
        return Repeat(shape.part, shape.least, shape.least)
    if isinstance(shape, Sequence) and shape.parts:
        *before, last = shape.parts
        tail = least_of_tail(last)
        if width(tail)[1] == 0:
            return least_of_tail(Sequence(tuple(before)))
        return Sequence((*before, tail))
    if isinstance(shape, Choice):
        return Choice(tuple(least_of_tail(option) for option in shape.options))
    return shape
