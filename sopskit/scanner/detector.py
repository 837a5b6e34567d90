"""From a text to the secrets in it: triggers say where, each place is confirmed, overlaps are settled."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from sopskit.findings import Confidence
from sopskit.scanner.triggers import ENCODED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.scanner.confirm import Match
    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Span, Text, Triggers

#: See `Detector`.
ClearValues = Callable[[str, bytes], "Iterable[tuple[int, int]]"]

_SURENESS = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


class Search(Protocol):
    """What finds something in texts beside the rules that come with sopskit."""

    def matches(self, content: Text, *, unambiguous: bool) -> Iterable[Match]:
        """What it finds; see `Detector.matches`."""


class Detector:
    """What finds secrets in texts.

    Args:
        triggers: of the rules.
        rules: gives the rules, in the order in which the triggers number them; called when one is needed
            first, since most texts trigger nothing. Numbers behind the last are kinds of
            `sopskit.scanner.structural`.
        clear_values: gives the places of values in clear in a file with SOPS metadata, from its path and
            content; None for not looking.
    """

    def __init__(
        self,
        triggers: Triggers,
        rules: Callable[[], Sequence[Rule]],
        clear_values: ClearValues | None = None,
    ) -> None:
        self._triggers = triggers
        self._read_rules = rules
        self._clear_values = clear_values
        self._rules: Sequence[Rule] | None = None
        self._searches: list[Search] = []

    def add(self, search: Search) -> None:
        """Look for something else too: own rules, known values."""
        self._searches.append(search)

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules, by number."""
        if self._rules is None:
            self._rules = self._read_rules()
        return self._rules

    def trigger_ends(self, content: Text) -> list[tuple[int, int]] | None:
        """Where triggers end, with their numbers: for several texts that lie in one, see `spans_of`.

        Returns:
            None where a text must be searched by itself.
        """
        return None if self._searches else self._triggers.ends(content)

    def spans_of(self, ends: Iterable[tuple[int, int]]) -> Sequence[Span]:
        """What triggers say that end at some places of a text."""
        return self._triggers.spans_of(ends)

    def matches(
        self,
        content: Text,
        *,
        unambiguous: bool = False,
        path: str = "",
        depth: int = 0,
        spans: Sequence[Span] | None = None,
    ) -> list[Match]:
        """The secrets in a text, by their place; no two of them overlap.

        Args:
            content: the text.
            unambiguous: by rules alone whose match means something in a binary file too.
            path: of the text; says which syntax it has.
            depth: how many encodings the text was in.
            spans: what the triggers say, where that is known.
        """
        spans = _joined(self._triggers.spans(content) if spans is None else spans)
        matches = [
            match for each in self._searches for match in each.matches(content, unambiguous=unambiguous)
        ]
        if not spans:
            return settled(matches)
        text = bytes(content)
        matches += self._by_rules(spans, text, unambiguous=unambiguous)
        if not unambiguous and spans[-1].rule >= len(self.rules):
            from sopskit.scanner.structural import matches_of

            behind = [span for span in spans if span.rule >= len(self.rules)]
            matches += matches_of(behind, len(self.rules), text, path, self._clear_values)
        if spans[-1].rule == len(self.rules) + ENCODED:
            matches += self._encoded(spans, text, depth)
        return settled(matches)

    def _encoded(self, spans: Sequence[Span], text: bytes, depth: int) -> Iterator[Match]:
        """What is found in the encoded parts of a text."""
        from sopskit.scanner.confirm import Match
        from sopskit.scanner.encodings import MAX_DEPTH, pieces, places_of
        from sopskit.scanner.results import is_binary

        if depth == MAX_DEPTH:
            return
        number = len(self.rules) + ENCODED
        for piece in pieces(text, places_of((span for span in spans if span.rule == number), len(text))):
            for match in self.matches(piece.content, unambiguous=is_binary(piece.content), depth=depth + 1):
                secret = match.decoded or piece.content[match.start : match.end]
                place = (piece.start, piece.end, piece.start, piece.end)
                encodings = (piece.encoding, *match.encodings)
                yield Match(match.rule, *place, secret, encodings, match.identity)

    def every_match(self, content: Text, *, unambiguous: bool = False) -> Iterator[Match]:
        """As `matches`, by rules alone and those that overlap too, by rule."""
        spans = _joined(self._triggers.spans(content))
        return self._by_rules(spans, bytes(content) if spans else b"", unambiguous=unambiguous)

    def _by_rules(self, spans: Sequence[Span], text: bytes, *, unambiguous: bool) -> Iterator[Match]:
        if not spans or spans[0].rule >= len(self.rules):
            return
        from sopskit.scanner.confirm import matches_in  # not needed where nothing is triggered, as in a hook

        for number, low, high in spans:
            if number >= len(self.rules):
                return
            rule = self.rules[number]
            if rule.is_unambiguous or not unambiguous:
                yield from matches_in(rule, text, low, high)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same places, each once, by rule: spans that touch become one."""
    joined: list[Span] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if last is not None and span.rule == last.rule and span.low <= last.high + 1:
            joined[-1] = last._replace(high=max(last.high, span.high))
        else:
            joined.append(span)
    return joined


def settled(matches: Iterable[Match]) -> list[Match]:
    """Of matches that overlap the one that says most, in order of place.

    That is the one of a known value, of the rule that is more sure, was decoded, needs no keyword, and covers
    more; else the first.
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


def _rank(match: Match) -> tuple[bool, int, bool, bool, int, int, str]:
    rule = match.rule
    size = match.match_end - match.match_start
    is_plain = not match.encodings
    sureness = _SURENESS[rule.confidence]
    return not match.identity, sureness, is_plain, bool(rule.keywords), -size, match.match_start, rule.id
