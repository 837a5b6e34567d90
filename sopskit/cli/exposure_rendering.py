"""Exposures as text, JSON and CSV."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sopskit.errors import FailedError
from sopskit.inventory.exposure import Certainty
from sopskit.inventory.replacing import to_do_first
from sopskit.output import csv
from sopskit.output.text import count
from sopskit.repo.blobs import PARTIAL_CLONE
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.inventory.exposure import Exposure
    from sopskit.inventory.history import History
    from sopskit.inventory.replacing import Replacing, ToDoFirst
    from sopskit.workflows.exposure import Exposed

_FILES = 20  # of a host that are listed without -v
_KEYS = 6  # of a file


def exposure_text(found: Exposed, *, verbose: bool = False, files: int = _FILES) -> str:
    """What is exposed to whom, by host and file, and how much it is."""
    lines: list[str] = []
    for host, of_host in groupby(found.exposures, key=lambda each: each.host):
        by_file = [list(each) for _, each in groupby(of_host, key=lambda each: each.path)]
        lines.append("everyone who has the repository" if host is None else shown(host))
        for of_file in by_file if verbose else by_file[:files]:
            lines += _file_lines(of_file, verbose=verbose)
        if len(by_file) > files and not verbose:
            lines.append(f"  … and {count(len(by_file) - files, 'more file')} (-v lists all)")
        lines.append("")
    return "\n".join([*lines, _summary(found.exposures), *_care(found.exposures)])


def _file_lines(exposures: list[Exposure], *, verbose: bool) -> Iterator[str]:
    first = min(exposures, key=lambda each: each.since)
    ended = ", not rotated since"
    if first.rotated:
        ended = ", rotated" + (f" {date(first.until)}" if first.until is not None else "")
    commit = f" ({first.commit[:10]})" if first.commit else ""
    yield f"  {shown(first.path)}  since {date(first.since)}{commit}{ended}"
    for certainty, intro in ((Certainty.VALUE, ""), (Certainty.FILE, "perhaps: ")):
        keys = [key for each in exposures if each.certainty is certainty for key in each.keys]
        if keys:
            yield f"    {intro}{_keys(keys, verbose=verbose)}"


def _keys(keys: Iterable[str], *, verbose: bool) -> str:
    names = [shown(key) for key in dict.fromkeys(keys)]
    if verbose or len(names) <= _KEYS:
        return ", ".join(names)
    return f"{', '.join(names[: _KEYS - 1])} and {len(names) - _KEYS + 1} more"


def _care(exposures: Iterable[Exposure]) -> Iterator[str]:
    """A line for each kind of values that cannot just be replaced: what to do first."""
    places: dict[Replacing, dict[str, None]] = {}
    for each in exposures:
        for kind, keys in to_do_first(each.path, each.keys):
            of_kind = places.setdefault(kind, {})
            of_kind.update(dict.fromkeys(f"{each.path}: {key}" for key in keys))
    for kind, named in places.items():
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        yield f"first, for {shown(next(iter(named)))}{more}: {kind.first}"


def _summary(exposures: list[Exposure]) -> str:
    if not exposures:
        return "nothing is exposed"
    values = {(each.path, key) for each in exposures for key in each.keys}
    sure = {(e.path, key) for e in exposures if e.certainty is Certainty.VALUE for key in e.keys}
    files = count(len({each.path for each in exposures}), "file")
    maybe = f", {len(values - sure)} of them perhaps" if values - sure else ""
    return f"{count(len(values), 'value')} in {files} to change at the source{maybe}"


def missing_parts(history: History) -> list[FailedError]:
    """What of the history could not be looked at."""
    errors = []
    if history.is_cut:
        cut = "this clone is shallow: older commits were not looked at"
        errors.append(FailedError(cut, hint="git fetch --unshallow"))
    if history.missing:
        files = f"{count(len(history.missing), 'file')} ({_some(history.missing)})"
        lost = f"versions of {files} are not here, and were not looked at"
        errors.append(FailedError(lost, hint=PARTIAL_CLONE))
    if history.broken:
        files = f"{count(len(history.broken), 'file')} ({_some(history.broken)})"
        hint = "they are cut off, or in the middle of a merge: what stood in these alone is not listed"
        errors.append(FailedError(f"{files} had versions that cannot be read", hint=hint))
    return errors


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def exposure_document(found: Exposed) -> dict[str, Any]:
    """For `--format json`."""
    history = found.knowledge.history
    return {
        "exposures": [
            each._asdict()
            | {"keys": list(each.keys), "since": moment(each.since), "until": moment(each.until)}
            | {"first": [_first_document(first) for first in to_do_first(each.path, each.keys)]}
            for each in found.exposures
        ],
        "complete": history.is_whole,
        "unread": sorted({*history.missing, *history.broken}),
    }


def _first_document(first: ToDoFirst) -> dict[str, Any]:
    return {"kind": first.kind.kind, "keys": list(first.keys), "do": first.kind.first}


def exposure_csv(found: Exposed) -> str:
    """For `--format csv`: a line for each value."""
    header = ("host", "path", "key", "since", "until", "commit", "rotated", "certainty")
    rows = (
        (
            each.host or "",
            each.path,
            key,
            moment(each.since) or "",
            moment(each.until) or "",
            each.commit or "",
            str(each.rotated).lower(),
            str(each.certainty),
        )
        for each in found.exposures
        for key in each.keys
    )
    return csv.document(header, rows)


def date(seconds: int) -> str:
    """The day, in UTC."""
    return (moment(seconds) or "")[:10]


def moment(seconds: int | None) -> str | None:
    """RFC 3339, in UTC; a commit may claim any time, and one that no calendar has is the first of 1970."""
    if seconds is None:
        return None
    if not 0 <= seconds < 253_402_300_800:  # the year 10000
        seconds = 0
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
