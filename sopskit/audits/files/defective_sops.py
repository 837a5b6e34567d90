"""A file that a sops with a known defect has written."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.keys.recipients import StanzaKind
from sopskit.sops import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.repo.trees import Tree
    from sopskit.sops.metadata import Metadata

# sops, CHANGELOG.md: 3.13.3 (PR 2245), 3.13.2 (PR 2219). What 3.13.0 wrote for INI, older ones read as well.
_LIST_COMMENTS = b"3.13.2"
_LIST_COMMENT = re.compile(rb"^[ \t]*-[ \t]+[\"']?ENC\[AES256_GCM,[^\n]*,type:comment\]", re.MULTILINE)
_POINTER = re.compile(r"0x[0-9a-f]{8,16}")

_REFUSED = "was last written by sops 3.13.2, which opens no file with a comment in a list"
_ADDRESSES = "has memory addresses in place of its KMS encryption context, so that KMS refuses it"

_HINTS = {
    _REFUSED: "3.13.2 takes the MAC of such a file for wrong: use sops 3.13.3 or newer",
    _ADDRESSES: "sops 3.13.0 and 3.13.1 wrote that: restore the file from git, or open it by another key",
}


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files that show what one of the defects leaves behind."""
    paths = [plan.path for plan in subject.plans() if plan.file.encryption is not None]
    for path, message in subject.map_many(partial(_look, subject.inventory.tree), paths):
        if message is not None:
            yield AUDIT.finding(Place(path), message, hint=_HINTS[message])


def _look(tree: Tree, path: str) -> tuple[str, str | None]:
    try:
        content = tree.read(path).content
        if _LIST_COMMENTS not in content and not (b"0x" in content and b"context" in content):
            return path, None
        file = formats.read(content, formats.format_of(path))
    except SopskitError:
        return path, None  # a broken file is another audit's finding
    return path, _defect(file.metadata, content) if file is not None else None


def _defect(metadata: Metadata, content: bytes) -> str | None:
    if metadata.version == _LIST_COMMENTS.decode() and _LIST_COMMENT.search(content):
        return _REFUSED
    if any(isinstance(value, str) and _POINTER.fullmatch(value) for value in _contexts(metadata)):
        return _ADDRESSES
    return None


def _contexts(metadata: Metadata) -> Iterator[object]:
    """The values of the encryption contexts of KMS stanzas."""
    for group in metadata.groups:
        for stanza in group:
            context = dict(stanza.fields).get("context") if stanza.kind is StanzaKind.KMS else None
            if isinstance(context, dict):
                yield from context.values()


AUDIT = Audit(
    id="defective-sops",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a file bears the mark of a sops with a known defect",
    hint="use sops 3.13.3 or newer",
    detect=detect,
)
