"""A Secret of more than 1 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux.sizes import LARGEST_SECRET, plaintext_size, size
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Secrets whose values, once decrypted, are more than Kubernetes takes."""
    yield from once((*_manifests(subject), *_generated(subject)))


def _manifests(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        for taken in subject.flux.taken(each) if each.decrypts else ():
            path, manifest = taken.manifest.path, taken.manifest
            if not manifest.is_secret or each.files is None:
                continue
            content = each.files.text(path) or ""
            if len(content) <= LARGEST_SECRET:
                continue
            found = plaintext_size(content.partition("\nsops:")[0])
            if (found * 3 // 4 if manifest.has_data else found) > LARGEST_SECRET:
                message = f"the Secret in {shown(path)} is larger than 1 MiB"
                yield AUDIT.finding(
                    in_file(subject, each, path, manifest.line), message, path, effect="fails"
                )


def _generated(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        if each.build is None or each.files is None:
            continue
        sizes: dict[tuple[str, str], int] = {}
        for read in each.build.generated:
            key = (read.layer.overlay.path, read.what.name)
            if read.what.kind != "Secret" or sizes.get(key, 0) > LARGEST_SECRET:
                continue
            content = each.files.text(read.path)
            if read.path in each.files.source.encrypted and content is not None:
                one = plaintext_size(content)
            else:
                one = (
                    size(each.files, read.path)
                    if content is None
                    else len(content.encode("utf-8", "replace"))
                )
            sizes[key] = sizes.get(key, 0) + one
            if sizes[key] > LARGEST_SECRET:
                message = f"the generated Secret {shown(read.what.name)} is larger than 1 MiB"
                place = in_file(subject, each, key[0], read.what.source.line)
                yield AUDIT.finding(place, message, read.what.name, effect="fails")


AUDIT = Audit(
    id="flux-secret-too-large",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a Secret has more than 1,048,576 bytes, which Kubernetes refuses",
    hint="split it, or put large files elsewhere",
    detect=detect,
)
