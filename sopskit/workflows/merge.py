"""Merging two edits of an encrypted file: git's merge driver.

All three states are brought under one data key, where equal values at equal paths are equal texts. What
remains is a merge of lines and of trees, which needs no plaintext on disk.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines import file_encryption
from sopskit.engines.file_encryption import Encryption
from sopskit.engines.interface import Rewrap
from sopskit.errors import SopskitError
from sopskit.repo.merge_file import MARKER_SIZE, merge_lines
from sopskit.sops import documents, encryption, formats, merging
from sopskit.sops.cipher import rfc3339
from sopskit.sops.documents import Written
from sopskit.sops.metadata import effective_threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.engines.file_encryption import DecryptedFile
    from sopskit.engines.interface import Engine
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.documents import Document
    from sopskit.sops.formats import Format
    from sopskit.sops.merging import Hunk
    from sopskit.sops.metadata import Group

Groups = tuple[tuple["Recipient", ...], ...]


class Sides(NamedTuple):
    """Three states of one file, as git has them; `base` is empty where both sides added the file."""

    base: bytes
    ours: bytes
    theirs: bytes


class Merged(NamedTuple):
    """The merged file.

    Attributes:
        data: a file that sops opens; with conflicts, one with conflict markers around encrypted values.
        conflicts: the keys, dotted, that both sides changed.
    """

    data: bytes
    conflicts: tuple[str, ...] = ()


class _Files(NamedTuple):
    """The states, decrypted; `base` is None where there is none."""

    base: DecryptedFile | None
    ours: DecryptedFile
    theirs: DecryptedFile


def merge(engine: Engine, sides: Sides, path: str, format: Format) -> Merged:  # noqa: A002
    """Merge two edits of a file, value by value.

    Args:
        engine: reaches the data keys.
        sides: the three states.
        path: of the file, relative to the repository.
        format: of the file.

    Raises:
        NoIdentityError: no identity opens a side.
        FailedError: a side is not encrypted, or is damaged.
    """
    ours, theirs = (file_encryption.decrypt_file(engine, data, format, path) for data in sides[1:])
    base = file_encryption.decrypt_file(engine, sides.base, format, path) if sides.base.strip() else None
    files = _Files(base, ours, theirs)
    seed = _seed(engine, files, _encryption(files))
    texts = _restated(files, seed)
    if files.base is None:
        texts = [_without_values(seed), *texts[1:]]
    return _merged(seed, *texts)


def _encryption(files: _Files) -> Encryption:
    """How the merged file is to be encrypted: as the side says that changed it, ours where both did.

    `.sops.yaml` cannot be asked: while git merges, the one in the work tree is still that of our side.
    """
    ours, theirs = files.ours.metadata, files.theirs.metadata
    old = files.base.metadata if files.base else ours
    how = (
        theirs if (ours.selector, ours.mac_only_encrypted) == (old.selector, old.mac_only_encrypted) else ours
    )
    threshold = (
        theirs.shamir_threshold if ours.shamir_threshold == old.shamir_threshold else ours.shamir_threshold
    )
    groups = _groups(files)
    return Encryption(
        groups, effective_threshold(len(groups), threshold), how.selector, how.mac_only_encrypted
    )


def _groups(files: _Files) -> Groups:
    """The recipients of both sides, group by group: those that either side added stay, those removed go.

    Where the groups do not match, they are those of the side that changed their number.
    """
    mine, other = _recipients(files.ours), _recipients(files.theirs)
    old = _recipients(files.base) if files.base else ((),) * len(mine)
    if not len(mine) == len(other) == len(old):
        return other if len(mine) == len(old) else mine
    groups = []
    for before, here, there in zip(old, mine, other, strict=True):
        removed = set(before) - (set(here) & set(there))
        groups.append(tuple(each for each in dict.fromkeys([*here, *there]) if each not in removed) or here)
    return tuple(groups)


def _recipients(file: DecryptedFile) -> Groups:
    return tuple(tuple(stanza.recipient for stanza in group) for group in file.metadata.groups)


def _seed(engine: Engine, files: _Files, how: Encryption) -> DecryptedFile:
    """Our values under the data key, the recipients and the selector of the merged file.

    A data key that a side made anew was made to shut someone out, so the older one must not come back.
    Where both sides made one, neither is right for the other's recipients.
    """
    ours, theirs, base = files.ours, files.theirs, files.base
    path, plaintext = ours.path, ours.plaintext().data
    if _same_data_key(ours, theirs) or (base and _same_data_key(base, theirs)):
        keeper = ours
    elif base and _same_data_key(base, ours):
        keeper = theirs
    else:
        written = file_encryption.encrypt_file(engine, plaintext, ours.format, path, how, previous=ours)
        return file_encryption.decrypt_file(engine, written.data, ours.format, path)
    metadata = keeper.metadata._replace(groups=_stanzas(keeper, ours, theirs))
    metadata = metadata._replace(selector=how.selector, mac_only_encrypted=how.mac_only_encrypted)
    written = file_encryption.reencrypt_file(keeper._replace(metadata=metadata), plaintext)
    data = engine.rewrap(Rewrap(path, written.data, how.groups, how.threshold))
    return file_encryption.decrypt_file(engine, data, ours.format, path)


def _stanzas(keeper: DecryptedFile, *sides: DecryptedFile) -> tuple[Group, ...]:
    """The stanzas of the keeper, and those of the other side that hold the same data key.

    What need not be made anew needs neither a public key nor a cloud. Shares of groups may differ.
    """
    groups = keeper.metadata.groups
    for side in sides:
        if len(groups) == len(side.metadata.groups) == 1 and _same_data_key(keeper, side):
            present = {stanza.recipient for stanza in groups[0]}
            more = (stanza for stanza in side.metadata.groups[0] if stanza.recipient not in present)
            groups = ((*groups[0], *more),)
    return groups


def _same_data_key(one: DecryptedFile, other: DecryptedFile) -> bool:
    try:
        one.cipher.decrypt(other.metadata.mac, rfc3339(other.metadata.lastmodified))
    except SopskitError:
        return False
    return True


def _restated(files: _Files, seed: DecryptedFile) -> list[bytes]:
    """Base, ours and theirs with the seed's metadata; equal values are equal texts."""
    metadata, document = seed.metadata, seed.document
    states = [seed.plaintext().data]
    states += [file.plaintext().data for file in (files.base, files.theirs) if file]
    texts: list[bytes] = []
    for plaintext in states:
        # What was encrypted so far is encrypted to the same text again, in the order that it has there.
        cipher = seed.cipher.without_memory()
        for text in texts:
            encryption.decrypt(documents.read(text, seed.format), cipher, metadata, ignore_mac=True)
        if not texts:
            encryption.decrypt(document, cipher, metadata, ignore_mac=True)
        read = file_encryption.read_plaintext(plaintext, seed.format, seed.path)
        found = encryption.encrypt(
            read, cipher, metadata.selector, mac_only_encrypted=metadata.mac_only_encrypted
        )
        texts.append(read.written(found.values, metadata, document).data)
    ours, *others = texts
    theirs = others.pop()
    return [others[0] if others else b"", ours, theirs]


def _without_values(seed: DecryptedFile) -> bytes:
    """The base of a file that both sides added: nothing but the metadata they now share."""
    empty = documents.emit((documents.Branch(()),), seed.format)
    try:
        read = documents.read(empty, seed.format)
        return read.written({}, seed.metadata, seed.document).data
    except SopskitError:
        return b""


def _merged(seed: DecryptedFile, base: bytes, ours: bytes, theirs: bytes) -> Merged:
    kind = seed.format
    trees = [_tree(text, kind) for text in (base, ours, theirs)]
    wanted = merging.merge_trees(*trees)
    lines = merge_lines(ours, base, theirs).decode("utf-8", "surrogateescape")
    parts = merging.by_line(merging.hunks(lines, MARKER_SIZE))
    text = _resolved(parts, trees[1], wanted, kind)
    if text is None and not wanted.conflicts:
        text = _edited(ours, wanted, trees[1], kind)
    if text is None:
        if all(isinstance(part, str) for part in parts):  # the lines agree, and are no document
            parts = merging.hunks_of(ours, base, theirs)
        shown = merging.with_markers(parts, "ours", "theirs", "\r\n" if b"\r\n" in ours else "\n")
        names = tuple(".".join(map(str, each)) or "the file" for each in wanted.conflicts)
        return Merged(shown.encode("utf-8", "surrogateescape"), names or ("the file",))
    document = documents.read(text, kind)
    return Merged(_resealed(document, seed))


def _tree(text: bytes, kind: Format) -> documents.Node | merging.Absent:
    """The document as one tree; those of a YAML stream as a list."""
    if not text:
        return merging.ABSENT
    trees = documents.read(text, kind).tree()
    return trees[0] if len(trees) == 1 else documents.Items(trees)


def _resolved(
    parts: Sequence[str | Hunk],
    ours: documents.Node | merging.Absent,
    wanted: merging.TreeMerge,
    kind: Format,
) -> bytes | None:
    """A text from the lines of both sides that says what the trees want, or None."""
    expected = merging.applied(ours, wanted.changes)
    settled = all(isinstance(part, str) for part in parts)
    if wanted.conflicts and not settled:
        return None
    for candidate in merging.candidates(parts):
        data = candidate.encode("utf-8", "surrogateescape")
        try:
            says = merging.plain(_tree(data, kind))
        except SopskitError:
            continue
        # Trees cannot merge lists of different lengths; lines can, as in any other text.
        if says == expected or (wanted.conflicts and settled):
            return data
    return None


def _edited(
    ours: bytes, wanted: merging.TreeMerge, tree: documents.Node | merging.Absent, kind: Format
) -> bytes | None:
    """Our text with their changes made key by key, where their lines did not fit."""
    data = ours
    try:
        for change in wanted.changes:
            document = documents.read(data, kind)
            if isinstance(change.node, merging.Absent):
                data = document.unset(change.path)
            else:
                data = document.set(change.path, change.node)
        if merging.plain(_tree(data, kind)) != merging.applied(tree, wanted.changes):
            return None
    except (SopskitError, LookupError):
        return None
    return data


def _resealed(document: Document, seed: DecryptedFile) -> bytes:
    """The document with the seed's metadata, and a MAC over what it has now."""
    found = encryption.decrypt(document, seed.cipher, seed.metadata, ignore_mac=True)
    mac = encryption.sealed_mac(found.mac, seed.cipher, seed.metadata.lastmodified)
    return document.written({}, seed.metadata._replace(mac=mac)).data


def merge_text(sides: Sides) -> Merged:
    """Merge by lines alone: what git does with any text, for files that are not encrypted or do not open.

    The result may need every conflict resolved and a new MAC; nothing of either side is lost.
    """
    merged = merge_lines(sides.ours, sides.base, sides.theirs).decode("utf-8", "surrogateescape")
    parts = merging.hunks(merged, MARKER_SIZE)
    conflicts = () if all(isinstance(part, str) for part in parts) else ("the file",)
    newline = "\r\n" if b"\r\n" in sides.ours else "\n"
    text = merging.with_markers(parts, "ours", "theirs", newline)
    return Merged(text.encode("utf-8", "surrogateescape"), conflicts)


def is_plaintext(sides: Sides, format: Format) -> bool:  # noqa: A002
    """Whether no side is encrypted, so that git's own merge is right."""
    return not any(formats.read(data, format) for data in sides)


def reseal(engine: Engine, data: bytes, path: str, format: Format) -> Written:  # noqa: A002
    """A file with a MAC over the values that it has, after conflicts were resolved by hand.

    Each value is still checked to be one that was encrypted for its place with the file's data key.

    Raises:
        NoIdentityError: no identity opens it.
        BrokenFileError: a value does not open.
    """
    file = file_encryption.decrypt_file(engine, data, format, path, ignore_mac=True)
    with contextlib.suppress(SopskitError):  # it has the right one
        encryption.decrypt(file.document, file.cipher, file.metadata)
        return Written(data)
    return Written(_resealed(file.document, file))
