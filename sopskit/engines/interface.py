"""What an engine does: bytes and a target in, bytes out. It writes no file of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sopskit.keys.recipients import Recipient


class Rewrap(NamedTuple):
    """A file and the recipients it is to have.

    Attributes:
        path: relative to the folder of the config that governs it, as the config's patterns see it.
        data: the file's bytes.
        groups: the recipients of each key group, in the spelling of `.sops.yaml`.
        threshold: how many groups open the file; 0 with one group.
        config: the text of the `.sops.yaml` whose rule gave `groups`.
    """

    path: str
    data: bytes
    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int
    config: str


class Engine(Protocol):
    """One way of reaching a data key."""

    def rewrap(self, request: Rewrap) -> bytes:
        """The file with stanzas for exactly the recipients asked for; nothing else changes.

        The data key, the values, the MAC and `lastmodified` stay, and so does every stanza that the
        file has already and is to keep.

        Raises:
            NoIdentityError: no identity of this machine opens the file.
            FailedError: a key could not be reached or a stanza not be made.
            BrokenFileError: the metadata cannot be read.
        """
