"""Triggers in Hyperscan: one pass over a text for the expressions of all rules.

A hook that finds nothing waits for this: it imports next to nothing.
"""

from __future__ import annotations

from sopskit.scanner.kept import extension

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hyperscan import Database

    from sopskit.scanner.triggers import Span, Text, Trigger


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
    hyperscan = extension()
    database: Database = hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


def occurs_any(database: Database, content: Text) -> bool:
    """Whether any trigger occurs in a text."""
    found = False

    def occurs(_number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        nonlocal found
        found = True

    database.scan(content, match_event_handler=occurs)  # type: ignore[type-var]  # any buffer will do
    return found


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
        return self.spans_of(self.ends(content))

    def ends(self, content: Text) -> list[tuple[int, int]]:
        """See `Triggers`."""
        ends: list[tuple[int, int]] = []

        def occurs(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((number, end))

        self._database.scan(content, match_event_handler=occurs)  # type: ignore[type-var]  # any buffer will do
        return ends

    def spans_of(self, ends: Iterable[tuple[int, int]]) -> list[Span]:
        """See `Triggers`."""
        if not ends:
            return []
        from sopskit.scanner.triggers import Span

        triggers = self._triggers()
        spans = []
        for number, end in ends:
            rule, _, nearest, farthest = triggers[number]
            spans.append(Span(rule, max(0, end - farthest), end - nearest))
        return spans
