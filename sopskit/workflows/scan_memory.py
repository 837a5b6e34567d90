"""What earlier scans of a history have found out: which contents are clean, and what there was to find."""

from __future__ import annotations

import json
import os
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from sopskit.repo.history_contents import Origin
from sopskit.repo.objects import Named
from sopskit.repo.remembered import recall
from sopskit.scanner import loading
from sopskit.scanner.file_kinds import kind_of_file
from sopskit.scanner.structure import syntax_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sopskit.repo.discovery import Repository
    from sopskit.repo.remembered import Remembered
    from sopskit.scanner.own_rules import OwnRule
    from sopskit.workflows.scan_known import Known

_FILE = "sopskit-scan"
_LAST = b"last"
_KIND = 4  # bytes of what `kind_of` gives


class Last(NamedTuple):
    """The last scan of a whole history.

    Attributes:
        tips: ids of the commits that refs were at.
        commits: how many there were.
        excluded: what files were not read, as patterns.
        hits: contents with findings, and where they came from.
    """

    tips: tuple[str, ...] = ()
    commits: int = 0
    excluded: tuple[str, ...] = ()
    hits: Mapping[Named, Origin] = {}


class Memory(NamedTuple):
    """What is remembered of this version of scanner and rules."""

    file: Remembered
    version: bytes

    def clean(self) -> set[bytes]:
        """The contents in which nothing was found, as `clean_key` gives them."""
        found: set[bytes] = set()
        for key, entry in self.file.entries.items():
            if key.startswith(self.version) and not key.endswith(_LAST):
                size = key[len(self.version)]
                found.update(entry[start : start + size] for start in range(0, len(entry), size))
        return found

    def add(self, clean: Iterable[bytes]) -> None:
        """Remember contents, all of one size, in which nothing was found."""
        keys = list(dict.fromkeys(clean))
        if keys:
            self.file.add({self.version + bytes([len(keys[0])]) + os.urandom(8): b"".join(keys)})

    def last(self) -> Last:
        """The last scan; one of nothing where there was none."""
        entry = self.file.entries.get(self.version + _LAST)
        if entry is None:
            return Last()
        tips, commits, excluded, hits = json.loads(entry)
        origins = {Named(blob, path): Origin(commit, order) for blob, path, commit, order in hits}
        return Last(tuple(tips), commits, tuple(excluded), origins)

    def keep(self, last: Last) -> None:
        """Remember a scan as the last one."""
        hits = [(*content, *origin) for content, origin in last.hits.items()]
        self.file.add({self.version + _LAST: json.dumps((*last[:3], hits)).encode("ascii")})


def recall_scans(repository: Repository, rules: Sequence[OwnRule], known: Known | None = None) -> Memory:
    """What is remembered of scans with the built-in rules, some own ones, and known values."""
    version = own = loading.version()
    if rules:
        own = sha256(own + repr([each.rule for each in rules]).encode()).digest()[:16]
    if known is not None:
        own = sha256(own + known.digest).digest()[:16]
    return Memory(recall(repository.state_dir, _FILE, zlib.crc32(version)), own)


def kind_of(path: str) -> bytes:
    """What of a file's name has a say in what is found in it."""
    return zlib.crc32(f"{syntax_of(path)} {kind_of_file(path)}".encode()).to_bytes(_KIND, "big")


def clean_key(blob: str, kind: bytes) -> bytes:
    """What stands for a content under names of one kind."""
    return bytes.fromhex(blob) + kind
