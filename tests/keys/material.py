"""Keys for tests: made by the real programs, or taken from the vectors of ssh-to-age and ssh-to-pgp."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.programs import program

VECTORS = json.loads(Path(__file__).with_name("ssh-conversions.json").read_text("utf-8"))
DATA_KEY = bytes(range(32))


class AgeKey(NamedTuple):
    recipient: str
    identity: str
    file: Path


def run(name: str, *arguments: str | Path, stdin: bytes = b"") -> bytes:
    """Run a real program and return what it prints; a failure shows what it said."""
    command = [program(name), *map(str, arguments)]
    environ = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def age_key(folder: Path, *options: str) -> AgeKey:
    file = folder / f"key{len(list(folder.iterdir()))}.txt"
    file.write_bytes(run("age-keygen", *options))
    recipient = run("age-keygen", "-y", file).decode().strip()
    return AgeKey(recipient, file.read_text().splitlines()[-1], file)


def ssh_key(file: Path, kind: str, passphrase: str = "", *options: str) -> str:
    """Make an SSH key; returns the line of its .pub file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if kind == "rsa":
        options += ("-b", "2048")
    run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "me@here", *options, "-f", file)
    return file.with_name(file.name + ".pub").read_text().strip()
