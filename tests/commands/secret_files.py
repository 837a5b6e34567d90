"""A repository of one age key with a file of each format, and real sops to hold our commands against."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-58c1f0"

#: Spelled as sops spells them, so that what it decrypts can be compared byte for byte.
PLAINTEXTS = {
    "one.yaml": f"""\
# head
a: {CANARY}
b:
    c:
        - 1
        - x
        - d: e
    t: 2020-01-01T00:00:00Z
f: 1.5
t: true
"n": null
m: |
    x
    y
e: ""
""".encode(),
    "one.json": json.dumps(
        {"a": CANARY, "b": {"c": [1, "x", {"d": "e"}]}, "f": 1.5, "t": True, "n": None}, indent="\t"
    ).encode()
    + b"\n",
    "one.env": f"# head\na={CANARY}\nb=x y\n".encode(),
    "one.ini": f"[s]\na = {CANARY}\nb = x\n\n[t]\nc = 2\n".encode(),
    "one.bin": b"\x89PNG\r\n\0" + CANARY.encode() + b"\xff\xfe",
}


class SopsResult(NamedTuple):
    """What real sops returned and printed."""

    code: int
    out: bytes
    err: bytes


class Secrets(Workbench):
    """The repository; `key` opens its files."""

    key: KeyPair

    def sops(self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> SopsResult:
        """Run real sops with the key."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SOPS_")}
        environ |= {"SOPS_DISABLE_VERSION_CHECK": "1", "SOPS_AGE_KEY": self.key.identity}
        done = subprocess.run(
            [program("sops"), *arguments],
            cwd=cwd or self.root,
            env=environ,
            input=stdin,
            capture_output=True,
            check=False,
        )
        return SopsResult(done.returncode, done.stdout, done.stderr)

    def plaintext(self, path: str) -> bytes:
        """What real sops decrypts a file to."""
        done = self.sops("decrypt", path)
        assert done.code == 0, done.err
        return done.out

    def write(self, path: str, content: bytes) -> Path:
        """Write a file of the repository."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def read(self, path: str) -> bytes:
        """Read a file of the repository."""
        return (self.root / path).read_bytes()


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyPair, Path]:
    """The files, encrypted once by real sops."""
    key, folder = age_key(), tmp_path_factory.mktemp("encrypted")
    for name, text in PLAINTEXTS.items():
        (folder / name).write_bytes(text)
        argv = [program("sops"), "encrypt", "--age", key.recipient, "--in-place", name]
        environ = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
        subprocess.run(argv, cwd=folder, env=environ, check=True, capture_output=True)
    return key, folder


@pytest.fixture
def secrets(empty: Workbench, encrypted: tuple[KeyPair, Path], monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """The encrypted files under `s/`, which a rule claims, committed; the working directory is the root."""
    key, folder = encrypted
    bench = Secrets(empty.root)
    object.__setattr__(bench, "key", key)
    shutil.copytree(folder, bench.root / "s")
    rules = (
        f"keys:\n    - &cedar {key.recipient}\ncreation_rules:\n    - path_regex: ^s/\n      age: *cedar\n"
    )
    (bench.root / ".sops.yaml").write_text(rules)
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    bench.commit_all()
    return bench
