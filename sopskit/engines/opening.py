"""Opening the key groups of one file with the identities of this machine, at a bounded cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.errors import FailedError, NoIdentityError, ToolMissingError
from sopskit.keys.recipients import StanzaKind
from sopskit.sops import shamir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.keys.identities import Identities, Identity
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group, Metadata, Stanza

_SHARE_SIZE = 33  # a data key and x

# A file may name any number of keys. What it can make us spend is limited for all its groups together:
_MAX_GPG_RUNS = 8  # and prompts: more stanzas for our own keys no honest file has
_MAX_ASKED = 32  # recipients that the key commands of the environment run for


class Opening:
    """The attempts to open one file; no group is tried twice.

    Args:
        path: names the file in errors.
    """

    def __init__(self, identities: Identities, keyring: Keyring, metadata: Metadata, path: str) -> None:
        self._identities = identities
        self._keyring = keyring
        self._metadata = metadata
        self._path = path
        self._opened: dict[int, bytes | None] = {}
        self._gpg_runs = 0
        self._asked: set[str] = set()

    def data_key(self) -> bytes:
        """The 32-byte data key, checked against the file's MAC.

        Raises:
            NoIdentityError: not enough groups open.
            FailedError: the key that was found is not the key of this file.
        """
        if len(self._metadata.groups) > 1:
            return self._combined(list(self._shares(self._metadata.threshold).values()))
        share = self._open(0)
        if share is None:
            raise self._no_identity(self._metadata.groups[0])
        return self._verified(share)

    def share_of(self, number: int) -> bytes:
        """The share of one of several groups (from 0): opened, or interpolated from others.

        Raises:
            NoIdentityError: neither the group nor enough others open.
            FailedError: what opens is no share of this file's data key.
        """
        share = self._open(number)
        if share is None:
            return self._interpolated(number)
        if len(share) != _SHARE_SIZE or share[-1] == 0:
            raise FailedError(
                f"what opens in key group {number + 1} is no share of a data key",
                hint="restore the file from git; do not re-wrap it",
                path=self._path,
            )
        # A share alone proves nothing. It is checked where that costs no passphrase and no command.
        groups = self._metadata.groups
        others = (_first(self._at_hand(group)) for other, group in enumerate(groups) if other != number)
        shares = [share, *(other for other in others if other is not None)]
        if len(shares) >= self._metadata.threshold:
            self._combined(shares)
        return share

    def _interpolated(self, number: int) -> bytes:
        """A further share for a group that does not open."""
        shares = list(self._shares(len(self._metadata.groups)).values())
        self._combined(shares)
        taken = {share[-1] for share in shares}
        # sops 3.13 numbers shares by group; where that number is taken, the file is older: any free one.
        free = next((x for x in (number + 1, *range(255, 0, -1)) if x not in taken and x < 256), None)
        if free is None:
            raise FailedError("its key groups leave no place for a further share", path=self._path)
        return shamir.share_at(shares[: self._metadata.threshold], free)

    def _shares(self, limit: int) -> dict[int, bytes]:
        """What groups hold, by their number, until `limit` have opened; at least as many as open the file."""
        shares: dict[int, bytes] = {}
        for number in range(len(self._metadata.groups)):
            share = self._open(number) if len(shares) < limit else None
            if share is not None:
                shares[number] = share
        if len(shares) < self._metadata.threshold:
            raise self._too_few(len(shares))
        return shares

    def _open(self, number: int) -> bytes | None:
        """What the stanzas of a group wrap, or None where no identity of ours opens one."""
        if number not in self._opened:
            self._opened[number] = _first(self._attempts(self._metadata.groups[number]))
        return self._opened[number]

    def _attempts(self, group: Group) -> Iterator[bytes | None]:
        """Try stanzas whose recipient is ours first: an attempt in vain costs 0.2 ms, and 25 with gpg."""
        yield from self._at_hand(group)
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

    def _at_hand(self, group: Group) -> Iterator[bytes | None]:
        """The attempts that run no command and ask for no passphrase."""
        ours: dict[Recipient, list[Identity]] = {}
        for identity in self._identities:
            if not identity.locked:
                ours.setdefault(identity.recipient, []).append(identity)
        for stanza in group:
            for identity in ours.get(stanza.recipient, ()):
                yield identity.unwrap(stanza.enc)

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
        except ToolMissingError:  # no gpg: then no PGP key opens anything, which is what the caller will say
            return None
        self._gpg_runs += 1
        return self._keyring.unwrap(stanza.enc)

    def _combined(self, shares: Sequence[bytes]) -> bytes:
        """The data key that the first of these shares give, if it is this file's."""
        try:
            data_key = shamir.combine(shares[: self._metadata.threshold])
        except FailedError as error:
            raise error.at(self._path) from None
        return self._verified(data_key)

    def _verified(self, data_key: bytes) -> bytes:
        """The data key, if it is this file's.

        A stanza says nothing of who made it. Without this check a forged one would have us hand a key of
        somebody's choice to every recipient.
        """
        from sopskit.sops import cipher

        if not cipher.verify_data_key(self._metadata, data_key):
            raise stanzas.foreign_data_key(self._path)
        return data_key

    def _no_identity(self, group: Group) -> NoIdentityError:
        names = sorted({stanzas.shown(stanza.recipient) for stanza in group})
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        return NoIdentityError(
            "no identity on this machine opens it",
            hint=f"it is encrypted to {shown}; sopskit doctor lists the identities found here",
            path=self._path,
        )

    def _too_few(self, opened: int) -> NoIdentityError:
        groups, needed = len(self._metadata.groups), self._metadata.threshold
        return NoIdentityError(
            f"{opened} of its {groups} key groups open on this machine, {needed} are needed",
            hint="sopskit doctor lists the identities found here",
            path=self._path,
        )


def _first(attempts: Iterator[bytes | None]) -> bytes | None:
    return next((share for share in attempts if share is not None), None)
