"""The embedded engine: age, SSH, post-quantum age and PGP in this process, without the sops binary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.errors import FailedError
from sopskit.keys.recipients import KeyKind, StanzaKind

if TYPE_CHECKING:
    from sopskit.engines.interface import Rewrap
    from sopskit.keys.identities import Identities
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza

#: The kinds of keys that this engine encrypts to and opens.
IN_PROCESS = frozenset({KeyKind.AGE, KeyKind.AGE_PQ, KeyKind.SSH_ED25519, KeyKind.SSH_RSA, KeyKind.PGP})


class NotInProcessError(FailedError):
    """Only the sops binary reaches this key: cloud KMS, Vault, age plugins."""


class EmbeddedEngine:
    """Opens data keys with the identities of this machine and wraps them for others."""

    def __init__(self, identities: Identities, keyring: Keyring) -> None:
        self._identities = identities
        self._keyring = keyring

    def rewrap(self, request: Rewrap) -> bytes:
        """See `Engine.rewrap`."""
        file = stanzas.read_encrypted(request)
        shares = self._shares(file, request)

        def make(number: int, recipient: Recipient) -> Stanza:
            return stanzas.new_stanza(recipient, self.wrap(recipient, shares[number]))

        return stanzas.assemble(file, request, make)

    def wrap(self, recipient: Recipient, share: bytes) -> str:
        """Encrypt a data key (32 bytes), or a group's share of it (33), to one recipient.

        Raises:
            NotInProcessError: a kind that this engine cannot encrypt to.
            InvalidRecipientError: the key is damaged.
            FailedError: the key cannot be used (an expired PGP key, for one).
        """
        if recipient.kind not in IN_PROCESS:
            raise NotInProcessError(
                f"only the sops binary can encrypt to {stanzas.shown(recipient)}",
                hint="--engine sops, or --engine auto",
            )
        if recipient.stanza_kind is StanzaKind.PGP:
            return self._keyring.wrap(recipient, share)
        from sopskit.keys import age

        return age.wrap(recipient, share)

    def data_key(self, metadata: Metadata, path: str) -> bytes:
        """The 32-byte data key of a file, checked against the file's MAC.

        Raises:
            NoIdentityError: not enough groups open.
            FailedError: the key that was found is not the key of this file.
        """
        from sopskit.engines.opening import Opening

        return Opening(self._identities, self._keyring, metadata, path).data_key()

    def _shares(self, file: SopsFile, request: Rewrap) -> dict[int, bytes]:
        """For each group (from 0) that needs a new stanza: what its stanzas wrap."""
        from sopskit.engines.opening import Opening
        from sopskit.sops import shamir

        metadata = file.metadata
        opening = Opening(self._identities, self._keyring, metadata, request.path)
        if stanzas.is_resplit(metadata, request):
            data_key = opening.data_key()
            if len(request.groups) == 1:
                return {0: data_key}
            return dict(enumerate(shamir.split(data_key, len(request.groups), request.threshold)))
        growing = stanzas.growing(metadata, request)
        if len(metadata.groups) == 1:
            return {0: opening.data_key()} if growing else {}
        return {number: opening.share_of(number) for number in growing}
