"""What a scan reports, from whatever it has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ExitCode
from sopskit.findings import IgnoredFinding, Severity, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sopskit.findings import Finding, Unread
    from sopskit.scanner.baseline import Baseline
    from sopskit.scanner.rule import Rule
    from sopskit.workflows.scan_known import Known

#: `--fail-on` that nothing reaches.
NEVER = "never"

_BADNESS = (Severity.INFO, Severity.WARNING, Severity.ERROR)


class Report(NamedTuple):
    """What a scan has found.

    Attributes:
        findings: by path and place.
        ignored: findings that a marker, a setting or the baseline has left out.
        unread: files that could not be read.
        files: number of files, or contents of git, that were read.
        size: their bytes.
        remembered: contents that were not read, since they were clean when they were.
        notes: what else there is to say, one line each.
        known: the values that were looked for; None where none were to be.
        own: the own rules that were looked for besides.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[IgnoredFinding, ...]
    unread: tuple[Unread, ...]
    files: int
    size: int
    remembered: int = 0
    notes: tuple[str, ...] = ()
    known: Known | None = None
    own: tuple[Rule, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """Clean, found, or failed where something could not be read."""
        return self.status(Severity.WARNING)

    def status(self, fail_on: str) -> ExitCode:
        """As `exit_code`.

        Args:
            fail_on: the least severity that is not clean, or `NEVER`.
        """
        if self.unread:
            return ExitCode.FAILED
        if fail_on == NEVER:
            return ExitCode.CLEAN
        bad = _BADNESS[_BADNESS.index(Severity(fail_on)) :]
        return ExitCode.FOUND if any(each.severity in bad for each in self.findings) else ExitCode.CLEAN


def without_known(report: Report, baseline: Baseline | None) -> Report:
    """The report with what the baseline holds among the ignored findings."""
    if baseline is None:
        return report
    known = [each for each in report.findings if baseline.holds(each)]
    kept = tuple(each for each in report.findings if each not in known) if known else report.findings
    ignored = (*report.ignored, *(IgnoredFinding(each, inline=False, reason="baseline") for each in known))
    return report._replace(findings=kept, ignored=ignored)


def in_order_of_place(ignored: Iterable[IgnoredFinding]) -> tuple[IgnoredFinding, ...]:
    """Ignored findings in the order of their places."""
    by_finding = {id(each.finding): each for each in ignored}
    return tuple(by_finding[id(each)] for each in in_order(each.finding for each in by_finding.values()))
