"""What the HTML page is given: plain data, every text of it shown safely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.cli.access_rendering import place_text, reader_label
from sopskit.cli.exposure_rendering import moment
from sopskit.inventory.readers import Level
from sopskit.output.report.page import page
from sopskit.output.text import count
from sopskit.text.shown import shown
from sopskit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sopskit.inventory.access import Access, FileAccess
    from sopskit.workflows import check
    from sopskit.workflows.report import Past, Report

_NAMED = 3  # files of an event
_MADE = "It holds names, paths and public keys, and no secret."


def access_page(access: Access, title: str, revision: str | None) -> str:
    """The matrix alone."""
    return page(
        f"{title}: who can read what",
        {
            "title": shown(title),
            "when": _when(revision),
            "made": f"Made by sopskit {__version__}. {_MADE}",
            **access_data(access),
        },
    )


def report_page(report: Report, title: str, revision: str | None, now: datetime) -> str:
    """The whole report."""
    return page(
        f"{title}: who can read what",
        {
            "title": shown(title),
            "when": _when(revision),
            "made": f"Made by sopskit {__version__} on {now:%Y-%m-%d at %H:%M} UTC. {_MADE}",
            **access_data(report.access),
            "consumers": _consumers(report.access),
            "findings": _findings(report.findings),
            "exposures": _exposures(report.past),
            "timeline": _timeline(report.past),
        },
    )


def _when(revision: str | None) -> str:
    """Which moment it is about."""
    return "The files as they are in the work tree" if revision is None else f"As of {shown(revision)}"


def access_data(access: Access) -> dict[str, Any]:
    """Hosts, files and who reads them; files that the same hosts read share a set."""
    sets: dict[tuple[tuple[int, int], ...], int] = {}
    files = []
    for each in access.files:
        cells = _cells(each, len(access.readers))
        files.append(
            {
                "path": shown(each.path),
                "state": str(each.plan.state),
                "rule": each.plan.rule.number if each.plan.rule else None,
                "set": sets.setdefault(cells, len(sets)),
            }
        )
    return {"hosts": list(_hosts(access)), "files": files, "sets": [list(cells) for cells in sets]}


def _cells(file: FileAccess, readers: int) -> tuple[tuple[int, int], ...]:
    """Pairs of a reader and 3 * (level by the rule) + (level by the stanzas)."""
    return tuple(
        (n, 3 * file.by_rule.get(n, Level.NONE) + file.by_stanza.get(n, Level.NONE))
        for n in range(readers)
        if file.level(n)
    )


def _hosts(access: Access) -> Iterable[dict[str, Any]]:
    for each in access.readers:
        yield {
            "name": reader_label(each),
            "named": each.name is not None,
            "role": each.role,
            "keys": [shown(recipient.text) for recipient in each.recipients],
        }


def _consumers(access: Access) -> dict[str, Any]:
    rows = [
        {
            "kind": each.kind,
            "name": shown(each.name),
            "namespace": shown(each.namespace),
            "host": None if each.host is None else shown(each.host),
            "paths": [shown(path) for path in each.paths],
            "readable": readable,
        }
        for each, readable in access.consumers
    ]
    return _part(rows, [f"{place_text(each.place)}: {each.message}" for each in access.unclear])


def _findings(found: check.Report | str) -> dict[str, Any]:
    if isinstance(found, str):
        return _absent(found)
    rows = [
        {
            "id": each.id,
            "severity": str(each.severity),
            "path": shown(each.path),
            "line": each.place.line,
            "message": shown(each.message),
            "hint": shown(each.hint),
        }
        for each in found.findings
    ]
    notes = [f"{each.id} was not run: {each.reason}" for each in found.not_run]
    notes += [f"{each.path} could not be read: {each.reason}" for each in found.unread]
    if found.ignored:
        notes.append(f"{count(len(found.ignored), 'finding')} ignored, by a marker or by .sopskit.toml")
    return _part(rows, notes)


def _exposures(past: Past | str) -> dict[str, Any]:
    if isinstance(past, str):
        return _absent(past)
    rows = [
        {
            "host": None if each.host is None else shown(each.host),
            "path": shown(each.path),
            "keys": [shown(key) for key in each.keys],
            "since": moment(each.since),
            "commit": each.commit,
            "until": moment(each.until),
            "certainty": str(each.certainty),
        }
        for each in past.exposures
    ]
    return _part(rows, _missing(past))


def _timeline(past: Past | str) -> dict[str, Any]:
    if isinstance(past, str):
        return _absent(past)
    rows = [
        {
            "time": moment(each.time),
            "commit": each.commit,
            "kind": str(each.kind),
            "host": None if each.host is None else shown(each.host),
            "files": len(each.paths),
            "paths": [shown(path) for path in each.paths[:_NAMED]],
        }
        for each in past.events
    ]
    return _part(rows, _missing(past))


def _missing(past: Past) -> list[str]:
    """What of the history was not looked at."""
    notes = []
    if past.history.is_cut:
        notes.append("This clone is shallow: older commits were not looked at.")
    if past.history.missing:
        notes.append(f"This clone lacks contents of {count(len(past.history.missing), 'file')}.")
    if past.history.broken:
        files = count(len(past.history.broken), "file")
        notes.append(f"{files} had versions that cannot be read (cut off, or with merge conflicts).")
    return notes


def _part(rows: list[dict[str, Any]], notes: Iterable[str]) -> dict[str, Any]:
    return {"rows": rows, "notes": [shown(note) for note in notes]}


def _absent(reason: str) -> dict[str, Any]:
    return {"rows": None, "reason": shown(reason)}
