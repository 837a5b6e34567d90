"""Searching for own rules: RE2 tells which may match at all, and then where, in linear time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sopskit.scanner.confirm import Match, holds
from sopskit.scanner.expressions import trigger_of
from sopskit.scanner.re2_triggers import Re2Triggers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.scanner.rule import Rule
    from sopskit.scanner.triggers import Text

#: Instructions of a compiled pattern: where RE2 must, it tries each of them at every byte.
_LARGEST = 2000

#: Matches in one text that may begin anew within one that is none after all, each of which takes its time.
_MOST_TRIES = 1000

#: What must stand before and behind a secret, by its boundary: as `rule.BOUNDARIES`, which RE2 cannot read.
_AROUND = {
    "none": (r"[\x00-\xff]", ""),
    "word": (r"[^0-9A-Za-z_]", r"(?:\z|[^0-9A-Za-z_])"),
    "token": (
        r"[^-0-9A-Za-z_+/.]",
        r"(?:\z|\.(?:\z|[^0-9A-Za-z_])|[^-0-9A-Za-z_+/=.])",
    ),
}


class OwnSearch:
    """What finds the secrets of some rules.

    Args:
        rules: of `own_rules`.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self._triggers = Re2Triggers([trigger_of(rule, number) for number, rule in enumerate(rules)])

    def matches(self, content: Text, *, unambiguous: bool = False) -> Iterator[Match]:
        """The secrets in a text; those of one rule do not overlap.

        Args:
            content: the text.
            unambiguous: by rules alone whose match means something in a binary file too.
        """
        spans = self._triggers.spans(content)
        text = b"\n" + content if spans else b""  # so that something stands before a match at the start
        for span in spans:
            rule = self.rules[span.rule]
            if rule.is_unambiguous or not unambiguous:
                yield from _matches_in(rule, text)


def problem_of(rule: Rule) -> str | None:
    """Why a rule cannot be searched for quickly, or None."""
    import re2

    try:
        size = _compiled(rule.pattern, rule.boundary).programsize
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return f"the pattern is none of RE2: {reason.decode() if isinstance(reason, bytes) else reason}"
    if size > _LARGEST:
        return "the pattern is too large: it has too many or too large repetitions"
    if Re2Triggers([trigger_of(rule, 0)]).spans(b""):  # it may match anywhere, as far as the filter knows
        return "the pattern has no text of three characters that is always there: add keywords"
    return None


def _matches_in(rule: Rule, text: bytes) -> Iterator[Match]:
    """The matches in a text that has a byte before it."""
    pattern = _compiled(rule.pattern, rule.boundary)
    groups = pattern.groupindex
    whole, secret = groups[b"match"], groups.get(b"secret", groups[b"match"])
    place = tries = 0
    content = text[1:]
    while (found := pattern.search(text, place)) is not None:
        start, end = found.span(whole)
        match = Match(rule, found.start(secret) - 1, found.end(secret) - 1, start - 1, end - 1)
        if 0 <= match.start < match.end and holds(match, content):
            yield match
        elif tries < _MOST_TRIES:
            tries += 1
            place = start  # it may have begun too early, with the name that the secret is assigned to
            continue
        place = end - 1  # what stands before the next match may be the end of this one


@lru_cache(maxsize=512)
def _compiled(pattern: str, boundary: str) -> Any:
    """A rule's pattern between what must stand around it.

    Raises:
        re2.error: RE2 refuses it.
    """
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    before, behind = _AROUND[boundary]
    return re2.compile(f"{before}(?P<match>{pattern}){behind}".encode(), options)
