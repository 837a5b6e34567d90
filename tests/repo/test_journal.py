"""The journal: what is written is read, and what is damaged never leads to anything but our own files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError, FailedError, SopskitError
from sopskit.repo.journal import JOURNAL_FILE, Entry, Plan, commit_line, encode, parse
from sopskit.repo.names import is_inside, is_temporary, temporary
from sopskit.repo.recovery import recover
from tests.repo.trees import plain, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable

TRANSACTION = "0123456789abcdef"

paths = st.binary(min_size=1, max_size=300).map(os.fsdecode).filter(is_inside)
entries = st.builds(Entry, paths, st.none() | st.binary(min_size=32, max_size=32))
plans = st.builds(
    Plan,
    st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    st.lists(paths, max_size=3).map(tuple),
    st.lists(entries, max_size=5).map(tuple),
    st.just(False),
)
shuffled = plans.flatmap(lambda plan: st.permutations(encode(plan).split(b"\n"))).map(b"\n".join)


@given(plans)
def test_what_is_written_is_read(plan: Plan) -> None:
    lines = encode(plan)
    assert lines.isascii()
    assert parse(lines) == plan
    assert parse(lines + commit_line(lines)) == plan._replace(committed=True)


@given(plans, st.data())
def test_a_torn_journal_is_a_part_of_the_whole_and_never_committed(plan: Plan, data: st.DataObject) -> None:
    lines = encode(plan)
    whole = lines + commit_line(lines)
    torn = parse(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert not torn.committed
    assert torn.transaction in ("", plan.transaction)
    assert torn.entries == plan.entries[: len(torn.entries)]
    assert torn.folders == plan.folders[: len(torn.folders)]


@given(plans, st.data())
def test_one_damaged_byte_before_the_commit_line_is_refused(plan: Plan, data: st.DataObject) -> None:
    lines = encode(plan)
    place = data.draw(st.integers(0, len(lines) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != lines[place]))
    damaged = lines[:place] + bytes([byte]) + lines[place + 1 :] + commit_line(lines)
    with pytest.raises((FailedError, ConfigurationError)):  # the latter: it now says version 2
        parse(damaged)


def test_lines_behind_a_commit_line_are_refused() -> None:
    lines = encode(Plan(TRANSACTION, (), (Entry("a", None),)))
    with pytest.raises(FailedError, match="damaged"):
        parse(lines + commit_line(lines) + b"{}\n")
    assert parse(lines + commit_line(lines) + b"torn").committed


def test_a_commit_line_that_lost_its_line_break_is_refused() -> None:
    lines = encode(Plan(TRANSACTION, (), (Entry('{"commit"', None),)))
    assert parse(lines + commit_line(lines)).committed
    with pytest.raises(FailedError, match="damaged"):
        parse(lines[:-1] + b"\0" + commit_line(lines))


def test_a_newer_journal_is_left_to_its_version() -> None:
    with pytest.raises(ConfigurationError, match="newer sopskit"):
        parse(b'{"sopskit-journal": 2, "transaction": "0123456789abcdef"}\n{"something": "new"}\n')


def test_a_line_of_nested_brackets_is_only_a_damaged_line() -> None:
    assert parse(b"[" * 100_000 + b"\n" + b"[" * 100_000) == Plan("", (), ())


def hostile(target: str, others: dict[str, object] | None = None) -> bytes:
    """A journal with one line that our code would not write."""
    line = {"target": target, "temporary": temporary(target, TRANSACTION), "was": None} | (others or {})
    header = {"sopskit-journal": 1, "transaction": TRANSACTION}
    return f"{json.dumps(header)}\n{json.dumps(line)}\n".encode()


@pytest.mark.parametrize(
    "path", ["../out", "a/../../out", "/etc/out", ".git/out", "a/.git/x", "", "a//b", "./a", "a\0"]
)
@pytest.mark.parametrize("finish", [commit_line, lambda _: b""])
def test_paths_that_leave_the_repository_are_never_acted_on(
    path: str, finish: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    repository = plain(root)
    write(tmp_path, temporary("out", TRANSACTION), b"kept")
    write(root, f".git/{temporary('out', TRANSACTION)}", b"kept")
    write(root, "a/b", b"kept")
    lines = hostile(path)
    write(root, f".sopskit/{JOURNAL_FILE}", lines + finish(lines))
    before = tree(tmp_path)
    if finish is commit_line:
        with pytest.raises(FailedError, match="damaged"):
            recover(repository)
    else:
        recover(repository)
    del before[f"repository/.sopskit/{JOURNAL_FILE}"]
    after = tree(tmp_path)
    assert {path: after.get(path) for path in before} == before


@pytest.mark.parametrize("others", [{"temporary": "precious"}, {"was": 7}, {"was": "abc"}, {"target": ["a"]}])
def test_a_line_that_names_another_file_is_not_acted_on(others: dict[str, object]) -> None:
    assert parse(hostile("a", others)).entries == ()


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "repository", tmp_path / "outside"
    write(outside, temporary("a", TRANSACTION), b"kept")
    repository = plain(root)
    (root / "sub").symlink_to(outside)
    write(root, f".sopskit/{JOURNAL_FILE}", encode(Plan(TRANSACTION, (), (Entry("sub/a", None),))))
    recover(repository)
    assert tree(outside) == {temporary("a", TRANSACTION): (b"kept", 0o644)}


@settings(max_examples=100, deadline=None)
@given(
    garbage=st.binary(max_size=400)
    | plans.map(encode).flatmap(lambda good: st.permutations(good.split(b"\n"))).map(b"\n".join)
)
def test_no_garbage_touches_a_file(garbage: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("garbage")
    write(root, "a.yaml", b"kept")
    write(root, "sub/b.yaml", b"kept")
    write(root, f".sopskit/{JOURNAL_FILE}", garbage)
    before = tree(root)
    try:
        recover(plain(root))
        assert not (root / ".sopskit" / JOURNAL_FILE).exists()
    except SopskitError:
        assert (root / ".sopskit" / JOURNAL_FILE).read_bytes() == garbage
    assert tree(root) == before


MAKERS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "link": lambda path: path.symlink_to("/etc/passwd"),
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_journal_that_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    repository = plain(tmp_path)
    repository.state_dir.mkdir()
    MAKERS[kind](repository.state_dir / JOURNAL_FILE)
    with pytest.raises(FailedError, match="no file"):
        recover(repository)


@given(st.binary(min_size=1, max_size=255).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_temporary_names_fit_and_differ(name: bytes) -> None:
    path = "folder/" + os.fsdecode(name)
    found = temporary(path, TRANSACTION)
    assert found.startswith("folder/.")
    assert len(os.fsencode(found)) <= len("folder/") + 255
    assert is_temporary(found)
    assert not is_temporary("folder/.sopskit-" + TRANSACTION[1:])
    assert found != temporary(path + "x", TRANSACTION)
    assert found != temporary(path, TRANSACTION[::-1])
