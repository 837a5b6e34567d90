"""The secrets that NixOS hosts declare, each with its host; what hosts share comes once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from sopskit.consumers.nix import nix_of, place_of, taking
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.nix.declarations import Secret
    from sopskit.consumers.nix.reading import NixHost
    from sopskit.consumers.nix.taking import Taken
    from sopskit.consumers.nix.values import Span
    from sopskit.findings import Place


def hosts(subject: Subject) -> tuple[NixHost, ...]:
    """Every host."""
    return nix_of(subject.source).hosts


def secrets(subject: Subject) -> Iterator[tuple[NixHost, Secret]]:
    """Every declaration of every host."""
    for host in hosts(subject):
        for secret in host.options.secrets:
            yield host, secret


def all_taken(subject: Subject) -> Iterator[tuple[NixHost, Taken]]:
    """What is told for sure of which secret takes what."""
    for host in hosts(subject):
        for taken in taking.all_taken(host):
            yield host, taken


def each_taken(subject: Subject) -> Iterator[Taken]:
    """The same, what hosts have in common once."""
    seen = set()
    for _, taken in all_taken(subject):
        key = (taken.secret.span, taken.secret.name, taken.path, taken.format, taken.key)
        if key not in seen:
            seen.add(key)
            yield taken


class _Sureness(TypedDict, total=False):
    severity: Severity
    confidence: Confidence


def how_sure(is_sure: bool) -> _Sureness:
    """Fields of a finding: what only may be so is no error."""
    if is_sure:
        return {}
    return {"severity": Severity.WARNING, "confidence": Confidence.LOW}


def place(subject: Subject, span: Span) -> Place:
    """Where a declaration stands."""
    return place_of(subject.source, span)
