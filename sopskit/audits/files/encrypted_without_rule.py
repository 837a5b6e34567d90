"""An encrypted file that no rule claims."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.example_files import is_example
from sopskit.audits.interface import Audit, Scope
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

# clan (clan.lol) keeps these, and their recipients, as links beside them.
_CLANS = re.compile(r"(?:^|/)(?:sops/secrets/[^/]+|vars/(?:shared|per-machine/[^/]+)/[^/]+/[^/]+)/secret$")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files of which no rule says who is to read them; where there are no rules at all, nothing."""
    if not subject.inventory.configs.by_folder:
        return
    for plan in subject.plans():
        if plan.state is State.ORPHAN and not _CLANS.search(plan.path):
            where = f"no rule of {shown(plan.config.path)}" if plan.config else "no .sops.yaml above it"
            yield AUDIT.finding(
                Place(plan.path),
                f"is encrypted, and {where} claims it",
                "",
                severity=Severity.INFO if is_example(plan.path) else None,
            )


AUDIT = Audit(
    id="encrypted-without-rule",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="an encrypted file is claimed by no rule",
    hint="nobody keeps its recipients up to date: widen the path_regex of the rule that is meant, or add one"
    " (sopskit add-host NAME --new-rule REGEX)",
    detect=detect,
    scope=Scope.FILE,
)
