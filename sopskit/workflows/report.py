"""report: everything that is known of a repository's secrets, for one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.inventory.timeline import timeline
from sopskit.workflows import check, exposure
from sopskit.workflows.access import Where, access_in, read_access
from sopskit.workflows.check_subject import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.inventory.access import Access
    from sopskit.inventory.exposure import Exposure
    from sopskit.inventory.history import History
    from sopskit.inventory.timeline import Event
    from sopskit.workflows.check_subject import Place

    Progress = Callable[[int, int], None]


class Past(NamedTuple):
    """What the history tells.

    Attributes:
        exposures: values that somebody could read who is not to, and that are the same still.
        events: what happened, the oldest first.
        history: what was read of it.
    """

    exposures: tuple[Exposure, ...]
    events: tuple[Event, ...]
    history: History


class Report(NamedTuple):
    """What the page shows; a text in the place of a part says why it is not there.

    Attributes:
        access: who reads what.
        findings: what the audits found.
        past: exposures and time line.
    """

    access: Access
    findings: check.Report | str
    past: Past | str

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for could be read."""
        if isinstance(self.findings, check.Report) and self.findings.unread:
            return False
        return not isinstance(self.past, Past) or self.past.history.is_whole


_OF_THE_PRESENT = "Not looked for: the page is of an older commit, and this is of the present only."
_NOT_ASKED = "The history was not read: --no-history."


def report_at(place: Place, revision: str) -> Report:
    """The report of a commit: who could read what.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, it cannot be used, or there is no git.
        UsageError: there is no such commit.
    """
    where = Where(place.repository, place.start, place.config, place.jobs)
    return Report(read_access(where, revision), _OF_THE_PRESENT, _OF_THE_PRESENT)


def report(place: Place, *, history: bool, progress: Progress = exposure.no_report) -> Report:
    """The report of the work tree.

    Private keys are used where they are at hand and need no passphrase.

    Args:
        place: where to look, and with what.
        history: read that too.
        progress: called with (contents read, contents to read) of the history.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or `.sopskit.toml` cannot be used.
    """
    # First, since audits of the history run where it is remembered.
    known = _read_history(place, progress) if history else _NOT_ASKED
    found = check.check(place, Request())
    past = known if isinstance(known, str) else _past(place, found, known)
    return Report(access_in(found.subject.inventory), found, past)


def _read_history(place: Place, progress: Progress) -> History | str:
    """The history, or why it could not be read: the rest of the page is worth having all the same."""
    try:
        return exposure.history_of(place.repository, jobs=place.jobs, report=progress)
    except SopskitError as error:
        return f"The history could not be read: {error}"


def _past(place: Place, found: check.Report, history: History) -> Past | str:
    subject = found.subject
    try:
        exposed = exposure.find_exposures(
            subject.inventory,
            history,
            engine=None if subject.engine is None else lambda: subject.engine,
            jobs=place.jobs,
        )
    except SopskitError as error:
        return f"The history could not be read: {error}"
    knowledge = exposed.knowledge
    events = timeline(history, knowledge.hosts, knowledge.keys.of)
    return Past(tuple(exposed.exposures), tuple(events), history)
