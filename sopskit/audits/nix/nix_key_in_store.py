"""A private key of a NixOS host that would land in the Nix store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import hosts, how_sure, place
from sopskit.consumers.nix.values import OtherPath, RepositoryPath
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_OPTIONS = ("age.keyFile", "age.sshKeyPaths", "gnupg.home", "gnupg.sshKeyPaths")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find key paths that are path literals, or begin with the flake: everyone reads the store."""
    said = set()
    for host in hosts(subject):
        for name in _OPTIONS:
            field = host.options.option(name)
            items = [each for value in field.values for each in (value if type(value) is tuple else (value,))]
            stored = any(isinstance(each, RepositoryPath | OtherPath) for each in items)
            if stored and field.span is not None and field.span not in said:
                said.add(field.span)
                message = f"sops.{name} is a path that Nix copies into its store, where everyone reads it"
                yield AUDIT.finding(place(subject, field.span), message, name, **how_sure(field.certain))


AUDIT = Audit(
    id="nix-key-in-store",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host's key is a path that Nix copies into its store",
    hint='write it as a text: "/var/lib/sops-nix/key.txt"',
    detect=detect,
)
