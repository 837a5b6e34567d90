"""Triggers: expressions of which one occurs in every match of a rule, searched for all at once.

Hyperscan (Vectorscan) searches for them, and says where each ends. Without it RE2 tells which rules may have
a match at all, and those run over the whole text: the same findings, later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Bytes, whoever holds them.
Text = bytes | bytearray | memoryview


#: Numbers of what is no rule, behind that of the last rule: kinds of structure come first, then encodings.
ENCODED = 16


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

    def spans(self, content: Text) -> Sequence[Span]:
        """The places in a text; no match starts at another."""

    def ends(self, content: Text) -> list[tuple[int, int]] | None:
        """Where triggers end, each with its number; None where only `spans` can be told."""

    def spans_of(self, ends: Iterable[tuple[int, int]]) -> Sequence[Span]:
        """The places that follow from where triggers end."""
