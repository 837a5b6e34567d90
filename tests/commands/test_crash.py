"""Changes of many files killed with SIGKILL at every step of the write path, and faults of the disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.workbench import Workbench, age_key, sopskit


def contents(root: Path) -> dict[str, bytes]:
    """Every file outside of .git, by path, as a digest."""
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).digest() for path in files}


def stanzas_of(root: Path, recipient: str) -> int:
    """How many files have a stanza for, or name, a recipient."""
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return sum(recipient.encode() in path.read_bytes() for path in files)


def killed_at(step: int, root: Path, *arguments: str) -> bool:
    """Run the command line in a process that is killed at a step; False if it came to its end."""
    argv = [sys.executable, "-m", "tests.killing", str(step), "--", "sopskit.cli.main:main", *arguments]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(argv, cwd=root, env=environ, capture_output=True, check=False)
    if done.returncode == -signal.SIGKILL:
        return True
    assert done.returncode == 0, done.stderr
    return False


@pytest.fixture
def small(age_sample: Workbench) -> Workbench:
    """The sample with three files and one rule's worth of work: as many steps as it takes, and no more."""
    for path in age_sample.secret_files():
        if path not in ("shared/wifi.yaml", "shared/s3.env", "shared/borg.key"):
            (age_sample.root / path).unlink()
    age_sample.commit_all()
    return age_sample


@pytest.mark.parametrize("work", ["add-host", "remove-host"])
def test_a_kill_at_every_step_leaves_the_old_or_the_new_state(
    small: Workbench, tmp_path: Path, work: str
) -> None:
    recipient = age_key().recipient
    options: tuple[str, ...] = ("--key", recipient, "--all-rules")
    old, new = 0, 4
    if work == "remove-host":  # which rotates the files
        assert sopskit("add-host", "willow", *options, "--yes").code == 0
        options, old, new = (), 4, 0
    command = ("--jobs", "1", "-q", work, "willow", *options, "--yes")
    before, seen, step = contents(small.root), set(), 0
    pristine = tmp_path / "pristine"
    shutil.copytree(small.root, pristine, symlinks=True)
    while True:
        step += 1
        if not killed_at(step, small.root, *command):
            break
        assert sopskit("-q", "hosts").code == 0  # the next command, whatever it is, recovers
        after = contents(small.root)
        count = stanzas_of(small.root, recipient)
        assert (after == before) if count == old else (count == new), f"step {step}: {count} of 4 name it"
        assert after.keys() == before.keys(), f"step {step}: files left over"
        seen.add(count)
        if count == new:
            shutil.rmtree(small.root)
            shutil.copytree(pristine, small.root, symlinks=True)
            os.chdir(small.root)
    assert seen == {0, 4}  # it was killed before and after the point of no return
    assert step > 20


def test_a_rotation_killed_at_every_step_leaves_all_old_or_all_new(small: Workbench) -> None:
    """Whether the next command finds each file as it was, or all with a new data key; all open."""
    paths = small.secret_files()
    before, step, seen = contents(small.root), 0, set()
    while killed_at(step := step + 1, small.root, "--jobs", "1", "-q", "rotate", *paths):
        assert sopskit("-q", "hosts").code == 0
        after = contents(small.root)
        assert after.keys() == before.keys(), f"step {step}: files left over"
        changed = [path for path in paths if after[path] != before[path]]
        assert changed in ([], paths), f"step {step}"
        assert sopskit("decrypt", *paths).code == 0
        seen.add(bool(changed))
        before = after
    assert seen == {True, False}
    assert step > 20


def test_a_killed_worker_is_an_error_and_nothing_is_lost(sample: Workbench, tmp_path: Path) -> None:
    content = (sample.root / "shared/wifi.yaml").read_bytes()
    for number in range(300):
        (sample.root / f"shared/{number}.yaml").write_bytes(content)
    sample.commit_all()
    script = (
        "import os, signal, sys\n"
        "from sopskit.engines.service_engine import ServiceEngine\n"
        "from sopskit.cli.main import main\n"
        "rewrap = ServiceEngine.rewrap\n"
        "def dying(self, request):\n"
        "    if request.path == 'shared/250.yaml': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return rewrap(self, request)\n"
        "ServiceEngine.rewrap = dying\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    argv = ["--jobs", "2", "add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes"]
    done = subprocess.run(
        [sys.executable, "-c", script, *argv], cwd=sample.root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, sample.changed()) == (6, [])
    assert "worker process was killed" in done.stderr


@pytest.mark.parametrize("work", ["add-host", "remove-host", "rotate"])
def test_a_full_disk_is_an_error_and_nothing_is_lost(
    age_sample: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    command: tuple[str, ...] = ("add-host", "willow", "--key", age_key().recipient, "--rule", "4")
    if work == "remove-host":
        assert sopskit(*command, "--yes").code == 0
        command = ("remove-host", "willow")
    if work == "rotate":
        command = ("rotate", *(path for path in age_sample.secret_files() if path.startswith("shared/")))
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)], capture_output=True, check=False
    )
    if mount.returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("mounting a tmpfs is not permitted")
        pytest.skip("mounting a tmpfs is not permitted")
    try:
        monkeypatch.chdir(mounted)
        for name in ("shared", ".sops.yaml"):
            source = age_sample.root / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, mounted / name)
        (mounted / "ballast").touch()
        filesystem = os.statvfs(mounted)
        free = filesystem.f_bavail * filesystem.f_frsize
        (mounted / "ballast").write_bytes(b"\0" * (free - 12 * 4096))
        before = contents(mounted)
        result = sopskit(*command, *([] if work == "rotate" else ["--yes"]))
        assert result.code == 6
        assert "space" in result.err
        after = {path: digest for path, digest in contents(mounted).items() if ".sopskit" not in path}
        assert after == before
    finally:
        monkeypatch.chdir(tmp_path)
        subprocess.run(["umount", str(mounted)], check=True)


def test_a_file_edited_meanwhile_is_an_error_and_keeps_the_edit(
    sample: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edited between the plan and the write, as while the question waits for its answer."""
    from sopskit.workflows import apply

    real = apply.apply
    target = sample.root / "shared/wifi.yaml"

    def edit_first(*arguments: object, **keywords: object) -> object:
        target.write_text(target.read_text() + "# edited meanwhile\n")
        return real(*arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(apply, "apply", edit_first)
    result = sopskit("add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (6, ["shared/wifi.yaml"])
    assert "changed since it was read" in result.err
    assert target.read_text().endswith("# edited meanwhile\n")


def test_a_second_command_at_the_same_time_is_refused(sample: Workbench) -> None:
    from sopskit.repo.discovery import Repository
    from sopskit.repo.lock import RepositoryLock

    with RepositoryLock(Repository.open(sample.root)):
        result = sopskit("add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (6, [])
    assert str(os.getpid()) in result.err
