"""What a scan has not read: it fails the run, unless the settings say that this is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.output.amounts import count
from sopskit.workflows.scan_ids import UNREAD, unknown_ids

if TYPE_CHECKING:
    from sopskit.scanner.ignoring import Ignoring
    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_known import Known
    from sopskit.workflows.scan_report import Report


def completed(report: Report, accepted: Accepted) -> Report:
    """A report with what is to be said of known values, and without what the settings accept as not read.

    Args:
        report: of all that was scanned.
        accepted: what the settings say, and the known values.
    """
    unread, notes = report.unread, report.notes
    if accepted.known is not None:
        unread = (*unread, *accepted.known.unread)
        notes = (*notes, _amount(accepted.known))
    notes = (*notes, *unknown_ids(accepted))
    left = tuple(each for each in unread if not _is_accepted(each.path, accepted.ignoring))
    if len(left) < len(unread):
        number = count(len(unread) - len(left), "file")
        notes = (*notes, f"{number} not read, or not to the end, as the settings accept")
    own = tuple(each.rule for each in accepted.rules)
    return report._replace(unread=left, notes=notes, known=accepted.known, own=own)


def _amount(known: Known) -> str:
    """How much was looked for."""
    if not known.files and not known.unread:
        return "there is no secret file here whose values could be looked for"
    left_out = f"; {known.left_out} were too short or too common to look for" if known.left_out else ""
    return f"looked for {count(known.values, 'value')} of {count(known.files, 'secret file')}{left_out}"


def _is_accepted(path: str, ignoring: Ignoring) -> bool:
    from sopskit.text import globs

    return any(
        each.id == UNREAD and (not each.path or globs.matches(each.path, path)) for each in ignoring.ignore
    )
