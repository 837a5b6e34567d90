"""Where findings about Flux are, and each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.flux import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.findings import Finding, Place

_EFFECTS = ("advice", "ciphertext", "fails")


def here(subject: Subject) -> Iterator[Kustomization]:
    """The Kustomizations that stand in the repository itself."""
    return (each for each in subject.flux.kustomizations if not each.source)


def at(subject: Subject, each: Kustomization, *keys: str) -> Place:
    """A field of a Kustomization."""
    return place_of(subject.source, each.path, each.line(*keys))


def in_file(subject: Subject, each: Kustomization, path: str, line: int, *keys: str) -> Place:
    """A line of a file that a Kustomization takes in; of another repository, the field that leads there."""
    if path and each.files is not None and not each.files.name:
        return place_of(subject.source, path, line)
    return at(subject, each, *(keys or ("spec", "path")))


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, with its worst effect: several Kustomizations may take in one file."""
    found: dict[tuple[Place, str], Finding] = {}
    for each in findings:
        key = (each.place, each.fingerprint)
        known = found.get(key)
        if known is None or _rank(known) < _rank(each):
            found[key] = each
    return list(found.values())


def _rank(finding: Finding) -> int:
    return _EFFECTS.index(finding.effect or "advice")
