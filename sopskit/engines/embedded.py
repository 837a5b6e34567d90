"""Keys of this machine, used in this process: age, SSH, post-quantum age and PGP (a `KeyService`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.errors import ToolMissingError
from sopskit.keys.recipients import KeyKind, StanzaKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.errors import SopskitError
    from sopskit.keys.identities import Identities, Identity
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group, Stanza

#: The kinds of keys that are encrypted to and opened without the sops binary.
IN_PROCESS = frozenset({KeyKind.AGE, KeyKind.AGE_PQ, KeyKind.SSH_ED25519, KeyKind.SSH_RSA, KeyKind.PGP})

# A file may name any number of keys. What it can make us spend is limited for all its groups together:
_MAX_GPG_RUNS = 8  # and prompts: more stanzas for our own keys no honest file has
_MAX_ASKED = 32  # recipients that the key commands of the environment run for


class InProcess:
    """The identities of this machine and the user's GPG keyring."""

    def __init__(self, identities: Identities, keyring: Keyring) -> None:
        self._identities = identities
        self._keyring = keyring

    def serves(self, recipient: Recipient) -> bool:
        """See `KeyService.serves`."""
        return recipient.kind in IN_PROCESS

    def wrap(self, recipient: Recipient, share: bytes) -> Stanza:
        """See `KeyService.wrap`."""
        if recipient.stanza_kind is StanzaKind.PGP:
            return stanzas.new_stanza(recipient, self._keyring.wrap(recipient, share))
        from sopskit.keys import age

        return stanzas.new_stanza(recipient, age.wrap(recipient, share))

    def opener(self) -> InProcessOpener:
        """See `KeyService.opener`."""
        return InProcessOpener(self._identities, self._keyring)


class InProcessOpener:
    """The attempts on one file (an `Opener`)."""

    # Without gpg no PGP key opens anything, which is what the caller will say.
    missing: SopskitError | None = None

    def __init__(self, identities: Identities, keyring: Keyring) -> None:
        self._identities = identities
        self._keyring = keyring
        self._gpg_runs = 0
        self._asked: set[str] = set()

    def attempts(self, group: Group) -> Iterator[bytes | None]:
        """Try stanzas whose recipient is ours first: an attempt in vain costs 0.2 ms, and 25 with gpg."""
        yield from self.at_hand(group)
        age = [stanza for stanza in group if stanza.kind is StanzaKind.AGE]
        for stanza in age:
            recipient = stanza.recipient
            for identity in self._identities.matching(recipient, run_commands=self._may_ask(recipient)):
                yield identity.unwrap(stanza.enc)
        for stanza in group:
            if stanza.kind is StanzaKind.PGP:
                yield self._with_gpg(stanza)
        for stanza in age:  # sops tries every identity on every stanza; a label may lie
            for identity in self._identities.others(stanza.recipient):
                yield identity.unwrap(stanza.enc)

    def at_hand(self, group: Group) -> Iterator[bytes | None]:
        """The attempts that run no command and ask for no passphrase."""
        ours: dict[Recipient, list[Identity]] = {}
        for identity in self._identities:
            if not identity.locked:
                ours.setdefault(identity.recipient, []).append(identity)
        for stanza in group:
            for identity in ours.get(stanza.recipient, ()):
                yield identity.unwrap(stanza.enc)

    def holds(self, recipient: Recipient) -> bool:
        """See `Opener.holds`; of a PGP key, or one under a passphrase, nobody knows."""
        return any(identity.recipient == recipient and not identity.locked for identity in self._identities)

    def _may_ask(self, recipient: Recipient) -> bool:
        """Whether the key commands of the environment run for a recipient."""
        if recipient.text not in self._asked and len(self._asked) >= _MAX_ASKED:
            return False
        self._asked.add(recipient.text)
        return True

    def _with_gpg(self, stanza: Stanza) -> bytes | None:
        try:
            if self._gpg_runs >= _MAX_GPG_RUNS or not self._keyring.opens(stanza.recipient):
                return None
        except ToolMissingError:
            return None
        self._gpg_runs += 1
        return self._keyring.unwrap(stanza.enc)
