"""Plaintext for editors and commands: where it stands, and that no end of ours leaves it behind."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.private_folder import PrivateFolder, remove_abandoned
from tests.killing import dies_at
from tests.private_memory import SHM, eventually, is_empty, left_in, runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["runtime"]

CANARY = b"canary-51f0c2"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_reads_it_and_it_is_gone_afterwards(runtime: Path) -> None:
    with PrivateFolder() as folder:
        path = folder.write("a.yaml", CANARY)
        assert (mode(folder.path), mode(path), path.read_bytes()) == (0o700, 0o600, CANARY)
        assert (folder.path.parent, folder.in_memory) == (runtime, True)
    assert not folder.path.exists()


def test_what_an_editor_leaves_in_it_is_gone_as_well(runtime: Path) -> None:
    with PrivateFolder() as folder:
        (folder.path / "undo").mkdir()
        (folder.path / "undo" / ".a.yaml.swp").write_bytes(CANARY)
        (folder.path / "link").symlink_to("/etc")
    assert not folder.path.exists()
    assert Path("/etc/passwd").exists()


def test_an_exception_removes_it(runtime: Path) -> None:
    def interrupted() -> None:
        with PrivateFolder() as folder:
            folder.write("a.yaml", CANARY)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert is_empty(runtime)


def test_a_runtime_folder_that_others_may_enter_is_not_used(runtime: Path) -> None:
    runtime.chmod(0o755)
    with PrivateFolder() as folder:
        assert folder.path.parent == SHM
        assert mode(folder.path) == 0o700


def test_a_runtime_folder_on_a_disk_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with PrivateFolder() as folder:
        assert (folder.path.parent, folder.in_memory) == (SHM, True)


def test_without_a_tmpfs_it_is_in_tmpdir(tmp_path: Path) -> None:
    """In a mount namespace of its own, where a folder of the disk hides /dev/shm."""
    (tmp_path / "temporary").mkdir()
    script = (
        "from sopskit.repo.private_folder import PrivateFolder\n"
        "with PrivateFolder() as folder:\n"
        "    print(folder.path.parent, folder.in_memory)\n"
    )
    inner = 'mount --bind "$1" /dev/shm && exec "$2" -c "$3"'
    argv = ["unshare", "--mount", "sh", "-c", inner, "sh", str(tmp_path), sys.executable, script]
    environ = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("mount namespaces are not permitted")
    assert done.stdout.split() == [str(tmp_path / "temporary"), "False"], done.stderr
    assert is_empty(tmp_path / "temporary")


def test_no_folder_anywhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(FailedError, match="no space left"), PrivateFolder():
        pass


def test_a_file_that_does_not_fit_is_an_error_and_nothing_stays(runtime: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
        with pytest.raises(FailedError, match="no space left"), PrivateFolder() as folder:
            folder.write("a.yaml", CANARY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not folder.path.exists()


def write_and_leave() -> None:
    with PrivateFolder() as folder:
        folder.write("a.yaml", CANARY)
        folder.write("b.yaml", CANARY)


def test_a_kill_at_any_step_leaves_no_plaintext(runtime: Path) -> None:
    step = 1
    while dies_at(step, write_and_leave):
        assert eventually(lambda: left_in(runtime) == []), f"step {step}: {left_in(runtime)}"
        step += 1
    assert step > 8
    remove_abandoned()  # killed before it had a watcher: an empty folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_a_signal_that_ends_the_process_leaves_no_plaintext(runtime: Path, number: int) -> None:
    with holder() as child:
        assert left_in(runtime) != []
        child.send_signal(number)
        assert child.wait() == -number
        assert eventually(lambda: is_empty(runtime))


class holder:  # noqa: N801 - used as a function
    """A process that holds a private folder with plaintext until it is killed."""

    SCRIPT = (
        "import resource, signal, sys\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "from sopskit.repo.private_folder import PrivateFolder\n"
        "with PrivateFolder() as folder:\n"
        "    folder.write('a.yaml', b'canary-51f0c2')\n"
        "    print(folder._watcher.pid, flush=True)\n"
        "    signal.pause()\n"
    )

    def __enter__(self) -> subprocess.Popen[str]:
        environ = os.environ | {"SOPS_AGE_KEY": "AGE-SECRET-KEY-1CANARY"}
        argv = [sys.executable, "-c", self.SCRIPT]
        self._child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ)
        assert self._child.stdout is not None
        self.watcher = int(self._child.stdout.readline())
        self._child.watcher = self.watcher  # type: ignore[attr-defined]
        return self._child

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()


def test_the_watcher_knows_no_secret_and_ends_with_the_folder(runtime: Path) -> None:
    with holder() as child:
        process = Path(f"/proc/{child.watcher}")  # type: ignore[attr-defined]
        environ = (process / "environ").read_bytes()
        assert b"CANARY" not in environ
        assert b"SOPS_AGE_KEY" not in environ
        assert b"canary" not in (process / "cmdline").read_bytes()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(child.watcher, number)  # type: ignore[attr-defined]
        child.kill()
        child.wait()
        assert eventually(lambda: is_empty(runtime))
        assert eventually(lambda: not process.exists())


def test_without_its_watcher_the_folder_still_goes(runtime: Path) -> None:
    with PrivateFolder() as folder:
        folder.write("a.yaml", CANARY)
        assert folder._watcher is not None
        folder._watcher.kill()
    assert not folder.path.exists()


def test_where_the_watcher_was_killed_too_the_next_command_cleans_up(runtime: Path) -> None:
    with holder() as child:
        remove_abandoned()
        assert left_in(runtime) != []  # its owner lives
        os.kill(child.watcher, signal.SIGKILL)  # type: ignore[attr-defined]
        child.kill()
        child.wait()
        assert left_in(runtime) != []
        remove_abandoned()
        assert is_empty(runtime)


@pytest.fixture
def lookalikes(runtime: Path) -> Iterator[list[Path]]:
    """What has such a name and is not ours."""
    target = runtime / "precious"
    target.mkdir(0o700)
    link, opened, file = (runtime / f"sopskit-private-{number:016x}" for number in range(3))
    link.symlink_to(target)
    opened.mkdir()
    opened.chmod(0o755)
    file.touch(0o600)
    yield [target, link, opened, file]
    for path in (link, file):
        path.unlink()
    for path in (target, opened):
        path.rmdir()


def test_what_only_looks_abandoned_is_left_alone(lookalikes: list[Path]) -> None:
    remove_abandoned()
    assert all(os.path.lexists(path) for path in lookalikes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_left_alone(runtime: Path) -> None:
    folder = runtime / "sopskit-private-0123456789abcdef"
    folder.mkdir(0o700)
    os.chown(folder, 65534, 65534)
    remove_abandoned()
    folder.rmdir()


def test_a_pipe_is_read_once(runtime: Path) -> None:
    content = CANARY * 100_000
    with PrivateFolder() as folder, folder.pipe("a.yaml", content) as path:
        assert stat.S_ISFIFO(path.stat().st_mode)
        assert mode(path) == 0o600
        assert path.read_bytes() == content


@pytest.mark.parametrize("limit", [0, 1, 100_000])
def test_a_pipe_that_is_not_read_to_its_end_holds_nothing_up(runtime: Path, limit: int) -> None:
    with PrivateFolder() as folder, folder.pipe("a.yaml", CANARY * 100_000) as path:
        if limit:
            with path.open("rb") as stream:
                stream.read(limit)
    assert not folder.path.exists()


def test_a_pipe_that_was_removed_holds_nothing_up(runtime: Path) -> None:
    with PrivateFolder() as folder, folder.pipe("a.yaml", CANARY) as path:
        path.unlink()
