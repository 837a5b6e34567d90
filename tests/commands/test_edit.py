"""sopskit edit: editors that behave and editors that do not; real sops reads what was saved."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.editing import CANARY, PLAINTEXTS, Editing, editing
from tests.commands.workbench import age_key, sopskit
from tests.private_memory import eventually, is_empty, left_in, runtime
from tests.programs import program

__all__ = ["editing", "runtime"]

REPLACE = f"sed -i s/{CANARY}/changed/"


@pytest.mark.parametrize("path", PLAINTEXTS)
def test_a_changed_value_is_a_diff_of_one_line(editing: Editing, path: str) -> None:
    """Beside it only the MAC and the time differ."""
    result = editing.edit(f'{REPLACE} "$1"', path)
    assert (result.code, result.err) == (0, f"wrote {path}\n")
    assert editing.changed() == [path]
    assert editing.plaintext(path) == PLAINTEXTS[path].replace(CANARY, "changed")
    removed, added = (int(text) for text in editing.git("diff", "--numstat").split()[:2])
    assert 2 <= removed == added <= 3  # the time may be the same second


@pytest.mark.parametrize("path", PLAINTEXTS)
def test_nothing_is_written_where_nothing_changed(editing: Editing, path: str) -> None:
    before = (editing.root / path).stat()
    result = editing.edit("touch $1", path)
    assert (result.code, result.err) == (0, f"{path} stays as it is: not changed\n")
    assert (editing.root / path).stat() == before


@pytest.mark.parametrize(
    "text",
    [
        'a: one\nb: "y"\nc: "1"\nd: |\n    x\n    z\ne: "null"\n',
        'x:\n    - "1"\n    - a: one\n      b: "2"\n    - "3"\ny: "4"\n',
        'a: one\n---\nb: "1"\n---\nc: |\n    x\n',
        '# "1"\na: one # "2"\nb: "1" # "3"\n',
        'a: "1"\nb: "1"\nc: one\nd: "1"\n',
        'c: ""\na: one\nd: null\nb: "1.5"\ne: 1.5\n',
    ],
)
def test_a_value_that_plaintext_spells_otherwise_is_no_change(editing: Editing, text: str) -> None:
    """sops writes the ENC of "1" plain, and the string itself in quotes."""
    editing.write_encrypted("s/spelled.yaml", text)
    editing.commit_all()
    before = str(editing.plaintext("s/spelled.yaml"))
    assert editing.edit("sed -i s/one/two/ $1", "s/spelled.yaml").code == 0
    assert editing.plaintext("s/spelled.yaml") == before.replace("one", "two")
    documents = text.count("---") + 1  # each carries the MAC and the time
    assert 1 + documents <= len(editing.removed_lines("s/spelled.yaml")) <= 1 + 2 * documents


def test_a_value_that_was_edited_beside_one_that_is_spelled_otherwise(editing: Editing) -> None:
    editing.write_encrypted("s/spelled.yaml", 'a: "1"\nb: |\n    x\nc: "3"\n')
    editing.commit_all()
    script = 'printf \'a: "2"\\nb: |\\n    x\\n# new\\nd: 1\\nc: "3"\\n\' > $1'
    assert editing.edit(script, "s/spelled.yaml").code == 0
    assert editing.plaintext("s/spelled.yaml") == 'a: "2"\nb: |\n    x\n# new\nd: 1\nc: "3"\n'
    assert 2 <= len(editing.removed_lines("s/spelled.yaml")) <= 3


def test_the_editor_sees_the_name_and_nobody_else_sees_the_file(editing: Editing, runtime: Path) -> None:
    script = f"stat -c '%a %n' $1 $(dirname $1) > {editing.scripts}/seen"
    assert editing.edit(script, "s/one.yaml").code == 0
    file, folder = (editing.scripts / "seen").read_text().splitlines()
    assert file.split()[0] == "600"
    assert folder.split()[0] == "700"
    assert Path(file.split()[1]).name == "one.yaml"
    assert Path(folder.split()[1]).parent == runtime


def test_what_editors_leave_beside_the_file_is_gone(editing: Editing) -> None:
    """One that saves by renaming, with a backup and a swap file."""
    script = f"cd $(dirname $1); cp $1 $1~; cp $1 .swp; sed s/{CANARY}/changed/ $1 > new; mv new $1"
    assert editing.edit(script, "s/one.yaml").code == 0
    assert CANARY not in str(editing.plaintext("s/one.yaml"))
    assert editing.changed() == ["s/one.yaml"]


# Texts that cannot be saved, without a terminal: nothing is lost, nothing is left in the clear.


@pytest.mark.parametrize(
    ("path", "broken", "says"),
    [
        ("s/one.yaml", "a: 1\nb: [\n", "s/one.yaml:"),
        ("s/one.yaml", "a: 1\na: 2\n", "s/one.yaml:2: "),
        ("s/one.yaml", "- 1\n- 2\n", "s/one.yaml"),
        ("s/one.yaml", "a: 18446744073709551615\n", "s/one.yaml"),
        ("s/one.yaml", "sops: 1\n", "encrypted already"),
        ("s/one.json", '{\n"a": 1,\n}\n', "s/one.json:"),
        ("s/one.json", "", "s/one.json"),
        ("s/one.env", "A=1\nno assignment\n", "s/one.env:2: "),
    ],
)
def test_a_text_that_cannot_be_encrypted_is_kept_encrypted(
    editing: Editing, path: str, broken: str, says: str
) -> None:
    (editing.scripts / "broken").write_text(broken)
    result = editing.edit(f"cp {editing.scripts}/broken $1", path)
    assert result.code == 6
    assert says in result.err
    assert f"sopskit edit --resume {path}.edited {path}" in result.err
    assert editing.changed() == [f"{path}.edited"]
    assert editing.plaintext(f"{path}.edited") == broken
    if broken:
        assert broken.encode() not in (editing.root / f"{path}.edited").read_bytes()


@pytest.mark.parametrize(
    "hostile",
    [
        b"a: " + b"[" * 10_000 + b"]" * 10_000,
        b"a: \0\n",
        b"a: \xff\n",
        b"a0: &a0 [1]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 64)),
    ],
    ids=["nested", "NUL", "no UTF-8", "bomb"],
)
def test_hostile_text_is_kept_too(editing: Editing, hostile: bytes) -> None:
    (editing.scripts / "hostile").write_bytes(hostile)
    result = editing.edit(f"cp {editing.scripts}/hostile $1", "s/one.yaml")
    assert (result.code, editing.changed()) == (6, ["s/one.yaml.edited"])
    opened = sopskit("decrypt", "s/one.yaml.edited", "--output", str(editing.scripts / "opened"))
    assert opened.code == 0, opened.err
    assert (editing.scripts / "opened").read_bytes() == hostile


def test_what_was_kept_can_be_gone_on_with(editing: Editing) -> None:
    assert editing.edit('printf "a: [1\\n" > $1', "s/one.yaml").code == 6
    result = editing.edit('echo "a: [1]" > $1', "--resume", "s/one.yaml.edited", "s/one.yaml")
    assert result.code == 0
    assert editing.plaintext("s/one.yaml") == "a:\n    - 1\n"
    assert "s/one.yaml.edited is no longer needed" in result.err
    assert (editing.root / "s/one.yaml.edited").exists()


def test_the_editor_starts_with_what_was_kept(editing: Editing) -> None:
    assert editing.edit("echo broken: [ > $1", "s/one.yaml").code == 6
    seen = editing.scripts / "seen"
    result = editing.edit(f"cp $1 {seen}", "--resume", "s/one.yaml.edited", "s/one.yaml")
    assert seen.read_text() == "broken: [\n"
    assert result.code == 6
    assert editing.changed() == ["s/one.yaml.edited"]  # and not kept a second time


def test_an_earlier_text_that_was_kept_is_not_overwritten(editing: Editing) -> None:
    for number in (1, 2, 3):
        assert editing.edit(f"echo '{number}: [' > $1", "s/one.yaml").code == 6
    kept = ["s/one.yaml.edited", "s/one.yaml.edited-2", "s/one.yaml.edited-3"]
    assert editing.changed() == kept
    assert [editing.plaintext(path) for path in kept] == ["1: [\n", "2: [\n", "3: [\n"]


def test_an_editor_that_fails_having_changed_nothing(editing: Editing) -> None:
    """As `:cq` in vim."""
    result = editing.edit("exit 3", "s/one.yaml")
    assert (result.code, editing.changed()) == (6, [])
    assert "the editor failed (status 3); nothing was written" in result.err


@pytest.mark.parametrize("end", ["exit 1", "kill -KILL $$", "kill -SEGV $$"])
def test_an_editor_that_fails_having_written(editing: Editing, end: str) -> None:
    result = editing.edit(f"ulimit -c 0; echo a: 2 > $1; {end}", "s/one.yaml")
    assert (result.code, editing.changed()) == (6, ["s/one.yaml.edited"])
    assert "the editor failed" in result.err
    assert editing.plaintext("s/one.yaml.edited") == "a: 2\n"


@pytest.mark.parametrize(
    "script", ["rm $1", "rm $1; mkdir $1", "rm $1; ln -s /etc/passwd $1", "rm -r $(dirname $1)"]
)
def test_an_editor_that_leaves_no_file(editing: Editing, script: str) -> None:
    result = editing.edit(script, "s/one.yaml")
    assert (result.code, editing.changed()) == (6, [])
    assert "root:" not in result.err


def test_a_file_that_changed_meanwhile_keeps_that_change(editing: Editing) -> None:
    target = editing.root / "s/one.yaml"
    result = editing.edit(f"{REPLACE} $1; echo '# by another' >> {target}", "s/one.yaml")
    assert (result.code, editing.changed()) == (6, ["s/one.yaml", "s/one.yaml.edited"])
    assert "changed since it was read" in result.err
    assert "sopskit edit --resume s/one.yaml.edited s/one.yaml" in result.err
    assert target.read_text().endswith("# by another\n")
    assert editing.plaintext("s/one.yaml.edited") == PLAINTEXTS["s/one.yaml"].replace(CANARY, "changed")


def test_another_command_at_the_same_time_loses_nothing(editing: Editing) -> None:
    from sopskit.repo.discovery import Repository
    from sopskit.repo.lock import RepositoryLock

    with RepositoryLock(Repository.open(editing.root)):
        result = editing.edit(f"{REPLACE} $1", "s/one.yaml")
    assert (result.code, editing.changed()) == (6, ["s/one.yaml.edited"])
    assert "another sopskit" in result.err


# Files that are refused before an editor starts.


@pytest.mark.parametrize(
    ("prepare", "code", "says"),
    [
        ("chmod 444 s/one.yaml", 6, "is read-only"),
        ("echo a: 1 > s/one.yaml", 6, "is not encrypted"),
        (": > s/one.yaml", 6, "is not encrypted"),
        ("sed -i 's/^last: ENC/last: NOT/' s/one.yaml", 6, "s/one.yaml:"),
        ("sed -i /^last:/d s/one.yaml", 6, "the MAC does not match"),
        ("rm s/one.yaml; mkdir s/one.yaml", 6, "a folder"),
        ("rm s/one.yaml; mkfifo s/one.yaml", 6, "a pipe"),
        ("rm s/one.yaml; ln -s /etc/hostname s/one.yaml", 3, "leads out of the repository"),
        ("rm s/one.yaml; ln -s nowhere s/one.yaml", 6, "no such file"),
    ],
)
def test_a_file_that_cannot_be_edited(editing: Editing, prepare: str, code: int, says: str) -> None:
    subprocess.run(["sh", "-euc", prepare], cwd=editing.root, check=True)
    result = editing.edit(f"touch {editing.scripts}/started", "s/one.yaml")
    assert result.code == code, result.err
    assert says in result.err
    assert not (editing.scripts / "started").exists()


def test_without_an_identity_no_editor_starts(editing: Editing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY", age_key().identity)
    result = editing.edit(f"touch {editing.scripts}/started", "s/one.yaml")
    assert result.code == 5
    assert not (editing.scripts / "started").exists()


def test_ignore_mac_edits_a_tampered_file_and_gives_it_a_mac(editing: Editing) -> None:
    subprocess.run(["sed", "-i", "/^last:/d", "s/one.yaml"], cwd=editing.root, check=True)
    assert editing.edit(f"{REPLACE} $1", "--ignore-mac", "s/one.yaml").code == 0
    assert "changed" in str(editing.plaintext("s/one.yaml"))


def test_a_link_stays_a_link(editing: Editing) -> None:
    (editing.root / "s/link.yaml").symlink_to("one.yaml")
    editing.commit_all()
    assert editing.edit(f"{REPLACE} $1", "s/link.yaml").code == 0
    assert editing.changed() == ["s/one.yaml"]
    assert (editing.root / "s/link.yaml").is_symlink()


def test_input_type_says_what_the_name_does_not(editing: Editing) -> None:
    shutil.copy(editing.root / "s/one.json", editing.root / "s/one.dat")
    result = editing.edit(f"{REPLACE} $1", "--input-type", "json", "s/one.dat")
    assert result.code == 0
    shutil.copy(editing.root / "s/one.dat", editing.root / "s/two.json")
    assert editing.plaintext("s/two.json") == PLAINTEXTS["s/one.json"].replace(CANARY, "changed")


def test_outside_of_a_repository_and_from_another_folder(editing: Editing, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(editing.root / "s/one.yaml", outside / "x.yaml")
    os.chdir(tmp_path)
    assert editing.edit(f"{REPLACE} $1", "outside/x.yaml").code == 0
    shutil.copy(outside / "x.yaml", editing.root / "s/x.yaml")
    assert editing.plaintext("s/x.yaml") == PLAINTEXTS["s/one.yaml"].replace(CANARY, "changed")


# Files that are not there yet.


@pytest.mark.parametrize("suffix", ["yaml", "json", "env", "ini", "bin"])
def test_a_new_file_is_made_for_the_recipients_of_its_rule(editing: Editing, suffix: str) -> None:
    path = f"s/new/folder/two.{suffix}"
    script = "if [ -s $1 ]; then sed -i s/value/changed/ $1; else echo changed > $1; fi"
    assert editing.edit(script, path).code == 0
    assert editing.changed() == [path]
    assert "changed" in str(editing.plaintext(path))
    assert editing.up_to_date(path)


def test_the_example_of_a_new_file_is_not_written(editing: Editing) -> None:
    result = editing.edit("true", "s/new/two.yaml")
    assert (result.code, editing.changed()) == (0, [])
    assert not (editing.root / "s/new").exists()


def test_a_new_file_that_no_rule_claims(editing: Editing) -> None:
    result = editing.edit(f"touch {editing.scripts}/started", "elsewhere/two.yaml")
    assert (result.code, editing.changed()) == (3, [])
    assert "no rule claims it" in result.err
    assert not (editing.scripts / "started").exists()


def test_a_new_file_that_cannot_be_saved_is_kept_for_its_recipients(editing: Editing) -> None:
    result = editing.edit("echo 'a: [' > $1", "s/new/two.yaml")
    assert (result.code, editing.changed()) == (6, ["s/two.yaml.edited"])
    assert editing.plaintext("s/two.yaml.edited") == "a: [\n"
    assert "sopskit edit --resume s/two.yaml.edited s/new/two.yaml" in result.err
    result = editing.edit("echo 'a: 1' > $1", "--resume", "s/two.yaml.edited", "s/new/two.yaml")
    assert result.code == 0
    assert editing.plaintext("s/new/two.yaml") == "a: 1\n"


def test_a_file_that_someone_made_meanwhile_stays(editing: Editing) -> None:
    target = editing.root / "s/two.yaml"
    result = editing.edit(f"echo a: 1 > $1; echo theirs > {target}", "s/two.yaml")
    assert (result.code, target.read_text()) == (6, "theirs\n")
    assert editing.plaintext("s/two.yaml.edited") == "a: 1\n"


# Which editor.


def test_sops_editor_comes_before_editor(editing: Editing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_EDITOR", f"sed -i -e 's/{CANARY}/by the first/'")
    assert editing.edit("exit 1", "s/one.yaml").code == 0
    assert "by the first" in str(editing.plaintext("s/one.yaml"))


@pytest.mark.parametrize(
    ("editor", "code", "says"),
    [
        ("no-such-editor -w", 4, "no-such-editor is not installed; $EDITOR names it"),
        ("vi 'unclosed", 2, "$EDITOR has quotes that do not close"),
    ],
)
def test_an_editor_that_cannot_be_started(
    editing: Editing, monkeypatch: pytest.MonkeyPatch, editor: str, code: int, says: str
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    result = sopskit("edit", "s/one.yaml")
    assert (result.code, editing.changed()) == (code, [])
    assert says in result.err


def test_without_any_editor(editing: Editing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(program("git"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("EDITOR", " ")
    result = sopskit("edit", "s/one.yaml")
    assert result.code == 4
    assert "none of vim, nano, vi is installed" in result.err
    (tmp_path / "bin/nano").write_text(f"#!/bin/sh\nexec /bin/{REPLACE} $1\n")
    (tmp_path / "bin/nano").chmod(0o755)
    assert sopskit("edit", "s/one.yaml").code == 0
    monkeypatch.undo()
    assert "changed" in str(editing.plaintext("s/one.yaml"))


@pytest.mark.parametrize("name", ["vim", "vi"])
def test_vim_keeps_nothing_elsewhere(
    editing: Editing, home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither yanked text, nor what a configuration keeps in the home folder."""
    if name == "vi" and "vim" not in os.path.realpath(program("vi")):
        pytest.skip("vi is no vim here")
    kept = home / "kept"
    kept.mkdir()
    settings = f"set nocompatible undofile undodir={kept} directory={kept}// backup backupdir={kept}\n"
    (home / ".vimrc").write_text(settings + "set viminfo='100,<50\n")
    commands = f'{program(name)} -es -u {home}/.vimrc -c "normal yy" -c "%s/{CANARY}/changed/" -c wq'
    monkeypatch.setenv("EDITOR", commands)
    assert sopskit("edit", "s/one.yaml").code == 0
    assert "changed" in str(editing.plaintext("s/one.yaml"))
    found = [
        path for path in home.rglob("*") if path.is_file() and CANARY in path.read_text(errors="replace")
    ]
    assert found == []
    assert left_in(kept) == []


def test_ed(editing: Editing) -> None:
    program("ed")
    assert editing.edit(f"printf ',s/{CANARY}/changed/\\nw\\nq\\n' | ed -s $1", "s/one.yaml").code == 0
    assert "changed" in str(editing.plaintext("s/one.yaml"))


def test_without_a_tmpfs_a_warning_says_where_the_plaintext_is(editing: Editing, tmp_path: Path) -> None:
    """In a mount namespace of its own, where a folder of the disk hides /dev/shm."""
    (tmp_path / "temporary").mkdir()
    inner = 'mount --bind "$1" /dev/shm && shift && exec "$@"'
    argv = ["unshare", "--mount", "sh", "-c", inner, "sh", str(tmp_path)]
    argv += [sys.executable, "-m", "sopskit", "edit", "s/one.yaml"]
    more = {"TMPDIR": str(tmp_path / "temporary"), "EDITOR": editing.editor(f"{REPLACE} $1")}
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | more
    del environ["XDG_RUNTIME_DIR"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("mount namespaces are not permitted")
    assert done.returncode == 0, done.stderr
    assert f"the plaintext is on a disk, in {tmp_path}/temporary/sopskit-private-" in done.stderr
    assert is_empty(tmp_path / "temporary")


# Ended from outside while the editor runs.


def started(editing: Editing, script: str) -> subprocess.Popen[str]:
    """sopskit with an editor that says when it has written, and waits."""
    ready = editing.scripts / "ready"
    os.environ["EDITOR"] = editing.editor(
        f"echo $$ > {ready}.new; {script}; mv {ready}.new {ready}; exec sleep 60"
    )
    argv = [sys.executable, "-m", "sopskit", "edit", "s/one.yaml"]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ, start_new_session=True
    )
    assert eventually(ready.exists)
    return child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_keeps_what_was_written(editing: Editing, number: int) -> None:
    child = started(editing, "echo a: 2 > $1")
    child.send_signal(number)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130, err
    assert "--resume s/one.yaml.edited" in err
    assert editing.changed() == ["s/one.yaml.edited"]
    assert editing.plaintext("s/one.yaml.edited") == "a: 2\n"


def test_ctrl_c_is_the_matter_of_the_editor(editing: Editing) -> None:
    """Sent to the group, as a terminal does; this editor dies of it."""
    child = started(editing, "echo a: 2 > $1")
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 6, err
    assert "the editor failed (signal 2)" in err
    assert editing.plaintext("s/one.yaml.edited") == "a: 2\n"


def test_killed_it_leaves_the_file_and_no_plaintext(editing: Editing, runtime: Path) -> None:
    child = started(editing, "echo a: 2 > $1; cp $1 $1~")
    assert len(left_in(runtime)) == 2
    child.kill()
    child.wait()
    os.kill(int((editing.scripts / "ready").read_text()), signal.SIGKILL)
    child.communicate(timeout=20)
    assert eventually(lambda: left_in(runtime) == [])
    assert editing.changed() == []


def test_no_message_and_no_argument_holds_a_value(editing: Editing, tmp_path: Path) -> None:
    """strace sees every program that is started; the editor's own are its own matter."""
    os.environ["EDITOR"] = editing.editor("cat $1 >> $1.copy; mv $1.copy $1; echo '[' >> $1")
    trace = tmp_path / "trace"
    strace = [program("strace"), "-f", "-s", "4096", "-e", "trace=execve", "-o", str(trace)]
    argv = [*strace, sys.executable, "-m", "sopskit", "edit", "s/one.yaml"]
    done = subprocess.run(argv, cwd=editing.root, capture_output=True, text=True, check=False)
    assert done.returncode == 6, done.stderr
    assert CANARY not in done.stdout + done.stderr + trace.read_text()
    assert editing.key.identity not in trace.read_text()
