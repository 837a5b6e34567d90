"""Findings as text for people and as JSON for scripts; audits and the scanner share it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.findings import Severity
from sopskit.output.text import count
from sopskit.settings import SETTINGS_NAME
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sopskit.findings import Finding, IgnoredFinding, Place

#: More findings of one id than this are counted, not listed, unless -v.
_LISTED = 10


class Skipped(NamedTuple):
    """What was not looked at: an audit, or a file; and why."""

    id: str | None
    path: str | None
    reason: str


def lines(findings: Sequence[Finding], *, verbose: bool, highlight: Callable[[str], str] = str) -> str:
    """Each finding as `path:line:column: severity: message [id]`, its hint below where it is new.

    Args:
        findings: in order; those of one file stand together.
        verbose: list all of them.
        highlight: gives the word for a severity a colour.
    """
    listed: Counter[str] = Counter()
    hints: set[tuple[str, str]] = set()
    text: list[str] = []
    for finding in findings:
        listed[finding.id] += 1
        if listed[finding.id] > _LISTED and not verbose:
            continue
        text.append(line(finding, highlight))
        kind = finding.hint.replace(finding.path, "")  # it may name the file, and says the same of each
        if (finding.id, kind) not in hints:
            hints.add((finding.id, kind))
            if finding.why:
                text.append(f"  why: {shown(finding.why)} ({finding.confidence} confidence)")
            text.append(f"  hint: {shown(finding.hint)}")
    more = {id_: number - _LISTED for id_, number in listed.items() if number > _LISTED and not verbose}
    text += [f"... and {number} more of [{id_}]; -v lists them" for id_, number in more.items()]
    return "\n".join(text)


def line(finding: Finding, highlight: Callable[[str], str] = str) -> str:
    """One finding on one line."""
    place = shown(finding.path)
    if finding.place.line:
        place += f":{finding.place.line}:{finding.place.column}"
    commit = f"commit {finding.commit[:12]}: " if finding.commit else ""
    effect = f", {finding.effect}" if finding.effect else ""
    message = f"{commit}{shown(finding.message)} [{finding.id}{effect}]"
    return f"{place}: {highlight(str(finding.severity))}: {message}"


def summary(findings: Sequence[Finding], files: int, ignored: int) -> str:
    """`3 findings in 40 files: 1 error, 2 warnings; 1 ignored`."""
    by_severity = Counter(each.severity for each in findings)
    parts = [_counted(severity, by_severity[severity]) for severity in Severity if by_severity[severity]]
    kinds = f": {', '.join(parts)}" if parts else ""
    left_out = f"; {ignored} ignored" if ignored else ""
    return f"{count(len(findings), 'finding')} in {count(files, 'file')}{kinds}{left_out}"


def ignored_lines(suppressed: Iterable[IgnoredFinding]) -> str:
    """Each finding that is ignored, by what, and why."""
    return "\n".join(f"ignored {accepted_by(each)}: {line(each.finding)}" for each in suppressed)


def accepted_by(suppressed: IgnoredFinding) -> str:
    """What has left out a finding, and why."""
    by = "by a marker" if suppressed.inline else f"by {SETTINGS_NAME}"
    return f"{by} ({shown(suppressed.reason)})" if suppressed.reason else by


def _counted(severity: Severity, number: int) -> str:
    return f"{number} info" if severity is Severity.INFO else count(number, str(severity))


def document(
    findings: Sequence[Finding],
    *,
    files: int,
    size: int,
    ignored: Sequence[IgnoredFinding],
    skipped: Iterable[Skipped],
) -> dict[str, Any]:
    """The findings for `--format json`.

    Args:
        findings: in order.
        files: how many files were looked at.
        size: their bytes.
        ignored: findings that a marker or a setting has left out.
        skipped: what was not looked at.
    """
    return {
        "summary": {"files": files, "bytes": size, "findings": len(findings), "ignored": len(ignored)},
        "findings": [_document(each) for each in findings],
        "ignored": [_ignored(each) for each in ignored],
        "skipped": [each._asdict() for each in skipped],
    }


def _ignored(suppressed: IgnoredFinding) -> dict[str, Any]:
    by = "marker" if suppressed.inline else "settings"
    return {"finding": _document(suppressed.finding), "by": by, "reason": suppressed.reason or None}


def _document(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "path": finding.path,
        **_numbers(finding.place),
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "message": finding.message,
        "why": finding.why or None,
        "hint": finding.hint,
        "fingerprint": finding.fingerprint,
        "commit": finding.commit,
        "at_head": finding.at_head,
        "effect": finding.effect,
        "fixable": finding.fixable,
    }


def _numbers(place: Place) -> dict[str, int | None]:
    """Where in the file; nulls where the file as a whole is meant."""
    return {name: value or None for name, value in place._asdict().items() if name != "path"}
