"""exec-env and exec-file: the same values as real sops gives to a command, and none of them elsewhere."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.editing import CANARY, PLAINTEXTS, Editing, editing
from tests.private_memory import eventually, left_in, runtime
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["editing", "runtime"]

FLAT = {
    "flat.yaml": f"""A: {CANARY}
i: 1
neg: -7
f: 1.5
whole: 2.0
big: 1e30
t: true
n: null
e: ""
d: 2020-01-02T03:04:05Z
d2: 2020-01-02
m: |
  two
  lines
# a comment
K: "  spaces €"
HOME: /elsewhere
---
second: document
""",
    "flat.json": f'{{"A": "{CANARY}", "i": 9007199254740993, "f": 1e-7, "n": null, "u": "\\ud83d\\ude00"}}',
    "flat.env": f"A={CANARY}\n# comment\nTWICE=1\nTWICE=2\nB=x=y\nC= s \nD=a\\nb\nE=\n",
    "flat.bin": f"{CANARY}\n\nlines\n",
}


def arguments(*words: str) -> list[str]:
    return [sys.executable, "-m", "sopskit", *words]


def environ(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | more


def run(*words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """sopskit in a process of its own."""
    return subprocess.run(arguments(*words), capture_output=True, check=False, env=environ(**more))


def sops(*words: str) -> subprocess.CompletedProcess[bytes]:
    argv = [program("sops"), *words]
    return subprocess.run(argv, capture_output=True, check=False, env=environ(SOPS_DISABLE_VERSION_CHECK="1"))


def variables(output: bytes) -> dict[bytes, bytes]:
    """What `env -0` printed, without what a shell adds."""
    pairs = (item.split(b"=", 1) for item in output.split(b"\0") if item)
    added = (b"_", b"PWD", b"OLDPWD", b"SHLVL", b"SOPS_DISABLE_VERSION_CHECK")
    return {name: value for name, value in pairs if name not in added}


@pytest.fixture
def flat(editing: Editing) -> Editing:
    for name, text in FLAT.items():
        editing.write_encrypted(f"s/{name}", text)
    editing.commit_all()
    return editing


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("options", [(), ("--pristine",)])
def test_the_environment_is_that_of_sops(flat: Editing, name: str, options: Sequence[str]) -> None:
    ours = run("exec-env", *options, f"s/{name}", "--", "env", "-0")
    theirs = sops("exec-env", *options, f"s/{name}", "env -0")
    assert (ours.returncode, theirs.returncode) == (0, 0), ours.stderr + theirs.stderr
    assert variables(ours.stdout) == variables(theirs.stdout)
    assert CANARY.encode() in ours.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"A": {"b": 1}}', "A is no single value"),
        ('{"A": [1]}', "A is no single value"),
        ('{"A": {}}', "A is no single value"),
        ('{"A=B": 1}', "A=B is no name of a variable"),
        ('{"A": "x\\u0000y"}', "A has a value with a NUL"),
        ('{"A\\u0000B": "x"}', r"A\x00B is no name of a variable"),
    ],
)
def test_what_no_variable_can_hold_is_refused_as_by_sops(editing: Editing, text: str, says: str) -> None:
    editing.write_encrypted("s/x.json", text)
    done = run("exec-env", "s/x.json", "--", "touch", "started")
    assert done.returncode == 6
    assert f"s/x.json: {says}" in done.stderr.decode()
    assert not Path("started").exists()
    assert sops("exec-env", "s/x.json", "touch started").returncode != 0


def test_an_empty_key_is_refused(editing: Editing) -> None:
    """sops passes a variable without a name, which most programs cannot see."""
    editing.write_encrypted("s/x.json", '{"": "x"}')
    assert "an empty key is no name of a variable" in run("exec-env", "s/x.json", "--", "env").stderr.decode()


def test_the_process_becomes_the_command(flat: Editing) -> None:
    """Its number, its streams, its exit code, its signals; Python's habit of ignoring SIGPIPE is undone."""
    script = 'echo "$$ $1"; cat; grep SigIgn /proc/$$/status; exit 7'
    argv = arguments("exec-env", "s/flat.env", "--", "sh", "-c", script, "sh", "$(id) *")
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ())
    output, _ = child.communicate("typed\n")
    number, typed, ignored = output.splitlines()
    assert (number, typed, child.returncode) == (f"{child.pid} $(id) *", "typed", 7)
    assert int(ignored.split()[1], 16) & 1 << (signal.SIGPIPE - 1) == 0
    done = run("exec-env", "s/flat.env", "--", "sh", "-c", "kill -TERM $$")
    assert done.returncode == -signal.SIGTERM


def test_a_value_stands_in_no_argument(flat: Editing, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for words in (("exec-env", "s/flat.env", "--", "env"), ("exec-file", "s/flat.env", "--", "cat", "{}")):
        argv = [program("strace"), "-f", "-s", "4096", "-e", "trace=execve", "-o", str(trace)]
        argv += arguments(*words)
        done = subprocess.run(argv, env=environ(), check=False, capture_output=True)
        assert done.returncode == 0, done.stderr
        calls = trace.read_text()
        assert words[-1].replace("{}", "flat.env") in calls
        assert CANARY in done.stdout.decode()
        assert CANARY not in calls
        assert flat.key.identity not in calls


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("s/flat.env",), 2, "the command is missing"),
        (("s/flat.env", "--"), 2, "the command is missing"),
        (("s/flat.env", "--pristine", "--", "env"), 2, "options stand before the file"),
        (("s/flat.env", "--", "no-such-program"), 4, "no-such-program is not installed"),
        (("s/flat.env", "--", "./s/flat.env"), 4, "flat.env is no program, or may not be run"),
        (("s/flat.env", "--", "echo $A"), 4, "for a shell: -- sh -c"),
        (("s/none.env", "--", "env"), 6, "no such file"),
        ((".sops.yaml", "--", "env"), 6, "is not encrypted"),
        (("--user", "no-such-user", "s/flat.env", "--", "env"), 6, "there is no user 'no-such-user'"),
    ],
)
def test_exec_env_says_what_is_wrong(flat: Editing, words: Sequence[str], code: int, says: str) -> None:
    done = run("exec-env", *words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr.decode()
    assert done.stdout == b""


def test_the_values_decide_where_the_command_is_found(editing: Editing, tmp_path: Path) -> None:
    """As in sops, whose shell has the PATH of the file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "own-program").write_text("#!/bin/sh\necho found\n")
    (folder / "own-program").chmod(0o755)
    editing.write_encrypted("s/x.env", f"PATH={folder}\n")
    assert run("exec-env", "s/x.env", "--", "own-program").stdout == b"found\n"
    assert sops("exec-env", "s/x.env", "own-program").stdout == b"found\n"


@pytest.mark.parametrize("path", PLAINTEXTS)
@pytest.mark.parametrize("options", [(), ("--no-fifo",)])
def test_the_file_is_that_of_sops(editing: Editing, path: str, options: Sequence[str]) -> None:
    ours = run("exec-file", *options, path, "--", "cat", "{}")
    assert (ours.returncode, ours.stdout) == (0, sops("exec-file", *options, path, "cat {}").stdout)
    assert CANARY.encode() in ours.stdout


def test_output_type(editing: Editing) -> None:
    for kind in ("json", "yaml"):
        ours = run("exec-file", "--output-type", kind, "s/one.yaml", "--", "cat", "{}")
        theirs = sops("exec-file", "--output-type", kind, "s/one.yaml", "cat {}")
        assert ours.stdout.strip() == theirs.stdout.strip()


def test_where_the_file_stands(editing: Editing, runtime: Path) -> None:
    """The placeholder may be a part of an argument, and stand in several."""
    script = 'stat -c "%F,%a,%n" "${1#file=}" "$(dirname "$2")"; cat "$2" > /dev/null'
    for options, kind in (((), "fifo"), (("--no-fifo", "--filename", "x y.yaml"), "regular file")):
        done = run("exec-file", *options, "s/one.yaml", "--", "sh", "-c", script, "sh", "file={}", "{}")
        file, folder = done.stdout.decode().splitlines()
        assert file.split(",")[:2] == [kind, "600"]
        assert folder.split(",")[:2] == ["directory", "700"]
        path = Path(file.split(",")[2])
        assert path.name == ("x y.yaml" if options else "one.yaml")
        assert path.parent.parent == runtime
        assert not path.parent.exists()


def test_a_file_is_read_as_often_as_one_likes(editing: Editing) -> None:
    done = run("exec-file", "--no-fifo", "s/one.env", "--", "cat", "{}", "{}")
    assert done.stdout == PLAINTEXTS["s/one.env"].encode() * 2


@pytest.mark.parametrize("command", [("true", "{}"), ("test", "-p", "{}"), ("head", "-c", "1", "{}")])
def test_a_pipe_that_is_not_read_holds_nothing_up(editing: Editing, command: Sequence[str]) -> None:
    assert run("exec-file", "s/one.yaml", "--", *command).returncode == 0


@pytest.mark.parametrize("options", [(), ("--no-fifo",)])
def test_exec_file_returns_what_the_command_returns(editing: Editing, options: Sequence[str]) -> None:
    for script, code in (("exit 9", 9), ("kill -TERM $$", 128 + signal.SIGTERM)):
        done = run("exec-file", *options, "s/one.yaml", "--", "sh", "-c", f": {{}}; {script}")
        assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("s/one.yaml", "--", "cat"), 2, "the command has no {}"),
        (("s/one.yaml",), 2, "the command is missing"),
        (("--filename", "/etc/x", "s/one.yaml", "--", "cat", "{}"), 2, "no name of a file"),
        (("--filename", "..", "s/one.yaml", "--", "cat", "{}"), 2, "no name of a file"),
        (("--output-type", "dotenv", "s/one.yaml", "--", "cat", "{}"), 6, "nested"),
        (("s/one.yaml", "--", "no-such-program", "{}"), 4, "no-such-program is not installed"),
        (("s/none.yaml", "--", "cat", "{}"), 6, "no such file"),
    ],
)
def test_exec_file_says_what_is_wrong(editing: Editing, words: Sequence[str], code: int, says: str) -> None:
    done = run("exec-file", *words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.parametrize("options", [(), ("--no-fifo",)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_from_outside_it_leaves_no_plaintext(
    editing: Editing, runtime: Path, options: Sequence[str], number: int
) -> None:
    script = "echo $$; exec sleep 60"
    argv = arguments("exec-file", *options, "s/one.yaml", "--", "sh", "-c", f": {{}}; {script}")
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ())
    assert child.stdout is not None
    command = int(child.stdout.readline())
    assert left_in(runtime) != []
    child.send_signal(number)
    code = child.wait(timeout=20)
    assert eventually(lambda: left_in(runtime) == [])
    if number == signal.SIGTERM:  # passed on
        assert code == 128 + signal.SIGTERM
    else:
        os.kill(command, signal.SIGKILL)
    child.communicate()


def test_with_a_bad_mac_no_command_starts(editing: Editing) -> None:
    subprocess.run(["sed", "-i", "/^last:/d", "s/one.yaml"], check=True)
    for command in (("exec-env", "s/one.yaml"), ("exec-file", "s/one.yaml")):
        done = run(*command, "--", "touch", "started", "{}")
        assert done.returncode == 6
        assert "the MAC does not match" in done.stderr.decode()
        assert not Path("started").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_gets_the_values_and_his_home(flat: Editing) -> None:
    script = f"id -un; echo $HOME; echo $A; touch {shlex.quote(str(flat.root))}/forbidden"
    done = run("exec-env", "--user", "nobody", "s/flat.env", "--", "sh", "-c", script)
    name, home, value = done.stdout.decode().split()
    assert (name, value) == ("nobody", CANARY)
    assert home != os.environ["HOME"]
    assert not (flat.root / "forbidden").exists()
    for option in ((), ("--no-fifo",)):
        done = run("exec-file", *option, "--user", "nobody", "s/flat.env", "--", "cat", "{}")
        assert CANARY in done.stdout.decode(), done.stderr


def test_keys_and_values_are_bytes_whatever_the_encoding(editing: Editing) -> None:
    """A shell, which sops runs, would also drop names such as this."""
    editing.write_encrypted("s/x.yaml", "a key.€: €\n")
    for encoding in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = run("exec-env", "s/x.yaml", "--", "printenv", "a key.€", **encoding)
        assert done.stdout == "€\n".encode(), done.stderr
