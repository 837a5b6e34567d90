"""A dependsOn that can never be met."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux import place_of
from sopskit.consumers.flux.objects import items, line_of, text
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.findings import Finding, Place


class _Name(NamedTuple):
    """Which Kustomization; two of one name in two clusters count as one."""

    namespace: str
    name: str


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Kustomizations that wait for one which no file makes, or for themselves."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    edges: dict[_Name, set[_Name]] = {}
    made: set[str] = set()
    for each in subject.flux.kustomizations:
        edges.setdefault(_Name(each.namespace, each.name), set()).update(_wanted(each))
        made.add(each.name)
    circle = _going_round(edges)
    for each in here(subject):
        for wanted in _wanted(each):
            if not _is_made(wanted, edges, made):
                message = f"{shown(each.name)} waits for the Kustomization {shown(wanted.name)}"
                message += f" of the namespace {shown(wanted.namespace)}, which no file makes"
            elif wanted in circle and _Name(each.namespace, each.name) in circle:
                message = f"{shown(each.name)} waits for {shown(wanted.name)}, which waits for it in turn"
            else:
                continue
            yield AUDIT.finding(
                _place(subject, each, wanted), message, each.name, wanted.name, effect="fails"
            )


def _wanted(each: Kustomization) -> list[_Name]:
    """What it waits for, in its own namespace unless another one is named."""
    found = []
    for item in items(each.root, "spec", "dependsOn"):
        name, namespace = text(item, "name"), text(item, "namespace")
        if name and "${" not in name + namespace:
            found.append(_Name(namespace or each.namespace, name))
    return found


def _is_made(wanted: _Name, edges: dict[_Name, set[_Name]], made: set[str]) -> bool:
    """Whether a file makes it; one whose namespace is not written may be in any."""
    return (
        wanted in edges or _Name("", wanted.name) in edges or (not wanted.namespace and wanted.name in made)
    )


def _going_round(edges: dict[_Name, set[_Name]]) -> set[_Name]:
    """Those that wait for themselves: what is left once all others are taken away, from both ends."""
    found = _left(edges)
    back: dict[_Name, set[_Name]] = {each: set() for each in found}
    for each in found:
        for wanted in edges[each] & found:
            back[wanted].add(each)
    return _left(back)


def _left(edges: dict[_Name, set[_Name]]) -> set[_Name]:
    """What stays when whatever leads nowhere is taken away, again and again."""
    waiting = {each: {other for other in others if other in edges} for each, others in edges.items()}
    users: dict[_Name, list[_Name]] = {}
    for each, others in waiting.items():
        for other in others:
            users.setdefault(other, []).append(each)
    free = [each for each, others in waiting.items() if not others]
    left = set(waiting)
    while free:
        each = free.pop()
        left.discard(each)
        for user in users.get(each, ()):
            waiting[user].discard(each)
            if not waiting[user]:
                free.append(user)
    return left


def _place(subject: Subject, each: Kustomization, wanted: _Name) -> Place:
    for item in items(each.written, "spec", "dependsOn"):
        if text(item, "name") == wanted.name:
            return place_of(subject.source, each.path, line_of(item, "name"))
    return at(subject, each, "spec", "dependsOn")


AUDIT = Audit(
    id="flux-depends-on",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a Flux Kustomization waits for one that does not exist, or for itself",
    hint="write name and namespace of a Kustomization that is there, or take the dependsOn out",
    detect=detect,
)
