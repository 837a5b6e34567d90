"""What each file of a repository is: encrypted (to whom), plaintext, empty or broken; one pass over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from sopskit.keys.recipients import Recipient
    from sopskit.repo.snapshot import Version
    from sopskit.repo.trees import Tree
    from sopskit.sops.metadata import Selector


_VALUE = b"ENC[AES256_GCM,"


class Encryption(NamedTuple):
    """Who can open an encrypted file, by its stanzas, and which of its values are encrypted.

    Attributes:
        groups: the recipients of each key group, in the order of the file.
        threshold: how many groups are needed; 0 in a file of one group.
        selector: the one stored, or None.
        mac_only_encrypted: whether the MAC covers encrypted values only.
    """

    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int
    selector: Selector | None = None
    mac_only_encrypted: bool = False

    def recipients(self) -> set[Recipient]:
        """All recipients, whatever their group."""
        return {recipient for group in self.groups for recipient in group}


class SecretFile(NamedTuple):
    """One file as it was read; the content itself is not kept, so that memory stays flat.

    Attributes:
        path: relative to the repository, with `/`.
        resolved: the file really read, behind symbolic links; equal to `path` without one.
        version: what was read, for a later comparison; None where it could not be read.
        encryption: who can open it; None for a file without SOPS metadata.
        empty: the file has no content.
        has_values: encrypted values stand in it, whether it carries metadata or not.
        problem: why it could not be read, or its metadata not understood.
        may_hold_key: a private key may stand in it: its first words do.
    """

    path: str
    resolved: str
    version: Version | None
    encryption: Encryption | None = None
    empty: bool = False
    has_values: bool = False
    problem: SopskitError | None = None
    may_hold_key: bool = False


def read_secret_file(tree: Tree, path: str) -> SecretFile:
    """Read one file and its metadata; a problem is part of the answer, not an exception."""
    from sopskit.keys import private_keys
    from sopskit.sops import formats

    try:
        snapshot = tree.read(path)
    except SopskitError as error:
        return SecretFile(path, path, None, problem=error.at(path))
    resolved, version = snapshot.resolved, snapshot.version
    may_hold_key = private_keys.may_be_in(snapshot.content)
    if not snapshot.content.strip():
        return SecretFile(path, resolved, version, empty=True)
    try:
        file = formats.read(snapshot.content, formats.format_of(path))
    except SopskitError as error:
        return SecretFile(path, resolved, version, problem=error.at(path), may_hold_key=may_hold_key)
    if file is None:
        has_values = _VALUE in snapshot.content
        return SecretFile(path, resolved, version, has_values=has_values, may_hold_key=may_hold_key)
    metadata = file.metadata
    groups = tuple(tuple(stanza.recipient for stanza in group) for group in metadata.groups)
    encryption = Encryption(groups, metadata.threshold, metadata.selector, metadata.mac_only_encrypted)
    return SecretFile(path, resolved, version, encryption, may_hold_key=may_hold_key)
