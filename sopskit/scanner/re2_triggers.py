"""Triggers in RE2, where Hyperscan is not to be had: which rules may have a match in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.scanner.triggers import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.scanner.triggers import Text, Trigger

#: RE2's budget for one expression; its own default of 8 MiB refuses long repetitions of classes.
_MEMORY = 64 << 20


class Re2Triggers:
    """Triggers whose literals RE2 looks for; a rule of which they occur runs over the whole text."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _MEMORY
        options.log_errors = False
        self._rules = [trigger.rule for trigger in triggers]
        self._filter = re2.Filter()
        for trigger in triggers:
            self._filter.Add(trigger.expression.encode(), options)
        self._filter.Compile()

    def ends(self, _content: Text) -> None:
        """See `Triggers`: RE2 does not tell them."""

    def spans_of(self, _ends: Iterable[tuple[int, int]]) -> list[Span]:
        """See `Triggers`."""
        return []

    def spans(self, content: Text) -> list[Span]:
        """See `Triggers`."""
        found = self._filter.Match(bytes(content), potential=True)
        return [
            Span(rule, 0, len(content)) for rule in sorted({self._rules[number] for number in found or ()})
        ]
