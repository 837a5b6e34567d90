"""A Secret that Flux applies from plaintext."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux.objects import Map, get
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.files import Files
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Secrets with values in clear among what Kustomizations apply."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        if each.build is None or each.files is None:
            continue
        held = each.files.source.encrypted
        for applied in each.build.applied:
            if applied.path in held or "Secret" not in (each.files.text(applied.path) or ""):
                continue
            for line, name in _plain(each.files, applied.path):
                message = f"the Secret {shown(name)} is in clear"
                place = in_file(subject, each, applied.path, line)
                yield AUDIT.finding(place, message, name, effect="advice")


def _plain(files: Files, path: str) -> Iterator[tuple[int, str]]:
    try:
        objects = files.objects(path)
    except SopskitError:
        return
    for each in objects:
        if each.kind == "Secret" and each.api_version == "v1" and any(map(_is_value, _values(each.root))):
            yield each.root.lines.get("kind", each.root.line), each.name


def _values(root: Map) -> Iterator[object]:
    for field in ("data", "stringData"):
        node = get(root, field)
        if isinstance(node, Map):
            yield from node.values()


def _is_value(value: object) -> bool:
    """Whether it is more than a variable that Flux fills in, or nothing."""
    return isinstance(value, str) and bool(value.strip()) and "${" not in value


AUDIT = Audit(
    id="flux-plain-secret",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    title="a Secret that Flux applies stands in the repository in clear",
    hint="let a rule claim it, then sopskit encrypt -i FILE",
    detect=detect,
)
