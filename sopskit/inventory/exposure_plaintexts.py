"""Comparing values by their plaintext: those that stand in clear, and with an identity the encrypted ones.

A plaintext is held only while its version is read. What is kept, in memory, is a digest under a random key,
which says no more than that two values are equal.
"""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import NoIdentityError, SopskitError
from sopskit.inventory.exposure_values import ClearValue
from sopskit.inventory.history import lineages
from sopskit.inventory.history_copies import plain_format
from sopskit.inventory.history_facts import Facts, dotted, sealed
from sopskit.repo.blobs import Blobs
from sopskit.sops import documents, formats, values
from sopskit.sops.cipher import Cipher
from sopskit.sops.encryption import additional_data

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from sopskit.inventory.history import History, Version
    from sopskit.repo.discovery import Repository
    from sopskit.sops.documents import Leaf
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

    #: The 32-byte data key of a file: its metadata, and its path for errors. See `Engine.open`.
    OpenFile = Callable[[Metadata, str], bytes]
    MapTasks = Callable[["_Opening", Sequence["_Task"]], Iterable[list["Plaintext"] | None]]

#: In bytes. Shorter values (a port, a user's name) are often equal by chance; they are compared within a file
#: only, and not across paths.
LONG_ENOUGH = 12

_ROUNDS = 8  # data keys that are tried for one value, the newest first

_ATTEMPTS = 4  # versions of one data key that are tried: an identity of today may not be in older ones


class Plaintext(NamedTuple):
    """A value that was read, without what it is.

    Attributes:
        id: of the value.
        digest: equal for equal plaintexts.
        size: in bytes.
    """

    id: int
    digest: bytes
    size: int


class _Task(NamedTuple):
    """Versions of one data key to be read, and those to try to open it by."""

    key: int
    openers: tuple[int, ...]
    versions: tuple[int, ...]


class Reader:
    """Reads versions of a history, in a worker process too.

    Args:
        repository: where they are.
        history: of it.
    """

    def __init__(self, repository: Repository, history: History) -> None:
        self._repository, self._history = repository, history
        self._secret = os.urandom(32)
        self._blobs: tuple[int, Blobs] | None = None

    def clear_values(self) -> tuple[dict[int, tuple[ClearValue, ...]], list[Plaintext]]:
        """What stands in clear and is, or may be, an encrypted value of the work tree: by version."""
        found: dict[int, tuple[ClearValue, ...]] = {}
        plaintexts: dict[int, Plaintext] = {}
        for number, version in enumerate(self._history.versions):
            wanted = self._clear_paths(number)
            if wanted is not None and not wanted:
                continue
            cleared = []
            for leaf, content in self._clear(version):
                path = dotted(leaf.path)
                if wanted is None or path in wanted:
                    identity = self._id(path, content)
                    cleared.append(ClearValue(path, identity, len(content)))
                    plaintexts[identity] = Plaintext(identity, self._digest(content), len(content))
            found[number] = tuple(cleared)
        return found, list(plaintexts.values())

    def plaintexts(
        self,
        keys: Sequence[int],
        wanted: Collection[int],
        open_file: OpenFile,
        map_tasks: MapTasks,
        report: Callable[[int, int], None],
    ) -> Iterator[Plaintext]:
        """Those of encrypted values that can be opened.

        Args:
            keys: the data key of each version.
            wanted: the ids of the values.
            open_file: gives data keys.
            map_tasks: does one thing to many tasks.
            report: called with (data keys tried, data keys to try).
        """
        missing, closed = set(wanted), set[int]()
        for _ in range(_ROUNDS):
            tasks = self._tasks(keys, missing, closed)
            read = _Opening(self, open_file, frozenset(missing))
            for done, (task, found) in enumerate(zip(tasks, map_tasks(read, tasks), strict=True), 1):
                closed.add(task.key)
                for each in found or ():
                    missing.discard(each.id)
                    yield each
                report(done, len(tasks))
            if not tasks:
                return

    def content(self, version: Version) -> bytes:
        """The bytes of a version.

        Raises:
            SopskitError: it is not here.
        """
        if self._history.points[version.point].id is None:
            return self._repository.read(version.path).content
        if self._blobs is None or self._blobs[0] != os.getpid():
            self._blobs = (os.getpid(), Blobs(self._repository.root))
        return self._blobs[1].read(version.blob)

    def version(self, number: int) -> Version:
        """A version by its number."""
        return self._history.versions[number]

    def plaintext(self, identity: int, value: Value) -> Plaintext:
        """What is kept of a value."""
        content = values.to_bytes(value)
        return Plaintext(identity, self._digest(content), len(content))

    def _clear_paths(self, number: int) -> set[str] | None:
        """The paths of values in clear that are encrypted now; None for all."""
        version = self._history.versions[number]
        if self._history.points[version.point].id is None:
            return set()  # nobody else has what is in the work tree only
        if version.in_clear:
            return None
        facts = version.facts if version.has_clear else None
        if not isinstance(facts, Facts):
            return set()
        return set().union(*(each.intersection(facts.clear) for each in self._encrypted_now.get(number, ())))

    @cached_property
    def _encrypted_now(self) -> dict[int, list[frozenset[str]]]:
        """Version that has values in clear -> the encrypted paths of each file that it became."""
        found: dict[int, list[frozenset[str]]] = {}
        for path, numbers in lineages(self._history):
            facts = self._history.versions[self._history.present[path]].facts
            paths = frozenset(facts.paths if isinstance(facts, Facts) else ())
            for number in numbers:
                if self._history.versions[number].has_clear:
                    found.setdefault(number, []).append(paths)
        return found

    def _clear(self, version: Version) -> Iterator[tuple[Leaf, bytes]]:
        try:
            kind = plain_format(version.path) if version.in_clear else formats.format_of(version.path)
            for leaf in documents.read(self.content(version), kind).leaves:
                if not leaf.is_comment and leaf.value not in ("", None) and sealed(leaf) is None:
                    yield leaf, values.to_bytes(leaf.value)
        except SopskitError:
            return  # plaintext may be anything

    def _tasks(self, keys: Sequence[int], missing: set[int], closed: set[int]) -> list[_Task]:
        """For each value its newest version, put together by data key."""
        left = set(missing)
        reading: dict[int, list[int]] = {}
        openers: dict[int, dict[int, int]] = {}
        for number in range(len(keys) - 1, -1, -1):
            facts, key = self._history.versions[number].facts, keys[number]
            if not isinstance(facts, Facts) or key in closed:
                continue
            openers.setdefault(key, {}).setdefault(id(facts.groups), number)
            found = left.intersection(facts.nonces)
            if found:
                left -= found
                reading.setdefault(key, []).append(number)
        return [
            _Task(key, tuple(openers[key].values())[:_ATTEMPTS], tuple(numbers))
            for key, numbers in reading.items()
        ]

    def _id(self, path: str, content: bytes) -> int:
        place = path.encode("utf-8", "surrogateescape") + b"\0" + content
        number = blake2b(place, digest_size=8, key=self._secret).digest()
        return int.from_bytes(number, "little") | 1 << 64

    def _digest(self, content: bytes) -> bytes:
        return blake2b(content, digest_size=16, key=self._secret, person=b"value").digest()


class _Opening:
    """Opens a data key, and reads values under it; None where it does not open."""

    def __init__(self, reader: Reader, open_file: OpenFile, wanted: frozenset[int]) -> None:
        self.reader, self.open_file, self.wanted = reader, open_file, wanted
        self._not_ours: set[int] = set()  # recipients, of whom none is here: ids of `Facts.groups`

    def __call__(self, task: _Task) -> list[Plaintext] | None:
        cipher = self._cipher(task)
        if cipher is None:
            return None
        return [each for number in task.versions for each in self._read(number, cipher)]

    def _cipher(self, task: _Task) -> Cipher | None:
        for number in task.openers:
            version = self.reader.version(number)
            groups = id(version.facts.groups) if isinstance(version.facts, Facts) else 0
            if groups in self._not_ours:
                continue
            try:
                file = formats.read(self.reader.content(version), formats.format_of(version.path))
                if file is not None:
                    return Cipher(self.open_file(file.metadata, version.path))
            except NoIdentityError:
                self._not_ours.add(groups)
            except SopskitError:
                continue
        return None

    def _read(self, number: int, cipher: Cipher) -> Iterator[Plaintext]:
        version = self.reader.version(number)
        facts = version.facts
        if not isinstance(facts, Facts):
            return
        try:
            content = self.reader.content(version)
            leaves = documents.read(content, formats.format_of(version.path)).leaves
        except SopskitError:
            return
        encrypted = [leaf for leaf in leaves if not leaf.is_comment and sealed(leaf) is not None]
        for leaf, identity in zip(encrypted, facts.nonces, strict=False):
            if identity in self.wanted:
                try:
                    value = cipher.decrypt(str(leaf.value).rstrip("\n"), additional_data(leaf.path))
                except SopskitError:
                    continue  # changed by hand
                yield self.reader.plaintext(identity, value)
