"""A host whose configuration names a secret file that it cannot open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files.holders import Holders
from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Severity
from sopskit.keys.recipients import KeyKind
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.audits.files.holders import Holder
    from sopskit.audits.subject import Subject
    from sopskit.consumers.interface import Consumer
    from sopskit.findings import Finding
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient


def detect(subject: Subject) -> Iterator[Finding]:
    """Find consumers whose host has no key among the recipients of a file; "cannot tell" is no finding."""
    consumers = subject.consumers.found
    keys, holders = _keys_by_host(subject), Holders(subject)
    bound = {each.host for each in consumers if each.host is not None}
    for consumer in consumers:
        if consumer.kind == "flux":
            continue  # whose keys other audits know better
        for path in consumer.paths:
            encryption = subject.inventory.file(path).encryption
            if encryption is None:
                continue
            if consumer.host is not None:
                message = _unreadable(consumer.host, path, encryption, keys)
            else:
                message = _nobody(consumer, path, _others(encryption, holders), bound)
            if message is not None:
                yield AUDIT.finding(consumer.place, message, consumer.kind, consumer.name, path)


def _unreadable(
    host: str, path: str, encryption: Encryption, keys: Mapping[str, set[Recipient]]
) -> str | None:
    own = keys.get(host, set())
    opened = sum(not own.isdisjoint(group) for group in encryption.groups)
    if opened >= (encryption.threshold or 1):
        return None
    return f"the host {shown(host)} reads {shown(path)}, and is none of its recipients"


def _others(encryption: Encryption, holders: Holders) -> list[Holder]:
    """Whose keys a file has; a PGP key that nobody names is a person's (NixOS hosts have age keys)."""
    recipients = encryption.recipients()
    named = zip(recipients, holders.of(recipients), strict=True)
    return [each for key, each in named if each.name is not None or key.kind is not KeyKind.PGP]


def _nobody(consumer: Consumer, path: str, holders: Iterable[Holder], bound: set[str]) -> str | None:
    """A NixOS host that goes by no name in `.sops.yaml`, where every key of the file is somebody else's."""
    if consumer.kind != "nix" or consumer.name.endswith(".nix"):
        return None
    others = all(each.role == "user" or each.is_recovery or each.name in bound for each in holders)
    if not others:
        return None
    return f"the NixOS host {shown(consumer.name)} reads {shown(path)}, and no recipient of it is that host"


def _keys_by_host(subject: Subject) -> dict[str, set[Recipient]]:
    found: dict[str, set[Recipient]] = {}
    for config in subject.inventory.configs.all():
        for host in config.document.hosts():
            if host.name is not None:
                known = found.setdefault(host.name, set())
                known.update(key.recipient for key in host.keys if key.recipient is not None)
    return found


AUDIT = Audit(
    id="host-cannot-read",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a host's configuration names a secret file that the host cannot open",
    hint="add the host to the file's rule (sopskit add-host NAME --rule NUMBER);"
    " where it goes by another name, say so in .sopskit.toml below [consumers]",
    detect=detect,
)
