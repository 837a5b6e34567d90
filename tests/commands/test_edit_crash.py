"""sopskit edit killed at every step, on a full disk, and in a terminal where something goes wrong."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.editing import CANARY, PLAINTEXTS, Editing, editing
from tests.commands.test_crash import contents, killed_at
from tests.commands.test_interactive import CTRL_C, DOWN, ENTER, Session, sessions, start
from tests.commands.workbench import sopskit
from tests.private_memory import eventually, is_empty, left_in, runtime

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["editing", "runtime", "sessions"]

CHANGED = PLAINTEXTS["s/one.yaml"].replace(CANARY, "changed")


def test_a_kill_at_every_step_leaves_the_old_or_the_new_file(editing: Editing, runtime: Path) -> None:
    os.environ["EDITOR"] = editing.editor(f"sed -i s/{CANARY}/changed/ $1; cp $1 $1~")
    before, step, seen = contents(editing.root), 1, set()
    original = (editing.root / "s/one.yaml").read_bytes()
    while killed_at(step, editing.root, "-q", "edit", "s/one.yaml"):
        assert eventually(lambda: left_in(runtime) == []), f"step {step}"
        assert sopskit("-q", "hosts").code == 0  # the next command, whatever it is, recovers
        assert is_empty(runtime), f"step {step}"
        after = contents(editing.root)
        is_new = after != before
        seen.add(is_new)
        assert after.keys() == before.keys(), f"step {step}: files left over"
        if is_new:
            assert editing.plaintext("s/one.yaml") == CHANGED
            (editing.root / "s/one.yaml").write_bytes(original)
        step += 1
    assert seen == {False, True}
    assert step > 20


def test_a_kill_while_a_text_is_kept_leaves_the_file(editing: Editing, runtime: Path) -> None:
    os.environ["EDITOR"] = editing.editor("echo 'a: [' > $1")
    original, step = (editing.root / "s/one.yaml").read_bytes(), 1
    kept = editing.root / "s/one.yaml.edited"
    while True:
        try:
            killed = killed_at(step, editing.root, "-q", "edit", "s/one.yaml")
        except AssertionError:  # it came to its end, with exit code 6
            killed = False
        assert eventually(lambda: left_in(runtime) == []), f"step {step}"
        assert (editing.root / "s/one.yaml").read_bytes() == original
        if not killed:
            break
        kept.unlink(missing_ok=True)
        step += 1
    assert editing.plaintext("s/one.yaml.edited") == "a: [\n"
    assert step > 8


def test_a_full_disk_is_an_error_and_nothing_is_lost(editing: Editing, tmp_path: Path) -> None:
    """The repository's disk; the plaintext is elsewhere. Nothing can be kept there either."""
    with full_disk(editing, tmp_path) as fill:
        before = contents(Path.cwd())
        fill()
        result = editing.edit("head -c 30000 /dev/zero | tr '\\0' x | sed 's/^/a: /' > $1", "s/one.yaml")
        assert result.code == 6
        assert "no space left" in result.err
        after = {path: digest for path, digest in contents(Path.cwd()).items() if ".sopskit" not in path}
        assert after == before | {"ballast": after["ballast"]}


class full_disk:  # noqa: N801 - used as a function
    """A small file system with the repository's files as the working directory; yields what fills it."""

    def __init__(self, editing: Editing, tmp_path: Path) -> None:
        self._editing, self._folder, self._back = editing, tmp_path / "disk", tmp_path

    def __enter__(self) -> Callable[[], None]:
        self._folder.mkdir()
        argv = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self._folder)]
        if subprocess.run(argv, capture_output=True, check=False).returncode != 0:
            if os.environ.get("CI"):
                pytest.fail("mounting a tmpfs is not permitted")
            pytest.skip("mounting a tmpfs is not permitted")
        subprocess.run(["cp", "-r", "s", ".sops.yaml", str(self._folder)], check=True)
        os.chdir(self._folder)
        return self.fill

    def fill(self) -> None:
        """Leave room for the journal and little else."""
        Path("ballast").touch()
        filesystem = os.statvfs(".")
        Path("ballast").write_bytes(b"\0" * (filesystem.f_bavail * filesystem.f_frsize - 5 * 4096))

    def __exit__(self, *_: object) -> None:
        os.chdir(self._back)
        subprocess.run(["umount", str(self._folder)], check=True)


# In a terminal.


def counting(editing: Editing, *scripts: str) -> None:
    """An editor that does another thing each time."""
    count = editing.scripts / "count"
    count.write_text("0")
    cases = " ".join(f"{number}) {script};;" for number, script in enumerate(scripts))
    os.environ["EDITOR"] = editing.editor(
        f"n=$(cat {count}); echo $((n + 1)) > {count}; case $n in {cases} esac"
    )


QUESTION = "The file was not saved. What now?"


def test_what_does_not_parse_is_edited_again(editing: Editing, sessions: list[Session]) -> None:
    counting(editing, "echo 'a: [' > $1", "grep -q '\\[' $1; echo 'a: 2' > $1")
    session = start(sessions, "edit", "s/one.yaml")
    session.waits_for(QUESTION)
    assert "s/one.yaml:" in session.screen()
    session.types(ENTER)
    session.waits_for("wrote s/one.yaml")
    assert session.exit_code() == 0
    assert editing.changed() == ["s/one.yaml"]
    assert editing.plaintext("s/one.yaml") == "a: 2\n"


def test_an_edit_taken_back_after_an_error_changes_nothing(editing: Editing, sessions: list[Session]) -> None:
    counting(editing, "cp $1 $1.old; echo 'a: [' > $1", "mv $1.old $1")
    session = start(sessions, "edit", "s/one.yaml")
    session.waits_for(QUESTION)
    session.types(ENTER)
    session.waits_for("not changed")
    assert (session.exit_code(), editing.changed()) == (0, [])


@pytest.mark.parametrize(
    ("keys", "kept"),
    [((DOWN, ENTER), ["s/one.yaml.edited"]), ((DOWN, DOWN, ENTER), []), ((CTRL_C,), ["s/one.yaml.edited"])],
)
def test_it_is_kept_or_discarded(
    editing: Editing, sessions: list[Session], keys: tuple[str, ...], kept: list[str]
) -> None:
    """Ctrl-C at the question keeps it: nobody said that it may go."""
    os.environ["EDITOR"] = editing.editor("echo 'a: [' > $1")
    session = start(sessions, "edit", "s/one.yaml")
    session.waits_for(QUESTION)
    session.types(*keys)
    assert session.exit_code() == 6
    assert editing.changed() == kept
    assert ("--resume" in session.screen()) is bool(kept)
    if kept:
        assert editing.plaintext("s/one.yaml.edited") == "a: [\n"


def test_an_editor_that_failed_is_started_again(editing: Editing, sessions: list[Session]) -> None:
    counting(editing, "echo 'a: 2' > $1; exit 1", "echo 'a: 3' > $1")
    session = start(sessions, "edit", "s/one.yaml")
    session.waits_for(QUESTION)
    session.types(ENTER)
    assert session.exit_code() == 0
    assert editing.plaintext("s/one.yaml") == "a: 3\n"


def test_ctrl_c_in_the_editor_reaches_the_editor_once_and_nobody_else(
    editing: Editing, sessions: list[Session]
) -> None:
    seen, ready = editing.scripts / "seen", editing.scripts / "ready"
    wait = f"touch {ready}; while ! [ -e {seen} ]; do sleep 0.1 || :; done; sleep 0.3"
    os.environ["EDITOR"] = editing.editor(
        f"trap 'echo got >> {seen}' INT; {wait}; sed -i s/{CANARY}/changed/ $1"
    )
    session = start(sessions, "edit", "s/one.yaml")
    assert eventually(ready.exists)
    session.types(CTRL_C)
    session.waits_for("wrote s/one.yaml")
    assert session.exit_code() == 0
    assert seen.read_text() == "got\n"
    assert editing.plaintext("s/one.yaml") == CHANGED


def test_room_can_be_made_on_a_full_disk(editing: Editing, tmp_path: Path, sessions: list[Session]) -> None:
    """To go back to the editor and leave it again saves once more; unchanged values keep their text."""
    with full_disk(editing, tmp_path) as fill:
        before = Path("s/one.json").read_text().splitlines()
        fill()
        long = "x" * 20000
        counting(editing, f"sed -i 's/{CANARY}/{long}/' $1", "true")
        session = start(sessions, "edit", "s/one.json")
        session.waits_for(QUESTION)
        assert "no space left" in session.screen()
        Path("ballast").unlink()
        session.types(ENTER)
        session.waits_for("wrote s/one.json")
        assert session.exit_code() == 0
        after = Path("s/one.json").read_text().splitlines()
    assert 2 <= sum(old != new for old, new in zip(before, after, strict=True)) <= 3
