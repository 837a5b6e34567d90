"""Opening the key groups of one file, and putting their shares together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.errors import FailedError, NoIdentityError
from sopskit.sops import shamir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.engines.interface import KeyService
    from sopskit.errors import SopskitError
    from sopskit.sops.metadata import Group, Metadata

_DATA_KEY_SIZE = 32
_SHARE_SIZE = 33  # a data key and x
_WHERE_TO_LOOK = "sopskit doctor lists the identities found here, sops decrypt says why a cloud key fails"


class Opening:
    """The attempts to open one file; no group is tried twice.

    Args:
        services: that are tried, in this order.
        metadata: of the file.
        ignore_mac: take any data key: to read a file whose MAC itself is damaged, never to re-wrap one.
    """

    def __init__(
        self, services: Sequence[KeyService], metadata: Metadata, *, ignore_mac: bool = False
    ) -> None:
        self._ignore_mac = ignore_mac
        self._openers = [service.opener() for service in services]
        self._metadata = metadata
        self._opened: dict[int, bytes | None] = {}

    def data_key(self) -> bytes:
        """The 32-byte data key, checked against the file's MAC.

        Raises:
            NoIdentityError: not enough groups open.
            ToolMissingError: only a program that is not on PATH could have opened it.
            FailedError: the key that was found is not the key of this file, or a stanza is damaged.
        """
        if len(self._metadata.groups) > 1:
            return self._combined(list(self._shares(self._metadata.threshold).values()))
        share = self._open(0)
        if share is None:
            raise self._damaged() or self._missing() or self._no_identity(self._metadata.groups[0])
        return self._verified(share)

    def share_of(self, number: int) -> bytes:
        """The share of one of several groups (from 0): opened, or interpolated from others.

        Raises:
            NoIdentityError: neither the group nor enough others open.
            ToolMissingError: only a program that is not on PATH could have opened them.
            FailedError: what opens is no share of this file's data key.
        """
        share = self._open(number)
        if share is None:
            return self._interpolated(number)
        if len(share) != _SHARE_SIZE or share[-1] == 0:
            raise FailedError(
                f"what opens in key group {number + 1} is no share of a data key",
                hint="restore the file from git; do not re-wrap it",
            )
        # A share alone proves nothing. It is checked where that costs no passphrase and no command.
        others = (self._at_hand(other) for other in range(len(self._metadata.groups)) if other != number)
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
            raise FailedError("its key groups leave no place for a further share")
        return shamir.share_at(shares[: self._metadata.threshold], free)

    def _shares(self, limit: int) -> dict[int, bytes]:
        """What groups hold, by their number, until `limit` have opened; at least as many as open the file."""
        shares: dict[int, bytes] = {}
        for number in range(len(self._metadata.groups)):
            share = self._open(number) if len(shares) < limit else None
            if share is not None:
                shares[number] = share
        if len(shares) < self._metadata.threshold:
            raise self._damaged() or self._missing() or self._too_few(len(shares))
        return shares

    def _open(self, number: int) -> bytes | None:
        """What the stanzas of a group wrap, or None where nothing of ours opens one."""
        if number not in self._opened:
            group = self._metadata.groups[number]
            self._opened[number] = _first(each for one in self._openers for each in one.attempts(group))
        return self._opened[number]

    def _at_hand(self, number: int) -> bytes | None:
        """The same, where it costs little."""
        if self._opened.get(number) is None:
            group = self._metadata.groups[number]
            share = _first(each for one in self._openers for each in one.at_hand(group))
            if share is None:
                return None
            self._opened[number] = share
        return self._opened[number]

    def _combined(self, shares: Sequence[bytes]) -> bytes:
        """The data key that the first of these shares give, if it is this file's."""
        return self._verified(shamir.combine(shares[: self._metadata.threshold]))

    def _verified(self, data_key: bytes) -> bytes:
        """The data key, if it is this file's.

        A stanza says nothing of who made it. Without this check a forged one would have us hand a key of
        somebody's choice to every recipient.
        """
        from sopskit.sops import cipher

        readable = self._ignore_mac and len(data_key) == _DATA_KEY_SIZE
        if not (readable or cipher.verify_data_key(self._metadata, data_key)):
            raise FailedError(
                "the data key in its stanzas does not belong to this file: its MAC does not open with it",
                hint="restore the file from git; do not re-wrap it",
            )
        return data_key

    def _missing(self) -> SopskitError | None:
        """The error of a program that is not on PATH, without which groups were not tried in full."""
        return next((opener.missing for opener in self._openers if opener.missing is not None), None)

    def _damaged(self) -> FailedError | None:
        """The error of a stanza that names a key which is here, and does not open with it."""
        for number, group in enumerate(self._metadata.groups):
            if self._opened.get(number) is not None:
                continue
            for stanza in group:
                if any(opener.holds(stanza.recipient) for opener in self._openers):
                    return FailedError(
                        f"the stanza of {stanzas.shown(stanza.recipient)} does not open with its key",
                        hint="it was cut off or changed by hand: restore the file from git",
                    )
        return None

    def _no_identity(self, group: Group) -> NoIdentityError:
        names = sorted({stanzas.shown(stanza.recipient) for stanza in group})
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        return NoIdentityError(
            "no identity on this machine opens it",
            hint=f"it is encrypted to {shown}; {_WHERE_TO_LOOK}",
        )

    def _too_few(self, opened: int) -> NoIdentityError:
        groups, needed = len(self._metadata.groups), self._metadata.threshold
        return NoIdentityError(
            f"{opened} of its {groups} key groups open on this machine, {needed} are needed",
            hint=_WHERE_TO_LOOK,
        )


def _first(attempts: Iterator[bytes | None]) -> bytes | None:
    return next((share for share in attempts if share is not None), None)
