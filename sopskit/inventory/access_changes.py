"""What a change gives to whom: who reads what before it, and after it.

Keys are compared, not names: a host that was renamed gains nothing, and a host whose key was replaced has a
new key.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.readers import Holders, Level, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sopskit.inventory.access import Access, FileAccess
    from sopskit.inventory.plan import Target
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient

_NOBODY: Mapping[int, Level] = {}


class FileChange(NamedTuple):
    """What somebody can do with one file, before and after; the two differ."""

    path: str
    before: Level
    after: Level

    @property
    def is_gain(self) -> bool:
        """Whether it is more than before."""
        return self.after > self.before


class HostChange(NamedTuple):
    """What changes for one host, or for a key without a name.

    Attributes:
        host: with the keys that it has afterwards; those that it had, where it is gone.
        former_names: names that keys of it had before, and it has not now.
        is_new: none of its keys was there before.
        is_gone: none of its keys is there afterwards.
        new_keys: keys that were nobody's before, or another's; none for a host that is new.
        lost_keys: keys that are no longer its own; none for one that is gone.
        by_stanza: files that it gains or loses, sorted by path.
        by_rule: files that it is to gain or lose, sorted by path.
    """

    host: Reader
    former_names: tuple[str, ...]
    is_new: bool
    is_gone: bool
    new_keys: tuple[Recipient, ...]
    lost_keys: tuple[Recipient, ...]
    by_stanza: tuple[FileChange, ...]
    by_rule: tuple[FileChange, ...]

    @property
    def pending(self) -> tuple[FileChange, ...]:
        """What is to change and has not: `sopskit sync` would do it."""
        done = {(each.path, each.is_gain) for each in self.by_stanza}
        return tuple(each for each in self.by_rule if (each.path, each.is_gain) not in done)


class AccessChanges(NamedTuple):
    """What changes for whom.

    Attributes:
        hosts: those for whom something changes, in the order of `.sops.yaml`; who is gone comes last.
        in_clear: files that are plaintext afterwards, and were not before.
    """

    hosts: tuple[HostChange, ...]
    in_clear: tuple[str, ...]


class _Party(NamedTuple):
    """A host, or a key of nobody, at both moments.

    Attributes:
        name: of the host, or the key.
        before: who that was; None where there was none.
        after: who that is; as above.
        keys: what it is judged by: its keys, and those that were its own and are nobody's now.
        former_names: see `HostChange`.
    """

    name: str | Recipient
    before: Reader | None
    after: Reader | None
    keys: tuple[Recipient, ...]
    former_names: tuple[str, ...]


def changes_between(before: Access, after: Access) -> AccessChanges:
    """What changes for whom from one state of a repository to another.

    A file that was moved and not changed is the same file.
    """
    old, new = Holders(before.readers), Holders(after.readers)
    parties = _parties(old, new)
    holders = Holders(Reader(None, None, party.keys) for party in parties)
    pairs = list(_pairs(before, after))
    by_stanza = _file_changes(pairs, holders, lambda file: file.plan.file.encryption)
    by_rule = _file_changes(pairs, holders, lambda file: file.target)
    changes = (
        _host_change(party, old, by_stanza[number], by_rule[number]) for number, party in enumerate(parties)
    )
    in_clear = tuple(
        path for path, was, now in pairs if now is not None and now.in_clear and not (was and was.in_clear)
    )
    return AccessChanges(tuple(each for each in changes if any(each[1:])), in_clear)


def _host_change(
    party: _Party, old: Holders, by_stanza: Iterable[FileChange], by_rule: Iterable[FileChange]
) -> HostChange:
    had = party.before.recipients if party.before else ()
    has = party.after.recipients if party.after else ()
    known = [r for r in has if old.is_unnamed(r) or set(_names(old, r)) & {*party.former_names, party.name}]
    is_new = party.before is None and not any(old.known(recipient) for recipient in has)
    new_keys = tuple(recipient for recipient in has if recipient not in known)
    lost_keys = tuple(recipient for recipient in had if recipient not in has)
    host = party.after or party.before or Reader(None, None, party.keys)
    return HostChange(
        host,
        party.former_names,
        is_new,
        party.after is None,
        () if is_new else new_keys,
        () if party.after is None else lost_keys,
        tuple(by_stanza),
        tuple(by_rule),
    )


def _parties(old: Holders, new: Holders) -> list[_Party]:
    """Each key belongs to the host that has it afterwards, else to that which had it, else to itself."""
    keys: dict[str | Recipient, dict[Recipient, None]] = {}
    for reader in (*new.readers, *old.readers):
        for recipient in reader.recipients:
            for owner in _names(new, recipient) or _names(old, recipient) or (recipient,):
                keys.setdefault(owner, {})[recipient] = None
        if reader.name is not None:  # one whose keys have all gone to another, or that has none
            keys.setdefault(reader.name, {})
    before, after = (
        {reader.name or reader.recipients[0]: reader for reader in each.readers} for each in (old, new)
    )
    parties = []
    for owner, recipients in keys.items():
        names = dict.fromkeys(name for recipient in recipients for name in _names(old, recipient))
        former = [name for name in names if name != owner and name not in after]
        parties.append(_Party(owner, before.get(owner), after.get(owner), tuple(recipients), tuple(former)))
    renamed = {name for party in parties for name in party.former_names}
    return [party for party in parties if party.after or party.name not in renamed]


def _names(holders: Holders, recipient: Recipient) -> tuple[str, ...]:
    found = (holders.readers[number].name for number in holders.known(recipient))
    return tuple(name for name in found if name is not None)


def _pairs(before: Access, after: Access) -> Iterator[tuple[str, FileAccess | None, FileAccess | None]]:
    """Each secret file of either, by the path that it has now, or had: (path, before, after)."""
    old = {file.path: file for file in before.files}
    new = {file.path: file for file in after.files}
    gone: dict[bytes, list[str]] = defaultdict(list)
    for path, file in old.items():
        if path not in new and file.plan.file.version is not None:
            gone[file.plan.file.version.digest].append(path)
    moved: dict[str, str] = {}
    for path, file in new.items():
        version = file.plan.file.version
        if path not in old and version is not None and gone.get(version.digest):
            moved[path] = gone[version.digest].pop(0)
    for path in sorted((set(old) | set(new)) - set(moved.values())):
        yield path, old.get(moved.get(path, path)), new.get(path)


def _file_changes(
    pairs: Iterable[tuple[str, FileAccess | None, FileAccess | None]],
    holders: Holders,
    who: Callable[[FileAccess], Encryption | Target | None],
) -> dict[int, list[FileChange]]:
    """What changes for each holder, by one of the two answers to who reads a file."""
    changes: dict[int, list[FileChange]] = defaultdict(list)

    def levels(file: FileAccess | None) -> Mapping[int, Level]:
        readers = who(file) if file else None
        return holders.levels(readers.groups, readers.threshold) if readers else _NOBODY

    for path, was, now in pairs:
        before, after = (who(each) if each else None for each in (was, now))
        if before is not None and after is not None and before[:2] == after[:2]:
            continue
        old, new = levels(was), levels(now)
        for number in old.keys() | new.keys():
            change = FileChange(path, old.get(number, Level.NONE), new.get(number, Level.NONE))
            if change.before is not change.after:
                changes[number].append(change)
    return changes
