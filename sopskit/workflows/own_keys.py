"""The private keys of the person running sopskit, and what they open by the stanzas' labels alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ToolMissingError
from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from sopskit.inventory.plan import Target
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.identities import Identities
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient


class OwnKeys(NamedTuple):
    """Everything this machine can open files with."""

    identities: Identities
    keyring: Keyring

    def holds(self, recipient: Recipient) -> bool:
        """Whether the private half of a recipient is here. Without gpg, no PGP key is."""
        if recipient.kind is not KeyKind.PGP:
            return self.identities.opens(recipient)
        try:
            return self.keyring.opens(recipient)
        except ToolMissingError:
            return False

    def open(self, groups: Encryption | Target) -> bool:
        """Whether as many key groups open as are needed."""
        opened = sum(any(self.holds(recipient) for recipient in group) for group in groups.groups)
        return opened >= (groups.threshold or 1)

    def warnings(self) -> list[str]:
        """What was found and could not be used, and why."""
        return [*self.identities.warnings, *self.keyring.warnings]
