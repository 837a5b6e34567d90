"""A substituteFrom that names nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux import place_of
from sopskit.consumers.flux.objects import Map, is_true, items, line_of, text
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.findings import Finding, Place


def detect(subject: Subject) -> Iterator[Finding]:
    """Find names that no file makes; a Secret may have been made otherwise, and so is left alone."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        for item in items(each.root, "spec", "postBuild", "substituteFrom"):
            kind, name = text(item, "kind"), text(item, "name")
            if is_true(item, "optional") or not name or "${" in name or kind not in ("ConfigMap", "Secret"):
                continue
            message = _missing(subject, each, kind, name)
            if message is not None:
                yield AUDIT.finding(
                    _place(subject, each, item), message, each.name, kind, name, effect="fails"
                )


def _missing(subject: Subject, each: Kustomization, kind: str, name: str) -> str | None:
    what = f"substituteFrom names the {kind} {shown(name)}"
    made = subject.flux.makes(kind, name)
    if not made:
        return f"{what}, which no file makes" if kind == "ConfigMap" else None
    own = each.namespace
    if not own or made & {own, ""}:
        return None
    others = ", ".join(sorted(map(shown, made)))
    return f"{what} of the namespace {shown(own)}, and it is in {others}"


def _place(subject: Subject, each: Kustomization, item: Map) -> Place:
    for one in items(each.written, "spec", "postBuild", "substituteFrom"):
        if isinstance(one, Map) and text(one, "name") == text(item, "name"):
            return place_of(subject.source, each.path, line_of(one, "name"))
    return at(subject, each, "spec", "postBuild", "substituteFrom")


AUDIT = Audit(
    id="flux-substitute-from",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a Flux Kustomization substitutes from a ConfigMap or Secret that is not there",
    hint="write its name and namespace as they are, or optional: true",
    detect=detect,
)
