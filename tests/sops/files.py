"""Secret files for the tests: made by real sops, and stanzas wrapped by pyrage."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyrage

from sopskit.keys import recipients
from sopskit.sops.metadata import Stanza
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERSIONS = ("sops", "sops-3.9.4", "sops-3.8.1")

PLAINTEXTS = {
    "s.yaml": "a: 1\nb:\n  - x\n  - y: z\n# comment\nc: |\n  sops:\n    - two\n",
    "s.yml": "a: 1\n---\na: 2\n",
    "s.json": '{"a": 1, "b": ["x", {"y": "<&>"}]}',
    "s.env": "A=1\n# comment\nB=two words \n",
    "s.ini": "[x]\na=1\nlonger_key = 2\n\n[y]\nb = 3\n",
    "s.bin": "\x00\x01 bytes",
}


@dataclass(frozen=True)
class Key:
    """An age key."""

    public: str
    secret: str

    def stanza(self, data_key: bytes) -> Stanza:
        """The data key wrapped for this key, as sops does."""
        recipient = pyrage.x25519.Recipient.from_str(self.public)
        enc = pyrage.encrypt(data_key, [recipient], armored=True).decode()
        return Stanza(recipients.parse(self.public), enc)

    def open(self, stanza: Stanza) -> bytes:
        """The data key that the stanza wraps."""
        return bytes(pyrage.decrypt(stanza.enc.encode(), [pyrage.x25519.Identity.from_str(self.secret)]))


def new_key() -> Key:
    """A fresh age key."""
    identity = pyrage.x25519.Identity.generate()
    return Key(str(identity.to_public()), str(identity))


def sops(
    version: str, *arguments: str, folder: Path, keys: Sequence[Key] = (), check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run a real sops in `folder`, holding only `keys`."""
    environment = os.environ | {
        "SOPS_DISABLE_VERSION_CHECK": "1",
        "SOPS_AGE_KEY": "\n".join(key.secret for key in keys),
    }
    result = subprocess.run(
        [program(version), *arguments], cwd=folder, env=environment, capture_output=True, check=False
    )
    if check:
        assert result.returncode == 0, result.stderr.decode()
    return result


def write_config(folder: Path, groups: Sequence[Sequence[Key]], stores: str = "") -> None:
    """A `.sops.yaml` with one rule for all files."""
    lines = ["creation_rules:", "  - key_groups:"]
    for group in groups:
        lines += ["      - age:"]
        lines += [f"          - {key.public}" for key in group]
    folder.joinpath(".sops.yaml").write_text("\n".join(lines) + "\n" + stores)


def encrypt(
    folder: Path, name: str, groups: Sequence[Sequence[Key]], version: str = "sops", stores: str = ""
) -> Path:
    """A file of `PLAINTEXTS`, encrypted by real sops."""
    path = folder / name
    path.write_bytes(PLAINTEXTS[name].encode())
    write_config(folder, groups, stores)
    sops(version, "-e", "-i", name, folder=folder)
    return path
