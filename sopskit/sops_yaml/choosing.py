"""The first rule that claims a path, found without trying each: many rules are asked at once.

A repository may have as many rules as files. One pattern that matches where any of 32 does rules these out
together; which of them it is, they are asked one by one, in their order.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sopskit.text import patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops_yaml.model import Rule

_TOGETHER = 32
#: Compiled patterns are kept for so many of these; of more rules, more are asked together.
_BATCHES = 256


class Batch:
    """Rules that follow each other.

    Args:
        rules: in their order.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def may_claim(self, path: str) -> bool:
        """Whether one of them could claim a path, or be one that sops fails at."""
        if self._any is None:
            return True
        return patterns.compile(self._any).search(path)

    @cached_property
    def _any(self) -> str | None:
        r"""A pattern that matches where one of theirs does; None where there is no such thing.

        A pattern that does not compile alone could do so among others, and what follows `\Q` is no syntax.
        """
        found = [rule.path_regex for rule in self.rules]
        if not all(found) or any("\\Q" in each for each in found):
            return None
        together = "|".join(f"(?:{each})" for each in found)
        try:
            for each in (*found, together):
                patterns.compile(each)
        except patterns.PatternError:  # or it is too large, or two have a group of the same name
            return None
        return together


def batches(rules: Sequence[Rule]) -> tuple[Batch, ...]:
    """Rules in batches, for `first`."""
    size = max(_TOGETHER, -(-len(rules) // _BATCHES))
    return tuple(Batch(rules[start : start + size]) for start in range(0, len(rules), size))


def first(found: Sequence[Batch], path: str, after: int = 0) -> Rule | None:
    """The first rule that claims a path; None where none does.

    Args:
        found: all rules.
        path: relative to the folder of `.sops.yaml`.
        after: rules up to this number are left out.

    Raises:
        ConfigurationError: a pattern before it does not compile.
    """
    for batch in found:
        if batch.rules[-1].number > after and batch.may_claim(path):
            for rule in batch.rules:
                if rule.number > after and rule.claims(path):
                    return rule
    return None
