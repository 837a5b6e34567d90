"""From a text to the secrets in it: triggers say where, each place is confirmed, overlaps are settled."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from sopskit.findings import Confidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.scanner.confirm import Match
    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Span, Text, Triggers

_SURENESS = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


class Detector:
    """What finds secrets in texts.

    Args:
        triggers: of the rules.
        rules: gives the rules, in the order in which the triggers number them; called when one is needed
            first, since most texts trigger nothing.
    """

    def __init__(self, triggers: Triggers, rules: Callable[[], Sequence[Rule]]) -> None:
        self._triggers = triggers
        self._read_rules = rules
        self._rules: Sequence[Rule] | None = None

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules, by number."""
        if self._rules is None:
            self._rules = self._read_rules()
        return self._rules

    def matches(self, content: Text, *, unambiguous: bool = False) -> list[Match]:
        """The secrets in a text, by their place; no two of them overlap.

        Args:
            content: the text.
            unambiguous: by rules alone whose match means something in a binary file too.
        """
        return settled(self.every_match(content, unambiguous=unambiguous))

    def every_match(self, content: Text, *, unambiguous: bool = False) -> Iterator[Match]:
        """As `matches`, those that overlap too, by rule."""
        spans = self._triggers.spans(content)
        if not spans:
            return
        from sopskit.scanner.confirm import matches_in  # not needed where nothing is triggered, as in a hook

        text = bytes(content)
        for number, low, high in _joined(spans):
            rule = self.rules[number]
            if rule.is_unambiguous or not unambiguous:
                yield from matches_in(rule, text, low, high)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The same places, each once: spans that touch become one."""
    last: Span | None = None
    for span in sorted(spans):
        if last is not None and span.rule == last.rule and span.low <= last.high + 1:
            last = last._replace(high=max(last.high, span.high))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def settled(matches: Iterable[Match]) -> list[Match]:
    """Of matches that overlap the one that says most, in order of place.

    That is the one of the rule that is more sure, needs no keyword, and covers more; else the first.
    """
    kept: list[Match] = []
    for match in sorted(matches, key=_rank):
        place = bisect_right(kept, match.match_start, key=_match_start)
        is_behind = place == 0 or kept[place - 1].match_end <= match.match_start
        if is_behind and (place == len(kept) or match.match_end <= kept[place].match_start):
            kept.insert(place, match)
    return kept


def _match_start(match: Match) -> int:
    return match.match_start


def _rank(match: Match) -> tuple[int, bool, int, int, str]:
    rule = match.rule
    size = match.match_end - match.match_start
    return _SURENESS[rule.confidence], bool(rule.keywords), -size, match.match_start, rule.id
