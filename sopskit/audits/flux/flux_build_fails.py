"""A Kustomization that kustomize cannot build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux import is_abandoned
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find what kustomize or Flux stops at: what is not there, leads out, goes round, or is no YAML."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        for problem in each.build.problems if each.build is not None else ():
            if problem.stops and not is_abandoned(each, problem):
                message = f"{shown(each.name)} does not build: {shown(problem.message)}"
                place = in_file(subject, each, problem.path, problem.line)
                yield AUDIT.finding(place, message, problem.message, effect="fails")


AUDIT = Audit(
    id="flux-build-fails",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a Flux Kustomization takes in what is not there, or cannot be read",
    hint="flux build kustomization shows what kustomize says",
    detect=detect,
)
