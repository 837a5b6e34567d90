"""No decrypted value reaches a message, an argument or a file where it has no place."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands.secret_files import CANARY, PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.workbench import age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["encrypted", "secrets"]

NEW = "canary-0a91bb"
FILES = [f"s/{name}" for name in PLAINTEXTS]


def _damaged(secrets: Secrets) -> list[str]:
    """Files whose values decrypt, up to a place where something is wrong."""
    good = secrets.read("s/one.yaml")
    conflict = b"\n<<<<<<< ours\nf: 1\n=======\nf: 2\n>>>>>>> theirs\nf: "
    bad = {
        "mac.yaml": good.replace(b"\nf: ", b"\nf2: ", 1),
        "label.yaml": good.replace(b"type:str", b"type:int", 1),
        "clear.yaml": good.replace(b"\nf: ", f"\nx: {NEW}\nf: ".encode(), 1),
        "cut.yaml": good[: len(good) // 2],
        "conflict.yaml": good.replace(b"\nf: ", conflict, 1),
        "plain.yaml": f"a: {NEW}\nb: [\n".encode(),
        "plain.json": f'{{"a": "{NEW}", }}'.encode(),
        "plain.env": f"A={NEW}\n{NEW}\n".encode(),
        "plain.ini": f"[s\na = {NEW}\n".encode(),
        "number.yaml": f"a: {NEW}\nb: 18446744073709551615\n".encode(),
    }
    for name, content in bad.items():
        secrets.write(f"s/{name}", content)
    return [f"s/{name}" for name in bad]


@pytest.mark.parametrize("engine", ["embedded", "auto"])
def test_no_message_holds_a_value(secrets: Secrets, engine: str, tmp_path: Path) -> None:
    damaged = _damaged(secrets)
    value = f'{{"x": "{NEW}"}}'.encode()
    commands: list[tuple[str, ...]] = []
    for path in (*FILES, *damaged):
        commands += [
            ("decrypt", path),
            ("decrypt", "--extract", '["a"]["x"]', path),
            ("decrypt", "--output-type", "ini", path),
            ("decrypt", "--output", str(tmp_path), path),
            ("encrypt", path),
            ("encrypt", "--input-type", "binary", "-o", str(tmp_path / "out"), path),
            ("set", "--value-stdin", path, '["a"]["b"]'),
            ("set", "--value-stdin", path, '["s"]["a"]'),
            ("unset", path, '["b"]["c"]["x"]'),
            ("unset", path, '["a"]'),
            ("rotate", path),
            ("decrypt", "--ignore-mac", "--in-place", path),
        ]
    failed = 0
    for command in commands:
        result = sopskit("--engine", engine, "-v", *command, stdin=value)
        failed += result.code != 0
        held = [secret for secret in (CANARY, NEW, secrets.key.identity[16:40]) if secret in result.err]
        assert held == [], command
        assert command[0] == "decrypt" or CANARY not in result.out, command
        assert result.code in (0, 3, 6), (command, result.err)
    assert failed > len(damaged)


def test_no_argument_and_no_file_holds_a_value(secrets: Secrets, tmp_path: Path) -> None:
    """strace sees every program that is started, and every write but to standard output."""
    other = age_key()
    rules = (secrets.root / ".sops.yaml").read_text()
    (secrets.root / ".sops.yaml").write_text(rules.replace("*cedar", f"[*cedar, {other.recipient}]"))
    plain = secrets.write("s/plain.yaml", PLAINTEXTS["one.yaml"])
    for number, (arguments, stdin) in enumerate(
        (
            (("decrypt", *FILES), b""),
            (("encrypt", "--in-place", str(plain)), b""),
            (("set", "--value-stdin", "s/one.yaml", '["a"]'), f'"{NEW}"'.encode()),
            (("unset", "s/one.json", '["f"]'), b""),
            (("rotate", *FILES), b""),
        )
    ):
        trace = tmp_path / f"trace-{number}"
        strace = [program("strace"), "-f", "-s", "100000", "-o", str(trace)]
        calls = "execve,write,pwrite64,writev,sendto,sendmsg"
        argv = [*strace, "-e", f"trace={calls}", sys.executable, "-m", "sopskit", *arguments]
        done = subprocess.run(argv, cwd=secrets.root, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        lines = trace.read_text(errors="replace").splitlines()
        held = [line for line in lines if CANARY in line or NEW in line or "AGE-SECRET" in line]
        assert [line for line in held if " write(1," not in line] == []
        assert bool(held) is (arguments[0] == "decrypt")
        assert any("execve(" in line for line in lines)
