"""What a change itself would have a scan leave out: its settings, its baseline, and its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.scanner.baseline import NAME
from sopskit.settings import SETTINGS_NAME
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_report import Report


def said_by(report: Report, old: Accepted, new: Accepted) -> Iterator[str]:
    """What reviewers are to know, one line each.

    Args:
        report: of the change, by what was accepted before it.
        old: what is accepted before the change.
        new: what would be after it.
    """
    for each in report.ignored:
        if each.inline:
            place = f"{shown(each.finding.path)}:{each.finding.place.line}"
            yield f"this change ignores {each.finding.id} in {place} by a comment"
    if old != new:
        yield from _of_settings(old, new)
        yield from _of_rules(old, new)
        yield from _of_baseline(old, new)


def _of_settings(old: Accepted, new: Accepted) -> Iterator[str]:
    before, after = old.ignoring, new.ignoring
    added = [f"does not read {glob}" for glob in after.exclude if glob not in before.exclude]
    added += [f"skips {id_}" for id_ in sorted(after.skip - before.skip)]
    known = {(each.id, each.path) for each in before.ignore}
    added += [
        f"ignores {each.id} in {each.path or 'every file'}"
        for each in after.ignore
        if (each.id, each.path) not in known
    ]
    added += [
        f"has the stopword {word.decode('utf-8', 'replace')!r}{f' for {id_}' if id_ else ''}"
        for word, id_ in after.stopwords
        if (word, id_) not in before.stopwords
    ]
    added += [
        f"makes {id_} {severity}"
        for id_, severity in after.severity.items()
        if before.severity.get(id_) is not severity
    ]
    yield from (f"this change's {SETTINGS_NAME} {shown(text)}" for text in added)


def _of_rules(old: Accepted, new: Accepted) -> Iterator[str]:
    after = {each.rule.id: each.rule for each in new.rules}
    for each in old.rules:
        if after.get(each.rule.id) != each.rule:
            verb = "changes" if each.rule.id in after else "removes"
            yield f"this change {verb} the own rule {each.rule.id}"


def _of_baseline(old: Accepted, new: Accepted) -> Iterator[str]:
    known = old.baseline.entries if old.baseline else {}
    for name, entry in sorted(new.baseline.entries.items()) if new.baseline else ():
        if name not in known:
            yield f"this change adds {shown(entry.rule)} in {shown(entry.path)} to {NAME}"
