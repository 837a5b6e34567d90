"""Confirming a match: the whole pattern at a known place, then what a pattern cannot say.

`matches_in` is also the definition of what a rule finds: over a whole text it is the rule without triggers.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from sopskit.scanner.encrypted import is_encrypted
from sopskit.scanner.expressions import needs_assignment
from sopskit.scanner.keywords import is_assigned, is_near
from sopskit.scanner.placeholders import is_placeholder
from sopskit.scanner.rule import BOUNDARIES, MAX_BEHIND, checksum
from sopskit.scanner.shape import shape_of, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.rule import Rule


class Match(NamedTuple):
    """A secret in a text.

    Attributes:
        rule: whose secret it is.
        start: offset of the secret in bytes.
        end: offset behind it.
        match_start: of the whole match, of which the secret may be a part.
        match_end: as `match_start`.
        decoded: the secret, where the text has it encoded.
        encodings: in which, the outermost first.
        identity: what its fingerprint is made from in place of the secret, where that is known beforehand.
    """

    rule: Rule
    start: int
    end: int
    match_start: int
    match_end: int
    decoded: bytes = b""
    encodings: tuple[str, ...] = ()
    identity: bytes = b""


def matches_in(rule: Rule, content: bytes, low: int = 0, high: int | None = None) -> Iterator[Match]:
    """The matches of a rule that start from `low` to `high`, both included; they may overlap.

    Args:
        rule: what to look for.
        content: the text.
        low: offset in bytes.
        high: offset in bytes; None for the end.
    """
    pattern = compiled(rule.pattern, rule.boundary)
    # A match ends before this, and what is behind the match is in view still.
    end = len(content) if high is None else high + MAX_BEHIND + _most(rule.pattern)
    found = pattern.match(content, low) if low == high else pattern.search(content, low, end)
    while found is not None and (high is None or found.start() <= high):
        match = Match(rule, *found.span("secret" if "secret" in pattern.groupindex else 0), *found.span())
        if match.start < match.end and holds(match, content):
            yield match
        if found.start() == high:
            return
        found = pattern.search(content, found.start() + 1, end)


@lru_cache(maxsize=4096)
def _most(pattern: str) -> int:
    return width(shape_of(pattern))[1]


@lru_cache(maxsize=4096)
def compiled(pattern: str, boundary: str) -> re.Pattern[bytes]:
    """A rule's pattern between its boundaries."""
    before, behind = BOUNDARIES[boundary]
    text = f"(?<!{before})(?:{pattern})(?!{behind})" if before else pattern
    return re.compile(text.encode())


def holds(match: Match, content: bytes) -> bool:
    """What holds beside the pattern, the cheapest first."""
    rule, secret = match.rule, content[match.start : match.end]
    if rule.keywords:
        has_keyword = is_assigned if needs_assignment(rule) else is_near
        if not has_keyword(rule.keywords, content, match.match_start):
            return False
    if rule.entropy and entropy(secret) < rule.entropy:
        return False
    if is_placeholder(secret):
        return False
    if rule.checksum is not None and not checksum(rule.checksum)(secret.decode("latin-1")):
        return False
    return not is_encrypted(content, match.start)


def entropy(secret: bytes) -> float:
    """Shannon entropy, in bits a byte."""
    size = len(secret)
    return -sum(number / size * log2(number / size) for number in Counter(secret).values())
