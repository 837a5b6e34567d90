"""An SSH key as it is, for a host that opens files with sops-nix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import place_of
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.keys import ssh
from sopskit.keys.recipients import KeyKind
from sopskit.sops_yaml.hosts import host_name
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.keys.recipients import Recipient


def detect(subject: Subject) -> Iterator[Finding]:
    """Find `ssh-ed25519` keys of NixOS hosts.

    sops-nix reads host keys converted to age, and nothing in a home folder: Mic92/sops-nix#824, #955.
    """
    spelled = [
        (config, key)
        for config in subject.configs()
        for key in config.document.keys
        if key.recipient is not None and key.recipient.kind is KeyKind.SSH_ED25519
    ]
    if not spelled:
        return
    nixos = {each.host for each in subject.consumers.found if each.kind == "nix"}
    for config, key in spelled:
        if key.recipient is not None and host_name(key) in nixos:
            message = f"{shown(key.name)} is an SSH key, and sops-nix opens files with age keys only"
            yield AUDIT.finding(place_of(config, key), message, key.name, hint=_hint(key.recipient))


def _hint(recipient: Recipient) -> str | None:
    try:
        return (
            f"put the same key as age spells it in its place, {ssh.to_age(recipient).text}; then sopskit sync"
        )
    except SopskitError:
        return None


AUDIT = Audit(
    id="ssh-key-of-nixos-host",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host has an ssh-ed25519 key in its SSH form, which sops-nix cannot use",
    hint="put the key in its place that ssh-to-age makes of it, then sopskit sync",
    detect=detect,
)
