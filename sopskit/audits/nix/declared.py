"""The secrets that NixOS hosts declare, each with its host; what hosts share comes once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix import nix_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.nix.declarations import Secret
    from sopskit.consumers.nix.reading import NixHost
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


def place(subject: Subject, span: Span) -> Place:
    """Where a declaration stands."""
    return place_of(subject.source, span)
