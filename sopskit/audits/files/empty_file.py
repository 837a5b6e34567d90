"""A file that a rule claims, and that is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files import named_as_encrypted
from sopskit.audits.files.no_secrets import is_meant
from sopskit.audits.files.not_encrypted import claimed_by
from sopskit.audits.interface import Audit, Scope
from sopskit.audits.wording import naming
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

#: Names of files that are there so that git keeps their folder.
_KEEPERS = (".gitkeep", ".keep", ".gitignore", ".placeholder")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files without content where a rule, or their name, promises secrets."""
    for plan in subject.plans():
        if plan.state is not State.EMPTY or plan.rule is None or plan.path.endswith(_KEEPERS):
            continue
        if is_meant(plan.path, plan.rule):
            message = f"is empty and not encrypted, and {claimed_by(plan)} claims it"
            yield AUDIT.finding(Place(plan.path), message, "", hint=naming(AUDIT.hint, plan.path))
    for file in named_as_encrypted.unclaimed(subject):
        if file.empty:
            message = f"is empty, {named_as_encrypted.SAYS}"
            yield AUDIT.finding(Place(file.path), message, "", hint=naming(AUDIT.hint, file.path))


AUDIT = Audit(
    id="empty-file",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a file that a rule claims is empty",
    hint="what reads it fails: sopskit edit FILE fills and encrypts it; or delete it",
    detect=detect,
    scope=Scope.FILE,
)
