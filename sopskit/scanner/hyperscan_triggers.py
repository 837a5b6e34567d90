"""Triggers in Hyperscan: one pass over a text for the expressions of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.scanner.triggers import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hyperscan import Database

    from sopskit.scanner.triggers import Text, Trigger


def compile_database(triggers: Sequence[Trigger]) -> bytes:
    """The expressions as a database, in the form in which Hyperscan keeps it; takes seconds.

    Raises:
        hyperscan.error: an expression is none.
    """
    import hyperscan

    expressions = [trigger.expression.encode() for trigger in triggers]
    database = hyperscan.Database()
    database.compile(expressions=expressions, ids=list(range(len(expressions))), elements=len(expressions))
    return bytes(hyperscan.dumpb(database))


def load_database(content: bytes) -> Database:
    """A database as `compile_database` gave it.

    Raises:
        hyperscan.error: it is damaged, or of another version or another kind of machine.
    """
    import hyperscan

    database = hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


class HyperscanTriggers:
    """Triggers in a database.

    Args:
        database: of the triggers, their number as id.
        triggers: gives the triggers; called when one occurs first.
    """

    def __init__(self, database: Database, triggers: Callable[[], Sequence[Trigger]]) -> None:
        self._database = database
        self._triggers = triggers

    def spans(self, content: Text) -> list[Span]:
        """See `Triggers`."""
        ends: list[tuple[int, int]] = []

        def occurs(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((number, end))

        self._database.scan(content, match_event_handler=occurs)  # type: ignore[type-var]  # any buffer will do
        if not ends:
            return []
        triggers = self._triggers()
        spans = []
        for number, end in ends:
            rule, _, nearest, farthest = triggers[number]
            spans.append(Span(rule, max(0, end - farthest), end - nearest))
        return spans
