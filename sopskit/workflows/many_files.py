"""Doing one thing to each of the files that were named; what fails is told for all of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sopskit.errors import BrokenFileError, FailedError, NoIdentityError, SopskitError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Item = TypeVar("Item")
Made = TypeVar("Made")


def no_report(_done: int, _total: int) -> None:
    """Nobody watches."""


class _Result(NamedTuple, Generic[Made]):
    made: Made | None
    error: SopskitError | None
    process: int


def for_each(
    function: Callable[[Item], Made],
    items: Sequence[Item],
    name: Callable[[Item], str],
    *,
    what: str,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Made]:
    """`function(item)` for each item, in several processes where there are many.

    Args:
        function: what is done; it may raise a `SopskitError`.
        items: to what.
        name: what to call an item in an error.
        what: what was to be done, for the error: "could not be decrypted".
        jobs: number of processes; None for one a core.
        report: called with (items done, items in all).

    Raises:
        SopskitError: the error of an only item, else one that sums up those that failed.
    """

    def one(item: Item) -> _Result[Made]:
        try:
            return _Result(function(item), None, os.getpid())
        except SopskitError as error:
            error.path = name(item)  # an engine knows the path as the config sees it
            return _Result(None, error, os.getpid())

    made: list[Made] = []
    errors: list[SopskitError] = []
    for done, (item, result) in enumerate(zip(items, _results(one, items, jobs), strict=True), start=1):
        if isinstance(result.error, NoIdentityError) and result.process != os.getpid():
            result = one(item)  # noqa: PLW2901 - a worker cannot ask for a passphrase, this process can
        if result.error is not None:
            errors.append(result.error)
        else:
            made.append(result.made)  # type: ignore[arg-type]
        report(done, len(items))
    if errors:
        raise errors[0] if len(items) == 1 else _sum_up(errors, what)
    return made


def _results(
    one: Callable[[Item], _Result[Made]], items: Sequence[Item], jobs: int | None
) -> Iterable[_Result[Made]]:
    # The first is done here: a passphrase that it needs is asked for before workers are forked.
    yield from map(one, items[:1])
    if len(items) > 1:
        from sopskit.workflows.parallel import map_files

        yield from map_files(one, items[1:], jobs)


def _sum_up(errors: Sequence[SopskitError], what: str) -> SopskitError:
    """One error for several files; it takes the kind of the worst."""
    kinds = (
        (NoIdentityError, "sopskit doctor lists the identities found here"),
        (ToolMissingError, None),
        (BrokenFileError, None),
    )
    summary: SopskitError = FailedError(f"files that {what}: {len(errors)}")
    for kind, hint in kinds:
        if all(isinstance(error, kind) for error in errors):
            summary = kind(summary.message, hint=hint)
    summary.causes = tuple(errors)
    return summary
