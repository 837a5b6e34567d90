"""A file that one NixOS host reads in two formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import hosts, place
from sopskit.consumers.nix.taking import all_taken
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.nix.taking import Taken
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find secrets that name another format than one before them: sops-nix goes by the order of names.

    Secrets that are needed for users have a manifest of their own, and do not count against others.
    """
    said = set()
    for host in hosts(subject):
        first: dict[tuple[str, bool], Taken] = {}
        for each in sorted(all_taken(host), key=lambda taken: taken.secret.name):
            for_users = each.secret.field("neededForUsers").values == (True,)
            before = first.setdefault((each.path, for_users), each)
            span = each.secret.field("format").span or each.secret.span
            if before.format != each.format and (span, each.path) not in said:
                said.add((span, each.path))
                message = (
                    f"{shown(each.secret.name)} reads {shown(each.path)} as {each.format}, "
                    f"and {shown(before.secret.name)} as {before.format}"
                )
                yield AUDIT.finding(place(subject, span), message, each.secret.name, each.path)


AUDIT = Audit(
    id="nix-two-formats",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host reads one file in two formats",
    hint="give both the format of the file",
    detect=detect,
)
