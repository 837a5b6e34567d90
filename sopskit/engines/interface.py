"""What an engine does: bytes and a target in, bytes out. It writes no file of the repository.

An engine reaches keys through key services, as sops does (keyservice/): this process (`embedded`), or the
real sops (`sops_binary`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.errors import SopskitError
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group, Metadata, Stanza


class Rewrap(NamedTuple):
    """A file and the recipients it is to have.

    Attributes:
        path: names the file, and by its suffix the format.
        data: the file's bytes.
        groups: the recipients of each key group, in the spelling of `.sops.yaml`.
        threshold: how many groups open the file; 0 with one group.
    """

    path: str
    data: bytes
    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int


class Engine(Protocol):
    """One way of reaching a data key."""

    def rewrap(self, request: Rewrap) -> bytes:
        """The file with stanzas for exactly the recipients asked for; nothing else changes.

        The data key, the values, the MAC and `lastmodified` stay, and so does every stanza that the
        file has already and is to keep.

        Raises:
            NoIdentityError: no identity of this machine opens the file.
            NotServedError: a recipient that this engine cannot encrypt to.
            ToolMissingError: only a program that is not on PATH could have opened it, or made a stanza.
            FailedError: a key could not be reached or a stanza not be made.
            BrokenFileError: the metadata cannot be read.
        """

    def open(self, metadata: Metadata, path: str, *, ignore_mac: bool = False) -> bytes:
        """The 32-byte data key of a file, checked against the file's MAC.

        Args:
            metadata: of the file.
            path: names the file in errors.
            ignore_mac: do not check the key: to read a file whose MAC is damaged.

        Raises:
            NoIdentityError: not enough groups open.
            ToolMissingError: only a program that is not on PATH could have opened it.
            FailedError: the key that was found is not the key of this file.
        """

    def wrap(
        self, data_key: bytes, groups: Sequence[Sequence[Recipient]], threshold: int, path: str
    ) -> tuple[Group, ...]:
        """New stanzas of a data key for each recipient, which is split where there are several groups.

        Args:
            data_key: 32 bytes.
            groups: the recipients of each key group.
            threshold: how many groups open the file; 0 with one group.
            path: names the file in errors.

        Returns:
            The stanzas of each group, in the order of its recipients.

        Raises:
            InvalidRecipientError: a key is damaged.
            NotServedError: a recipient that this engine cannot encrypt to.
            ToolMissingError: only a program that is not on PATH could do it.
            FailedError: a stanza could not be made, a group has no recipient, or the threshold does not fit.
        """


class KeyService(Protocol):
    """Wraps and unwraps with keys of some kinds."""

    def serves(self, recipient: Recipient) -> bool:
        """Whether it encrypts to recipients of this kind."""

    def wrap(self, recipient: Recipient, share: bytes) -> Stanza:
        """Encrypt a data key (32 bytes), or a group's share of it (33), to one recipient that it serves.

        Raises:
            InvalidRecipientError: the key is damaged.
            ToolMissingError: a program is not on PATH.
            FailedError: the key cannot be used or reached (an expired PGP key, a cloud that refuses).
        """

    def opener(self) -> Opener:
        """What opens the key groups of one file."""


class Opener(Protocol):
    """The attempts of a key service on one file, at a cost that is bounded for all its groups together.

    Attributes:
        missing: why it could not try everything: a program that is not on PATH.
    """

    missing: SopskitError | None

    def attempts(self, group: Group) -> Iterator[bytes | None]:
        """Try the stanzas of a group: each gives what it wraps, or None where it does not open.

        Raises:
            FailedError: what went wrong another attempt would not mend.
        """

    def at_hand(self, group: Group) -> Iterator[bytes | None]:
        """The attempts that cost little, and for which nobody is asked anything."""

    def holds(self, recipient: Recipient) -> bool:
        """Whether the private key of a recipient is here, so that a stanza it does not open is damaged."""
