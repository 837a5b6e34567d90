"""From a rule to its trigger: the beginning of its pattern, behind what must stand before it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sopskit.scanner.beginnings import beginning_of, is_rare, least_of_tail
from sopskit.scanner.keywords import MAX_GAP, spelling
from sopskit.scanner.rule import BOUNDARIES
from sopskit.scanner.shape import Choice, render, shape_of, width
from sopskit.scanner.triggers import Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.scanner.rule import Rule
    from sopskit.scanner.shape import Shape

#: Places at which a match may start, for one place at which its trigger ends: each of them is tried.
_SLACK = 64


def trigger_of(rule: Rule, number: int) -> Trigger:
    """The trigger of a rule.

    Args:
        rule: the rule.
        number: of the rule.
    """
    lead = _name_and_gap(rule.keywords) if needs_assignment(rule) else _boundary(rule)
    shape = searched(rule)
    nearest, farthest = width(shape)
    return Trigger(number, lead + render(shape), nearest, farthest)


def searched(rule: Rule) -> Shape:
    """What is searched for of a rule's pattern: its beginning, where that is telling, else all of it."""
    shape = shape_of(rule.pattern)
    beginning = beginning_of(shape, _SLACK)
    if not needs_assignment(rule) and not is_rare(beginning):
        beginning = shape
    return least_of_tail(beginning)


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
    gap = rf"{_any_of(keywords)}[^\n]{{0,{MAX_GAP - 1}}}[^0-9A-Za-z_\n]"
    with_operator = [word for word in keywords if not (word[-1].isalnum() or word[-1] == "_")]
    return f"(?:{gap}|{_any_of(with_operator)})" if with_operator else gap


def _any_of(keywords: Sequence[str]) -> str:
    return render(Choice(tuple(shape_of(f"(?i:{spelling(word)})") for word in keywords)))


def _boundary(rule: Rule) -> str:
    before, _ = BOUNDARIES[rule.boundary]
    return f"(?:^|[^{before[1:-1]}])" if before else ""
