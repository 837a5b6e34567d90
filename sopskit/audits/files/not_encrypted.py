"""A file that a rule claims, and that is plaintext."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.files import named_as_encrypted
from sopskit.audits.files.conflict_markers import first_marker
from sopskit.audits.files.no_secrets import holds_no_secret
from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.wording import naming
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.plan import FilePlan


_NO_RULE = "add a rule that claims it (sopskit add-host NAME --new-rule REGEX), then sopskit encrypt -i FILE"
_NARROW = (
    "narrow the rule's path_regex so that it leaves templates alone; if it is none, sopskit encrypt -i FILE"
)

# Helm, Jinja, Go: what is filled in is no secret yet, and encrypting it would break it.
_TEMPLATE = re.compile(rb"\{\{[^{}\n]*\}\}|\{%[^%\n]*%\}")
_TEMPLATES = re.compile(r"(?:^|/)(?:tmpl|templates?|skeletons?|examples?)/")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find plaintext that a rule with a pattern means; a catch-all claims the README as well."""
    for plan in _plaintexts(subject):
        message = f"is not encrypted, and {claimed_by(plan)} claims it"
        if not _is_template(subject, plan.path):
            yield AUDIT.finding(Place(plan.path), message, "", hint=naming(AUDIT.hint, plan.path))
        else:
            message = f"looks like a template, and {claimed_by(plan)} claims it"
            yield AUDIT.finding(
                Place(plan.path),
                message,
                "",
                hint=naming(_NARROW, plan.path),
                severity=Severity.WARNING,
                confidence=Confidence.MEDIUM,
            )
    for file in named_as_encrypted.unclaimed(subject):
        if not (file.empty or _TEMPLATES.search(file.path) or _is_template(subject, file.path)):
            message = f"is not encrypted, {named_as_encrypted.SAYS}"
            hint = naming(_NO_RULE, file.path)
            yield AUDIT.finding(Place(file.path), message, "", hint=hint, confidence=Confidence.MEDIUM)


def _plaintexts(subject: Subject) -> Iterator[FilePlan]:
    """Those that are meant: not what a pattern claims by accident, or since it is as wide as a folder."""
    for plan in subject.plans():
        if plan.state is not State.PLAINTEXT or plan.path in subject.accidents or plan.rule is None:
            continue
        if holds_no_secret(plan.path, subject.content(plan.path) or b"", plan.rule):
            continue
        if first_marker(subject, plan.path) is None:
            yield plan


def _is_template(subject: Subject, path: str) -> bool:
    return _TEMPLATE.search(subject.content(path) or b"") is not None


def claimed_by(plan: FilePlan) -> str:
    """`rule 2 of .sops.yaml`."""
    number = plan.rule.number if plan.rule else "?"
    return f"rule {number} of {shown(plan.config.path) if plan.config else '.sops.yaml'}"


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Encrypt the file, unless it looks like a template."""
    plan = subject.plan_of(finding.path)
    if plan is None or plan.rule is None or plan.rule.error is not None:
        return None
    if _is_template(subject, finding.path):
        return None
    return Repair(f"encrypt {shown(finding.path)}", encrypt=(finding.path,))


AUDIT = Audit(
    id="not-encrypted",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a file that a rule claims is plaintext",
    hint="sopskit encrypt -i FILE, and change its values if it was ever pushed;"
    " where it is no secret file, narrow the rule's path_regex",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
