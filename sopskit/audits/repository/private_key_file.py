"""A private key in a file of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.example_files import is_example
from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.keys.spelled_keys import spelled_keys
from sopskit.audits.repository.tracking import gitignore_line, is_tracked
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.keys import private_keys, ssh
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.keys.private_keys import PrivateKey

_AGE = "an age private key"

#: Longer files are no key files, and are left to a scan for leaks.
_LONGEST = 1 << 20


def detect(subject: Subject) -> Iterator[Finding]:
    """Find the first private key of each file; those of a `.sops.yaml` are another audit's.

    One among examples or tests is information, unless it is the key of a recipient.
    """
    for path in subject.paths():
        file = subject.inventory.file(path)
        if not file.may_hold_key or file.version is None or file.version.identity.size > _LONGEST:
            continue
        content = subject.content(path) or b""
        text = content.decode("utf-8", "replace")
        key = next(private_keys.in_text(text), None)
        if key is not None:
            yield _finding(subject, path, text, key)


def _finding(subject: Subject, path: str, text: str, key: PrivateKey) -> Finding:
    tracked = is_tracked(subject, path)
    locked = _has_passphrase(text, key)
    what = f"{key.what} behind a passphrase" if locked else key.what
    message = f"holds {what}, and git {'tracks it' if tracked else 'does not ignore it'}"
    severity, confidence = Severity.WARNING if locked else Severity.ERROR, Confidence.HIGH
    if is_example(path) and not _is_in_use(subject, text, key):
        severity, confidence = Severity.INFO, Confidence.LOW
    return AUDIT.finding(
        Place.of_span(path, text, key.start, key.end),
        message,
        "",
        hint=None if tracked else "move it out of the repository, or have git ignore it",
        severity=severity,
        confidence=confidence,
    )


def _is_in_use(subject: Subject, text: str, key: PrivateKey) -> bool:
    """Whether a rule names its public half; only that of an age key is looked for."""
    if key.what != _AGE:
        return False
    from sopskit.keys.age import parse_identity  # with cryptography, which a hook need not load

    try:
        public = parse_identity(text[key.start : key.end].upper()).recipient
    except (SopskitError, ValueError):
        return False
    return any(each.recipient == public for each in spelled_keys(subject))


def _has_passphrase(text: str, key: PrivateKey) -> bool:
    """Whether the key is of no use alone; where that cannot be told, it is."""
    end = text.find("-----END", key.start)
    if end < 0 or key.what == _AGE:
        return False
    block = text[key.start : text.find("\n", end) + 1 or len(text)]
    if block.startswith("-----BEGIN ENCRYPTED") or "Proc-Type: 4,ENCRYPTED" in block:
        return True
    try:
        return "OPENSSH" in block and ssh.needs_passphrase(block.encode("utf-8", "replace"))
    except SopskitError:
        return False


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Have git ignore a file that it does not track yet; what is tracked, others may have."""
    if not subject.inventory.repository.in_git or is_tracked(subject, finding.path):
        return None
    return Repair(f"have git ignore {shown(finding.path)}", ignore=(gitignore_line(finding.path),))


AUDIT = Audit(
    id="private-key-file",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a private key lies in the repository",
    hint="whoever has the repository has the key, also once it is deleted: make a new one,"
    " sopskit replace-key, and change what it could read",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
