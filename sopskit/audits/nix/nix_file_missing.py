"""A secret of a NixOS host whose file is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import place, secrets
from sopskit.consumers.nix.values import RepositoryPath
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files that are told for sure, and that the repository does not have: the system does not build."""
    paths, said = frozenset(subject.source.paths), set()
    for _, secret in secrets(subject):
        values = secret.field("sopsFile").values
        if len(values) != 1 or not secret.field("sopsFile").certain or secret.maybe:
            continue
        file = values[0]
        if isinstance(file, RepositoryPath) and file.path not in paths and (secret.span, file) not in said:
            said.add((secret.span, file))
            message = f"the secret {shown(secret.name)} is in {shown(file.path)}, which is not there"
            yield AUDIT.finding(place(subject, secret.span), message, secret.name, file.path)


AUDIT = Audit(
    id="nix-file-missing",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a NixOS host declares a secret in a file that is not there",
    hint="correct sopsFile, or make the file with sopskit edit",
    detect=detect,
)
