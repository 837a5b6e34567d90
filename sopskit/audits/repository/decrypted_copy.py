"""A decrypted copy of a secret file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.example_files import is_example
from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.repository.tracking import gitignore_line, is_tracked
from sopskit.audits.wording import naming
from sopskit.findings import Confidence, Place, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

# What tools call the plaintext beside an encrypted file: helm-secrets (`secrets.yaml.dec`, `*.dec.yaml`),
# vscode-sops (`.decrypted~name`), and what people type.
_BEFORE_END = re.compile(
    r"^(?P<stem>.+?)[._-](?:dec|decrypted|plain|plaintext|cleartext|unencrypted)(?P<end>\.[^./]+)$"
)
_AT_END = re.compile(r"^(?P<name>.+)\.(?:dec|decrypted|plain|plaintext|cleartext)$")
_IN_FRONT = re.compile(r"^\.decrypted~(?P<name>.+)$")
_SURE = re.compile(r"(?:^\.decrypted~|[._-]dec(?:rypted)?(?:\.[^.]+)?$)")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find plaintext files by such a name: beside the encrypted file, or where only a copy is called so."""
    encrypted = {path for path in subject.inventory.paths if _is_encrypted(subject, path)}
    for path in subject.paths():
        folder, slash, name = path.rpartition("/")
        original = next((f"{folder}{slash}{each}" for each in _originals(name)), None)
        if original is None or path in encrypted or subject.inventory.file(path).empty:
            continue
        beside = next(
            (f"{folder}{slash}{n}" for n in _originals(name) if f"{folder}{slash}{n}" in encrypted), None
        )
        if beside is None and not (_SURE.search(name) and _is_data(name)):
            continue
        tracked = "tracks" if is_tracked(subject, path) else "does not ignore"
        of = f" of {shown(beside)}" if beside else ""
        yield AUDIT.finding(
            Place(path),
            f"is a decrypted copy{of}, and git {tracked} it",
            "",
            hint=_UNTRACKED if tracked != "tracks" else naming(AUDIT.hint, path),
            severity=Severity.ERROR if beside and not is_example(path) else Severity.WARNING,
            confidence=Confidence.HIGH if beside else Confidence.MEDIUM,
        )


def _is_encrypted(subject: Subject, path: str) -> bool:
    return subject.inventory.file(path).encryption is not None


def _originals(name: str) -> Iterator[str]:
    """The names that the file would be a copy of."""
    if (match := _IN_FRONT.match(name)) or (match := _AT_END.match(name)):
        yield match["name"]
    if match := _BEFORE_END.match(name):
        stem, end = match["stem"], match["end"]
        yield stem + end
        for word in ("enc", "encrypted", "sops", "secret"):
            yield f"{stem}.{word}{end}"


def _is_data(name: str) -> bool:
    return re.search(r"\.(?:ya?ml|json|env|ini|txt|toml|conf|properties)(?:\.|$)", name) is not None


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Have git ignore a copy that it does not track yet."""
    if not subject.inventory.repository.in_git or is_tracked(subject, finding.path):
        return None
    return Repair(f"have git ignore {shown(finding.path)}", ignore=(gitignore_line(finding.path),))


_UNTRACKED = "delete it, or have git ignore it; sopskit edit and exec-file leave no copy"

AUDIT = Audit(
    id="decrypted-copy",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a decrypted copy of a secret file lies in the repository",
    hint="git rm --cached FILE, have git ignore it, and change its values: git history keeps them",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
