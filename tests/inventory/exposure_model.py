"""A world that knows every plaintext, and writes its history as git and sops would: the judge of exposures.

Values are what they are (an instance stays the same until it is edited), keys are held by whoever had a
stanza, and who could read what follows by trying everything.
"""

from __future__ import annotations

import random
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from sopskit.keys import bech32

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = ("admin", "nova", "cedar")
EVERYONE = None


@dataclass
class Value:
    """A plaintext: which one it is, how long, and the nonce under which it is encrypted now."""

    instance: int
    size: int
    nonce: bytes
    text: str = ""


@dataclass
class File:
    """A secret file; without a data key it is plaintext."""

    values: dict[str, Value]
    data_key: int | None = None
    readers: tuple[str, ...] = ()
    stanzas: str = ""


@dataclass
class World:
    """Files and rules, changed by one operation for each commit."""

    root: Path
    seed: int
    files: dict[str, File] = field(default_factory=dict)
    members: tuple[str, ...] = HOSTS
    #: For each commit: who had stanzas of which data key, and which instances a version under it has.
    held: list[list[tuple[int | None, tuple[str, ...], frozenset[int]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._numbers = count(1)
        self.keys = {name: bech32.encode("age", self.random.randbytes(32)) for name in HOSTS}
        self._script: list[bytes] = []
        self._written: dict[str, bytes] = {}
        self.commit()

    # Operations; each returns whether it did anything.

    def new(self, path: str) -> None:
        if path not in self.files:
            self.files[path] = File({f"k{number}": self._fresh() for number in range(3)})
            self._encrypt(self.files[path])

    def edit(self, path: str, key: str) -> None:
        file = self.files[path]
        if key in file.values:
            file.values[key] = self._fresh()
            self._seal(file.values[key])

    def add(self, path: str, key: str) -> None:
        self.files[path].values.setdefault(key, self._fresh())
        self._seal_missing(self.files[path])

    def remove(self, path: str, key: str) -> None:
        if len(self.files[path].values) > 1:
            self.files[path].values.pop(key, None)

    def rename_key(self, path: str, key: str, other: str) -> None:
        """The additional data is another one: sops makes a new nonce."""
        values = self.files[path].values
        if key in values and other not in values:
            value = values.pop(key)
            values[other] = Value(value.instance, value.size, self.random.randbytes(32))
            self._seal(values[other])

    def rotate(self, path: str) -> None:
        file = self.files[path]
        if file.data_key is not None:
            self._new_data_key(file)
            for value in file.values.values():
                self._seal(value)

    def updatekeys(self, path: str) -> None:
        file = self.files[path]
        if file.data_key is not None and file.readers != self.members:
            self._wrap(file)

    def squash(self, path: str) -> None:
        """Re-wrapped, and every value changed: nothing stays but the data key."""
        file = self.files[path]
        if file.data_key is not None:
            self._wrap(file)
            for key in file.values:
                self.edit(path, key)

    def anew(self, path: str) -> None:
        self._encrypt(self.files[path])

    def decrypt(self, path: str) -> None:
        file = self.files[path]
        file.data_key, file.readers, file.stanzas = None, (), ""

    def move(self, path: str, target: str) -> None:
        if target not in self.files:
            self.files[target] = self.files.pop(path)

    def copy(self, path: str, target: str) -> None:
        file = self.files[path]
        if target not in self.files and file.data_key is not None:
            values = {key: Value(**vars(value)) for key, value in file.values.items()}
            self.files[target] = File(values, file.data_key, file.readers, file.stanzas)

    def delete(self, path: str) -> None:
        del self.files[path]

    def leave(self, host: str) -> None:
        self.members = tuple(name for name in self.members if name != host)

    def join(self, host: str) -> None:
        if host not in self.members:
            self.members = (*self.members, host)

    # What follows.

    def readable(self) -> dict[tuple[str | None, int], int]:
        """(host, instance) -> the first commit with which the host could read it."""
        first: dict[tuple[str | None, int], int] = {}
        keys: dict[str, set[int]] = {name: set() for name in HOSTS}
        under: dict[int, set[int]] = {}
        for number, versions in enumerate(self.held):
            for data_key, readers, instances in versions:
                if data_key is None:
                    for instance in instances:
                        first.setdefault((EVERYONE, instance), number)
                    continue
                under.setdefault(data_key, set()).update(instances)
                for name in readers:
                    keys[name].add(data_key)
            for name, held in keys.items():
                for data_key in held:
                    for instance in under[data_key]:
                        first.setdefault((name, instance), number)
        return first

    def commit(self) -> None:
        """Write what changed as a commit."""
        contents = {".sops.yaml": self._rules()}
        contents |= {path: self._content(file) for path, file in self.files.items()}
        number = len(self.held)
        who = f"M <m@example.org> {1_700_000_000 + number} +0000"
        message = f"{number}"
        lines = [f"commit refs/heads/main\ncommitter {who}\ndata {len(message)}\n{message}\n".encode()]
        lines += [f"D {path}\n".encode() for path in self._written.keys() - contents.keys()]
        for path, content in contents.items():
            if self._written.get(path) != content:
                lines.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(content), content))
        self._script += lines
        self._written = contents
        self.held.append(
            [
                (file.data_key, file.readers, frozenset(value.instance for value in file.values.values()))
                for file in self.files.values()
            ]
        )

    def write(self) -> None:
        """Make the repository."""
        self.root.mkdir(parents=True)
        run = ["git", "-c", "init.defaultBranch=main", "-c", "core.fsync=none"]
        subprocess.run([*run, "init", "-q", "."], cwd=self.root, check=True)
        script = b"".join(self._script)
        subprocess.run([*run, "fast-import", "--quiet"], cwd=self.root, input=script, check=True)
        subprocess.run([*run, "reset", "-q", "--hard"], cwd=self.root, check=True)

    def _fresh(self) -> Value:
        return Value(next(self._numbers), self.random.choice((5, 6)), self.random.randbytes(32))

    def _encrypt(self, file: File) -> None:
        self._new_data_key(file)
        for value in file.values.values():
            value.nonce = self.random.randbytes(32)
            self._seal(value)

    def _new_data_key(self, file: File) -> None:
        file.data_key = next(self._numbers)
        self._wrap(file)

    def _wrap(self, file: File) -> None:
        file.readers = self.members
        lines = []
        for name in self.members:
            text = b64encode(self.random.randbytes(48)).decode()
            lines.append(f"        - enc: |\n            {text}\n          recipient: {self.keys[name]}\n")
        file.stanzas = "".join(lines)

    def _seal(self, value: Value) -> None:
        parts = (self.random.randbytes(value.size), value.nonce, self.random.randbytes(16))
        texts = tuple(b64encode(part).decode() for part in parts)
        value.text = "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]".format(*texts)

    def _seal_missing(self, file: File) -> None:
        for value in file.values.values():
            if not value.text:
                self._seal(value)

    def _content(self, file: File) -> bytes:
        if file.data_key is None:
            lines = (
                f"{key}: {str(value.instance).ljust(value.size, 'x')}\n" for key, value in file.values.items()
            )
            return "".join(lines).encode()
        lines = (f"{key}: {value.text}\n" for key, value in file.values.items())
        mac = Value(0, 128, self.random.randbytes(32))
        self._seal(mac)
        tail = f'    lastmodified: "2026-01-01T00:00:00Z"\n    mac: {mac.text}\n    version: 3.13.3\n'
        content = f"{''.join(lines)}sops:\n    age:\n{file.stanzas}{tail}"
        before = next((c for c in self._written.values() if _same(c, content.encode())), None)
        return before or content.encode()

    def _rules(self) -> bytes:
        lines = ["keys:\n", *(f"  - &{name} {self.keys[name]}\n" for name in self.members)]
        lines += ["creation_rules:\n  - path_regex: ^s/\n    key_groups:\n      - age:\n"]
        return "".join([*lines, *(f"          - *{name}\n" for name in self.members)]).encode()


def _same(one: bytes, other: bytes) -> bool:
    """Whether two files differ in their MAC only, which is then the one that the first has."""
    return one.split(b"    mac: ")[0] == other.split(b"    mac: ")[0]


def paths() -> Iterator[str]:
    """Of files: names that have nothing in common, so that only contents tell what was renamed."""
    return iter(("s/one.yaml", "s/two.yaml", "s/three.yaml"))
