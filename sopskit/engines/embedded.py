"""The embedded engine: age, SSH, post-quantum age and PGP in this process, without the sops binary."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.errors import FailedError, NoIdentityError, ToolMissingError
from sopskit.keys.recipients import KeyKind, StanzaKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.engines.interface import Rewrap
    from sopskit.keys.identities import Identities, Identity
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza

#: What this engine can encrypt a data key to.
WRAPPABLE = frozenset({KeyKind.AGE, KeyKind.AGE_PQ, KeyKind.SSH_ED25519, KeyKind.SSH_RSA, KeyKind.PGP})

_SHARE_SIZE = 33  # a data key and x
_MAX_PGP = 8  # gpg runs, and prompts, for one group: more stanzas for our own keys no honest file has


class NotInProcessError(FailedError):
    """Only the sops binary reaches this key: cloud KMS, Vault, age plugins."""


class EmbeddedEngine:
    """Opens data keys with the identities of this machine and wraps them for others."""

    name = "embedded"

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
            FailedError: the key cannot be used (an expired PGP key, for one).
        """
        if recipient.kind not in WRAPPABLE:
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
        if len(metadata.groups) == 1:
            share = self._open_group(metadata.groups[0])
            if share is None:
                raise self._no_identity(metadata.groups[0], path)
            return _verified(metadata, share, path)
        shares = self._opened(metadata)
        needed = metadata.shamir_threshold or len(metadata.groups)
        if len(shares) < needed:
            raise self._too_few(metadata, len(shares), needed, path)
        return _combined(metadata, list(shares.values())[:needed], path)

    def _shares(self, file: SopsFile, request: Rewrap) -> dict[int, bytes]:
        """For each group (from 0) that needs a new stanza: what its stanzas wrap."""
        from sopskit.sops import shamir

        metadata = file.metadata
        if stanzas.is_resplit(metadata, request):
            data_key = self.data_key(metadata, request.path)
            if len(request.groups) == 1:
                return {0: data_key}
            return dict(enumerate(shamir.split(data_key, len(request.groups), request.threshold)))
        growing = stanzas.growing(metadata, request)
        if len(metadata.groups) == 1:
            return {0: self.data_key(metadata, request.path)} if growing else {}
        return {number: self._share_of(metadata, number, request.path) for number in growing}

    def _share_of(self, metadata: Metadata, number: int, path: str) -> bytes:
        """The share of one group: opened, or interpolated from as many others as are needed."""
        share = self._open_group(metadata.groups[number])
        if share is None:
            return self._interpolated(metadata, number, path)
        if len(share) != _SHARE_SIZE or share[-1] == 0:
            raise FailedError(
                f"what opens in key group {number + 1} is no share of a data key",
                hint="restore the file from git; do not re-wrap it",
                path=path,
            )
        # A share alone proves nothing. It is checked where that costs no passphrase and no command.
        others = (self._first(self._at_hand(g)) for n, g in enumerate(metadata.groups) if n != number)
        shares = [share, *(other for other in others if other is not None)]
        needed = metadata.shamir_threshold or len(metadata.groups)
        if len(shares) >= needed:
            _combined(metadata, shares[:needed], path)
        return share

    def _interpolated(self, metadata: Metadata, number: int, path: str) -> bytes:
        """A further share for a group that does not open, from the shares of the others."""
        from sopskit.sops import shamir

        others = self._opened(metadata)
        needed = metadata.shamir_threshold or len(metadata.groups)
        if len(others) < needed:
            raise self._too_few(metadata, len(others), needed, path)
        shares = list(others.values())
        _combined(metadata, shares[:needed], path)
        taken = {share[-1] for share in shares}
        # sops 3.13 numbers shares by group; where that number is taken, the file is older: any free one.
        free = next(x for x in (number + 1, *range(255, 0, -1)) if x not in taken)
        return shamir.share_at(shares[:needed], free)

    def _opened(self, metadata: Metadata) -> dict[int, bytes]:
        opened = ((number, self._open_group(group)) for number, group in enumerate(metadata.groups))
        return {number: share for number, share in opened if share is not None}

    def _open_group(self, group: Sequence[Stanza]) -> bytes | None:
        """What the stanzas of a group wrap, or None where no identity of ours opens one."""
        return self._first(self._attempts(group))

    @staticmethod
    def _first(attempts: Iterator[bytes | None]) -> bytes | None:
        return next((share for share in attempts if share is not None), None)

    def _attempts(self, group: Sequence[Stanza]) -> Iterator[bytes | None]:
        """Try stanzas whose recipient is ours first: an attempt in vain costs 0.2 ms, and 25 with gpg."""
        yield from self._at_hand(group)
        age = [stanza for stanza in group if stanza.kind is StanzaKind.AGE]
        for stanza in age:
            for identity in self._identities.matching(stanza.recipient):
                yield identity.unwrap(stanza.enc)
        pgp = (stanza for stanza in group if stanza.kind is StanzaKind.PGP)
        ours = (stanza for stanza in pgp if self._has_secret(stanza.recipient))
        for stanza in islice(ours, _MAX_PGP):
            yield self._keyring.unwrap(stanza.enc)
        for stanza in age:  # sops tries every identity on every stanza; a label may lie
            for identity in self._identities.others(stanza.recipient):
                yield identity.unwrap(stanza.enc)

    def _at_hand(self, group: Sequence[Stanza]) -> Iterator[bytes | None]:
        """The attempts that run no command and ask for no passphrase."""
        ours: dict[Recipient, list[Identity]] = {}
        for identity in self._identities:
            if not identity.locked:
                ours.setdefault(identity.recipient, []).append(identity)
        for stanza in group:
            for identity in ours.get(stanza.recipient, ()):
                yield identity.unwrap(stanza.enc)

    def _has_secret(self, recipient: Recipient) -> bool:
        try:
            return self._keyring.opens(recipient)
        except ToolMissingError:  # no gpg: then no PGP key opens anything, which is what the caller will say
            return False

    def _no_identity(self, group: Iterable[Stanza], path: str) -> NoIdentityError:
        names = sorted({stanzas.shown(stanza.recipient) for stanza in group})
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        return NoIdentityError(
            "no identity on this machine opens it",
            hint=f"it is encrypted to {shown}; sopskit doctor lists the identities found here",
            path=path,
        )

    def _too_few(self, metadata: Metadata, opened: int, needed: int, path: str) -> NoIdentityError:
        return NoIdentityError(
            f"{opened} of its {len(metadata.groups)} key groups open on this machine, {needed} are needed",
            hint="sopskit doctor lists the identities found here",
            path=path,
        )


def _combined(metadata: Metadata, shares: Sequence[bytes], path: str) -> bytes:
    """The data key that shares give, if it is this file's."""
    from sopskit.sops import shamir

    try:
        data_key = shamir.combine(shares)
    except FailedError as error:
        raise error.at(path) from None
    return _verified(metadata, data_key, path)


def _verified(metadata: Metadata, data_key: bytes, path: str) -> bytes:
    """The data key, if it is this file's.

    A stanza says nothing of who made it. Without this check a forged one would have us hand a key of
    somebody's choice to every recipient.
    """
    from sopskit.sops import cipher

    if not cipher.verify_data_key(metadata, data_key):
        raise stanzas.foreign_data_key(path)
    return data_key
