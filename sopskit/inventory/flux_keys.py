"""Whether a Flux Kustomization has a key for a file: by public halves, as far as they are known."""

from __future__ import annotations

from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux import decryption, flux_of
from sopskit.errors import SopskitError
from sopskit.inventory.readers import Holders, Reader, named_readers
from sopskit.keys.recipients import KeyKind, StanzaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.consumers.flux.decryption import KeySecret, SecretName
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.consumers.interface import Source
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient

#: Stanzas that the controller may open by what it is allowed in a cloud, with no Secret at all.
_CLOUD = frozenset(StanzaKind) - {StanzaKind.AGE, StanzaKind.PGP}


class Opens(Enum):
    """Whether a file can be opened."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()


class Keys(NamedTuple):
    """What is known of the keys that a Kustomization decrypts with.

    Attributes:
        secret: where they are; None where no Secret is named.
        hosts: whose they are, by `[consumers]`.
        recipients: their public halves; None where they are not known.
        kinds: the lists of stanzas that the Secret has keys for; None where that is not known.
        manifests: the Secret's manifests, of this namespace.
        elsewhere: its manifests in other namespaces, where there is none in this one.
    """

    secret: SecretName | None
    hosts: tuple[str, ...] = ()
    recipients: frozenset[Recipient] | None = None
    kinds: frozenset[str] | None = None
    manifests: tuple[KeySecret, ...] = ()
    elsewhere: tuple[KeySecret, ...] = ()

    def opens(self, encryption: Encryption) -> Opens:
        """Whether a file can be opened with them."""
        groups = [self._opens_group(group) for group in encryption.groups]
        needed = encryption.threshold or 1
        if groups.count(Opens.YES) >= needed:
            return Opens.YES
        possible = len(groups) - groups.count(Opens.NO)
        return Opens.UNKNOWN if possible >= needed else Opens.NO

    def _opens_group(self, group: tuple[Recipient, ...]) -> Opens:
        if self.recipients is not None and any(map(self._holds, group)):
            return Opens.YES
        if any(each.stanza_kind in _CLOUD for each in group):
            return Opens.UNKNOWN
        if self.recipients is not None:
            return Opens.NO
        if self.kinds is not None and not any(each.stanza_kind in self.kinds for each in group):
            return Opens.NO
        return Opens.UNKNOWN

    def _holds(self, recipient: Recipient) -> bool:
        found = self.recipients or frozenset()
        if recipient in found or recipient.kind is not KeyKind.PGP:
            return recipient in found
        holders = Holders([Reader("own", None, tuple(found))])
        return bool(holders.known(recipient))


class FluxKeys:
    """The keys of all Kustomizations.

    Args:
        inventory: of the repository.
        source: the same, as readers of consumers see it.
        others: inventories of other sources, by their names.
        live: Secrets as a cluster has them, by namespace and name; None for one that is not there.
    """

    def __init__(
        self,
        inventory: Inventory,
        source: Source,
        others: Mapping[str, Inventory],
        live: Mapping[SecretName, KeySecret | None],
    ) -> None:
        self._inventories = {"": inventory, **others}
        self._flux = flux_of(source)
        self._bindings = source.bindings
        self._live = live
        self._known: dict[tuple[SecretName | None, frozenset[str]], Keys] = {}

    @cached_property
    def _hosts(self) -> dict[str, tuple[Recipient, ...]]:
        return {each.name or "": each.recipients for each in named_readers(self._inventories[""].configs)}

    def encryption(self, each: Kustomization, path: str) -> Encryption | None:
        """Who can open a file of a Kustomization's source."""
        inventory = self._inventories.get(each.files.name) if each.files is not None else None
        return inventory.file(path).encryption if inventory is not None else None

    def closed(self, each: Kustomization, keys: Keys) -> list[str]:
        """The files that a Kustomization decrypts, or would, and that some keys do not open; sorted."""
        found = []
        for path in sorted(self._flux.secret_paths(each)):
            encryption = self.encryption(each, path)
            if encryption is not None and keys.opens(encryption) is Opens.NO:
                found.append(path)
        return found

    def of(self, each: Kustomization) -> Keys:
        """What is known of a Kustomization's keys."""
        secret = decryption.secret_of(each, self._flux.controller)
        key = (secret, each.clusters)
        if key not in self._known:
            self._known[key] = self._find(secret, each) if secret is not None else Keys(None)
        return self._known[key]

    def _find(self, secret: SecretName, each: Kustomization) -> Keys:
        found = list(decryption.key_secrets(self._flux, secret.name))
        own = [one for one in found if one.path.split("/")[0] == each.path.split("/")[0]] or found
        here = [one for one in own if not each.namespace or one.namespace in ("", secret.namespace)]
        keys = Keys(secret, manifests=tuple(here), elsewhere=tuple(found) if not here else ())
        live = self._live.get(secret)
        if live is not None:
            keys = keys._replace(manifests=(live,), elsewhere=())
        hosts = decryption.bound_hosts(secret, each.clusters, self._bindings)
        if hosts:
            recipients = {key for host in hosts for key in self._hosts.get(host, ())}
            return keys._replace(hosts=hosts, recipients=frozenset(recipients) if recipients else None)
        return self._shown(keys)

    def _shown(self, keys: Keys) -> Keys:
        """With what the Secret itself shows."""
        if not keys.manifests:
            return keys
        entries = [entry for one in keys.manifests for entry in one.entries if entry.kind]
        kinds = frozenset(entry.kind for entry in entries)
        recipients = _public_halves([entry.value for entry in entries if entry.kind == "age"])
        if recipients is None or kinds - {"age"}:
            return keys._replace(kinds=kinds)
        return keys._replace(kinds=kinds, recipients=recipients)


def _public_halves(values: list[str | None]) -> frozenset[Recipient] | None:
    """Those of age identities, one a line; None where one of them is not known."""
    from sopskit.keys.age import parse_identity

    found: set[Recipient] = set()
    for value in values:
        if value is None:
            return None
        for line in value.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    found.add(parse_identity(line.strip()).recipient)
                except SopskitError:
                    return None
    return frozenset(found) if found else None
