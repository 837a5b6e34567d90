"""Triggers: expressions of which one occurs in every match of a rule, searched for all at once.

Hyperscan (Vectorscan) searches for them, and says where each ends. Without it RE2 tells which rules may have
a match at all, and those run over the whole text: the same findings, later.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sopskit.scanner.beginnings import beginning_of, is_rare, least_of_tail
from sopskit.scanner.keywords import MAX_GAP, spelling
from sopskit.scanner.rule import BOUNDARIES
from sopskit.scanner.shape import Choice, literal, render, shape_of, width

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceOf

    from sopskit.scanner.rule import Rule


#: Bytes, whoever holds them.
Text = bytes | bytearray | memoryview


#: Places at which a match may start, for one place at which its trigger ends: each of them is tried.
_SLACK = 64


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


def trigger_of(rule: Rule, number: int) -> Trigger:
    """The trigger of a rule: the beginning of its pattern, behind what must stand before it."""
    shape = shape_of(rule.pattern)
    lead = _name_and_gap(rule.keywords) if needs_assignment(rule) else _boundary(rule)
    beginning = beginning_of(shape, _SLACK)
    if not needs_assignment(rule) and not is_rare(beginning):
        beginning = shape
    searched = least_of_tail(beginning)
    nearest, farthest = width(searched)
    return Trigger(number, lead + render(searched), nearest, farthest)


def needs_assignment(rule: Rule) -> bool:
    """Whether the pattern alone says so little that the secret must be assigned to a name with a keyword.

    Else a keyword need only be near; it may be part of a command, or of a sentence.
    """
    return bool(rule.keywords) and not _is_telling(rule.pattern)


@lru_cache(maxsize=4096)
def _is_telling(pattern: str) -> bool:
    return is_rare(beginning_of(shape_of(pattern), _SLACK))


def _name_and_gap(keywords: tuple[str, ...]) -> str:
    """What comes before a secret that is assigned to a name."""
    words = render(Choice(tuple(shape_of(f"(?i:{spelling(word)})") for word in keywords)))
    direct = [
        literal(word, caseless=True) for word in keywords if not (word[-1].isalnum() or word[-1] == "_")
    ]
    gap = rf"{words}[^\n]{{0,{MAX_GAP - 1}}}[^0-9A-Za-z_\n]"
    return f"(?:{gap}|{render(Choice(tuple(direct)))})" if direct else gap


def _boundary(rule: Rule) -> str:
    before, _ = BOUNDARIES[rule.boundary]
    return f"(?:^|[^{before[1:-1]}])" if before else ""
