r"""`.sopskit-baseline.json`: findings that were there when the scanner came.

An entry is a keyed hash of rule and secret: it knows the secret wherever it moves, and no other that comes in
its place. Without the secret the hash says nothing, and with another file's key another thing.

    {
    "schema": "sopskit.baseline/1",
    "key": "0f..."
    ,"00": []
    ,"01": []
    ,"01c7...": ["github-personal-access-token", "old/config.py"]
    ...
    }

Each entry is a line of its own, sorted, with its comma in front. Lines without an entry stand between them.
So git merges what two branches add at different ones; with `merge=union` in `.gitattributes` it merges all.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sopskit.findings import Finding

NAME = ".sopskit-baseline.json"

_SCHEMA = "sopskit.baseline/1"
_KEY_SIZE = 16
_LARGEST = 64 << 20

#: Lines that are always there; two entries by chance come behind the same one in 1 of 256 cases.
_SHELVES = tuple(f"{number:02x}" for number in range(256))


class Entry(NamedTuple):
    """What an entry was made for; for people.

    Attributes:
        rule: its id.
        path: of the file, at that time.
    """

    rule: str
    path: str


class Baseline(NamedTuple):
    """Findings that are known.

    Attributes:
        key: of the hashes, 16 bytes.
        entries: by hash, in hexadecimal.
    """

    key: bytes
    entries: Mapping[str, Entry]

    def holds(self, finding: Finding) -> bool:
        """Whether a finding is known."""
        return bool(self.entries) and self._hash(finding) in self.entries

    def added(self, findings: Iterable[Finding]) -> Baseline:
        """A baseline that holds these findings too; what was said of known ones stays."""
        new = {self._hash(each): Entry(each.id, each.path) for each in findings}
        return Baseline(self.key, new | dict(self.entries))

    def _hash(self, finding: Finding) -> str:
        import hashlib

        content = f"{finding.id}\0{finding.fingerprint}".encode()
        return hashlib.blake2b(content, key=self.key, digest_size=16).hexdigest()


def empty() -> Baseline:
    """A baseline of a new key."""
    return Baseline(os.urandom(_KEY_SIZE), {})


def parse(content: bytes, path: str = NAME) -> Baseline:
    """Read a baseline.

    Args:
        content: the file's bytes.
        path: the file's name in errors.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        document = json.loads(content) if len(content) <= _LARGEST else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.pop("schema", None) != _SCHEMA:
        hint = "keep both sides of its merge conflicts, or make it anew with sopskit scan --write-baseline"
        raise ConfigurationError("is no baseline", hint=hint, path=path)
    key, entries = document.pop("key", None), {}
    for name, value in document.items():
        if value == [] and name in _SHELVES:
            continue
        if not (isinstance(value, list) and len(value) == len(Entry._fields)):
            raise _damaged(path)
        entries[name] = Entry(*map(str, value))
    try:
        return Baseline(_key(key), entries)
    except ValueError:
        raise _damaged(path) from None


def render(baseline: Baseline) -> bytes:
    """The file of a baseline."""
    lines = ["{", f'"schema": "{_SCHEMA}",', f'"key": "{baseline.key.hex()}"']
    shelves: dict[str, Sequence[str]] = dict.fromkeys(_SHELVES, ())
    for name, entry in sorted({**shelves, **baseline.entries}.items()):
        lines.append(f",{json.dumps(name)}: {json.dumps(list(entry))}")
    return "\n".join([*lines, "}", ""]).encode("ascii")


def _key(text: object) -> bytes:
    key = bytes.fromhex(text) if isinstance(text, str) else b""
    if len(key) != _KEY_SIZE:
        raise ValueError
    return key


def _damaged(path: str) -> ConfigurationError:
    hint = "git log shows when; remove it and run sopskit scan --write-baseline to begin anew"
    return ConfigurationError("is a baseline that was damaged", hint=hint, path=path)
