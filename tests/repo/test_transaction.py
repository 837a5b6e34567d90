"""A change of many files: all of them or none, and nothing lost, whatever gets in its way."""

from __future__ import annotations

import contextlib
import errno
import itertools
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.journal import JournalFile
from sopskit.repo.recovery import recover
from sopskit.repo.snapshot import is_unchanged
from sopskit.repo.staging import stage
from sopskit.repo.targets import Refusal, RefusedError, Target
from sopskit.repo.transaction import Transaction
from tests.killing import STEPS, Fuse, dies_at
from tests.programs import program
from tests.repo.trees import HARD_NAMES, Content, change, git_init, leftovers, plain, tree, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sopskit.repo.discovery import Repository

OLD = b"old content\n"
NEW = b"new content, longer than the old one\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Three files, one of them in a folder."""
    root = tmp_path / "repository"
    for name in ("a.yaml", "b.yaml", "sub/c.yaml"):
        write(root, name, OLD)
    return plain(root)


def targets(repository: Repository, *names: str) -> list[Target]:
    return [Target.replacing(repository.read(name)) for name in names]


def test_a_change_is_made_in_git_too(tmp_path: Path) -> None:
    repository = git_init(tmp_path / "repository")
    for name in HARD_NAMES:
        write(repository.root, name, OLD, 0o600)
    change(repository, dict.fromkeys(HARD_NAMES, NEW), new={"x/y/.sops.yaml": b"keys: []\n"})
    found = tree(repository.root)
    assert {name: found[name] for name in HARD_NAMES} == dict.fromkeys(HARD_NAMES, Content(NEW, 0o600))
    assert found["x/y/.sops.yaml"] == (b"keys: []\n", 0o600)
    assert leftovers(repository) == []


def test_permissions_stay_whatever_the_umask(repository: Repository) -> None:
    modes = {"a.yaml": 0o666, "b.yaml": 0o4711, "sub/c.yaml": 0o200}
    for name, mode in modes.items():
        (repository.root / name).chmod(mode)
    before = os.umask(0o077)
    try:
        change(repository, dict.fromkeys(modes, NEW))
    finally:
        os.umask(before)
    assert tree(repository.root) == {"sub": None} | {name: Content(NEW, mode) for name, mode in modes.items()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_files_to_their_owners(repository: Repository) -> None:
    os.chown(repository.root / "a.yaml", 1234, 5678)
    change(repository, {"a.yaml": NEW})
    status = (repository.root / "a.yaml").stat()
    assert (status.st_uid, status.st_gid) == (1234, 5678)


def test_what_is_not_staged_stays_and_nothing_staged_is_no_change(repository: Repository) -> None:
    before = tree(repository.root)
    with Transaction(repository) as transaction:
        transaction.plan([*targets(repository, "a.yaml", "b.yaml"), Target.new("new/file")])
        assert transaction.commit() == []
    assert tree(repository.root) == before
    with Transaction(repository) as transaction:
        drafts = transaction.plan(targets(repository, "a.yaml", "b.yaml"))
        stage(drafts[1], NEW)
        assert transaction.commit() == ["b.yaml"]
    assert tree(repository.root) == before | {"b.yaml": Content(NEW, 0o644)}
    assert leftovers(repository) == []


@pytest.mark.parametrize("leave", [lambda transaction: None, Transaction.rollback])
def test_leaving_without_commit_undoes(leave: Callable[[Transaction], None], repository: Repository) -> None:
    before = tree(repository.root)
    with Transaction(repository) as transaction:
        for draft in transaction.plan([*targets(repository, "a.yaml"), Target.new("new/folder/file")]):
            stage(draft, NEW)
        leave(transaction)
    assert tree(repository.root) == before
    assert leftovers(repository) == []


def test_an_exception_undoes_and_is_the_one_that_is_seen(repository: Repository) -> None:
    before = tree(repository.root)

    def fail() -> None:
        with Transaction(repository) as transaction:
            stage(transaction.plan(targets(repository, "a.yaml"))[0], NEW)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    assert tree(repository.root) == before
    assert leftovers(repository) == []


def test_many_files_in_many_folders(tmp_path: Path) -> None:
    names = [f"apps/{number % 40}/{number}.yaml" for number in range(400)]
    for name in names:
        write(tmp_path, name, OLD)
    change(plain(tmp_path), {name: name.encode() for name in names})
    assert {name: Content(name.encode(), 0o644) for name in names}.items() <= tree(tmp_path).items()
    assert leftovers(plain(tmp_path)) == []


def test_workers_stage(repository: Repository) -> None:
    with Transaction(repository) as transaction:
        drafts = transaction.plan(targets(repository, "a.yaml", "sub/c.yaml"))
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
            list(pool.map(stage, drafts, [NEW, NEW]))
        assert transaction.commit() == ["a.yaml", "sub/c.yaml"]
    assert tree(repository.root)["sub/c.yaml"] == (NEW, 0o644)


def test_targets_and_drafts_do_not_hold_contents(repository: Repository) -> None:
    write(repository.root, "large.yaml", b"x" * 1_000_000)
    with Transaction(repository) as transaction:
        wanted = targets(repository, "large.yaml")
        assert len(pickle.dumps((wanted, transaction.plan(wanted)))) < 2000


@pytest.mark.parametrize("step", [2, 3])  # before and in the middle of its write
def test_what_a_killed_worker_left_is_not_taken(step: int, repository: Repository) -> None:
    before = tree(repository.root)
    with Transaction(repository) as transaction:
        first, second = transaction.plan(targets(repository, "a.yaml", "b.yaml"))
        stage(first, NEW)
        assert dies_at(step, lambda: stage(second, NEW))
        with pytest.raises(FailedError, match="not written to the end"):
            transaction.commit()
    assert tree(repository.root) == before
    assert leftovers(repository) == []


def test_a_target_twice_or_outside_is_a_bug(repository: Repository) -> None:
    twice = targets(repository, "a.yaml") * 2
    for wanted in (twice, [Target.new("../x")], [Target.new(".git/hooks/x")], [Target.new("/x")]):
        with pytest.raises(ValueError), Transaction(repository) as transaction:
            transaction.plan(wanted)


# What happens to a file between reading and writing, and what the user is told.


def edit_unseen(file: Path) -> None:
    """The same size and the same modification time, as `rsync --times` would leave it."""
    status = file.stat()
    file.write_bytes(OLD.upper())
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace_by_link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def move_folder_and_link(file: Path) -> None:
    moved = file.parent.rename(file.parent.with_name("moved"))
    file.parent.symlink_to(moved)


MEANWHILE: list[tuple[Callable[[Path], object], str]] = [
    (lambda file: file.write_bytes(b"edited\n"), "changed since it was read"),
    (edit_unseen, "changed since it was read"),
    (lambda file: file.chmod(0o600), "changed since it was read"),
    (replace_by_link, "changed since it was read"),
    (replace_by_folder, "changed since it was read"),
    (Path.unlink, "vanished since it was read"),
    (move_folder_and_link, "its folder is now a symbolic link"),
    (lambda file: file.parent.chmod(0o555), "its folder is not writable"),
]


@pytest.mark.parametrize(("happen", "reason"), MEANWHILE)
def test_refused_before_anything_is_written(
    happen: Callable[[Path], object], reason: str, repository: Repository
) -> None:
    wanted = targets(repository, "a.yaml", "sub/c.yaml")
    happen(repository.root / "sub/c.yaml")
    before = tree(repository.root)
    with pytest.raises(RefusedError) as caught, Transaction(repository) as transaction:
        transaction.plan(wanted)
    assert caught.value.refusals == (("sub/c.yaml", reason),)
    assert str(caught.value) == f"sub/c.yaml: {reason}"
    assert tree(repository.root) == before
    assert leftovers(repository) == []


@pytest.mark.parametrize(("happen", "reason"), MEANWHILE[:6])
def test_refused_at_commit(happen: Callable[[Path], object], reason: str, repository: Repository) -> None:
    with Transaction(repository) as transaction:
        for draft in transaction.plan(targets(repository, "a.yaml", "sub/c.yaml")):
            stage(draft, NEW)
        happen(repository.root / "sub/c.yaml")
        before = tree(repository.root)
        with pytest.raises(RefusedError, match=reason):
            transaction.commit()
    assert tree(repository.root) == {path: before[path] for path in before if ".sopskit-" not in path}
    assert leftovers(repository) == []


def test_a_new_timestamp_is_no_change(repository: Repository) -> None:
    wanted = targets(repository, "a.yaml")
    os.utime(repository.root / "a.yaml", (1, 1))
    with Transaction(repository) as transaction:
        stage(transaction.plan(wanted)[0], NEW)
        assert transaction.commit() == ["a.yaml"]


def test_a_file_read_just_after_a_change_is_compared_by_its_bytes(repository: Repository) -> None:
    """It may change again within the same tick of the clock, and then looks the same from outside."""
    absolute = str(repository.root / "a.yaml")
    other = repository.read("a.yaml")._replace(content=OLD.upper())
    assert not is_unchanged(absolute, other.version)
    read_later = other._replace(read_ns=other.read_ns + 3_000_000_000)
    assert is_unchanged(absolute, read_later.version), "then the same inode, size and times are enough"


def test_read_only_files_are_all_named_on_one_line(repository: Repository) -> None:
    write(repository.root, "new\nline.yaml", OLD)
    names = ("a.yaml", "new\nline.yaml")
    for name in names:
        (repository.root / name).chmod(0o444)
    with pytest.raises(RefusedError) as caught, Transaction(repository) as transaction:
        transaction.plan(targets(repository, "b.yaml", *names))
    expected = "2 files cannot be changed: a.yaml (is read-only); new\\nline.yaml (is read-only)"
    assert str(caught.value) == expected


def test_a_new_file_that_exists_by_now_is_not_overwritten(repository: Repository) -> None:
    (repository.root / "dangling").symlink_to("nowhere")
    for name in ("a.yaml", "dangling"):
        with pytest.raises(RefusedError, match="exists already"), Transaction(repository) as transaction:
            transaction.plan([Target.new(name)])


def test_a_new_file_below_a_file_is_refused(repository: Repository) -> None:
    with pytest.raises(RefusedError), Transaction(repository) as transaction:
        transaction.plan([Target.new("a.yaml/b/c")])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user to become another one")
def test_another_user_is_refused_and_leaves_nothing(repository: Repository) -> None:
    def as_nobody() -> None:
        wanted = targets(repository, "a.yaml")
        os.setuid(65534)
        with pytest.raises(FailedError, match="permission denied"), Transaction(repository) as transaction:
            transaction.plan(wanted)

    for folder in (repository.root, *repository.root.parents[:4]):
        folder.chmod(0o755)
    assert not dies_at(10_000, as_nobody)
    assert leftovers(repository) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user to become another one")
def test_in_a_sticky_folder_others_files_are_refused(repository: Repository) -> None:
    def as_nobody() -> None:
        wanted = targets(repository, "sub/c.yaml")
        os.setuid(65534)
        with pytest.raises(RefusedError, match="another user"), Transaction(repository) as transaction:
            transaction.plan(wanted)

    for folder in (repository.root, *repository.root.parents[:4]):
        folder.chmod(0o755)
    (repository.root / "sub").chmod(0o1777)
    (repository.root / "sub/c.yaml").chmod(0o666)
    repository.state_dir.mkdir()
    os.chown(repository.state_dir, 65534, 65534)
    assert not dies_at(10_000, as_nobody)


# Ctrl-C, at every step.


def test_interrupted_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for step in itertools.count(1):
        root = tmp_path / str(step)
        write(root, "a.yaml", OLD)
        write(root, "sub/b.yaml", OLD)
        fuse = Fuse(step, lambda: os.kill(os.getpid(), signal.SIGINT))
        with monkeypatch.context() as patch:
            for module, name in STEPS:
                patch.setattr(module, name, fuse.wrap(name, getattr(module, name)))
            interrupted = False
            try:
                change(plain(root), {"a.yaml": NEW, "sub/b.yaml": NEW}, new={"new/c.yaml": NEW})
            except KeyboardInterrupt:
                interrupted = True
        contents = {path: content.data for path, content in tree(root).items() if content}
        assert leftovers(plain(root)) == []
        assert contents in (
            {"a.yaml": OLD, "sub/b.yaml": OLD},
            {"a.yaml": NEW, "sub/b.yaml": NEW, "new/c.yaml": NEW},
        )
        outcomes.append(contents["a.yaml"])
        if fuse.left > 0:
            break
        assert interrupted
    assert outcomes == sorted(outcomes, reverse=True)
    assert outcomes.count(NEW) > 5
    assert outcomes.count(OLD) > 20


# A full disk, of every size.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = [program("mount"), "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        if os.environ.get("CI"):
            pytest.fail("a small file system cannot be mounted: run the tests as root")
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run([program("umount"), str(place)], check=True)


def fill(disk: Path, keep: int) -> Path:
    """Use all of the disk but `keep` bytes."""
    filler = disk.parent / "disk" / ".filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"\0" * 4096):
            pass
    os.truncate(filler, filler.stat().st_size - keep)
    return filler


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    root = small_disk / "repository"
    names = ("a.yaml", "b.yaml", "sub/c.yaml")
    outcomes = []
    for pages in range(20):
        for name in names:
            write(root, name, OLD)
        before = tree(root)
        filler = fill(small_disk, pages * 4096)
        failure = None
        try:
            change(plain(root), dict.fromkeys(names, b"x" * 9000))
        except FailedError as error:
            failure = error
        after = before if failure else before | dict.fromkeys(names, Content(b"x" * 9000, 0o644))
        assert tree(root) == after
        assert leftovers(plain(root)) == []
        assert failure is None or ("no space left" in failure.message and failure.hint)
        outcomes.append(failure is None)
        filler.unlink()
        shutil.rmtree(root)
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 5
    assert outcomes.count(True) > 5


def limited_to(size: int) -> None:
    """Let this process write no file beyond that size."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_file_size_limit_is_told_as_want_of_space(repository: Repository) -> None:
    def work() -> None:
        limited_to(5000)
        with pytest.raises(FailedError, match="no space left"):
            change(repository, {"a.yaml": NEW, "b.yaml": b"x" * 10_000})

    before = tree(repository.root)
    assert not dies_at(10_000, work)
    assert tree(repository.root) == before
    assert leftovers(repository) == []


@pytest.mark.parametrize("fits", [0, 10, 70])
def test_a_commit_mark_that_does_not_fit_is_taken_back(fits: int, repository: Repository) -> None:
    def work() -> None:
        with Transaction(repository) as transaction:
            for draft in transaction.plan(targets(repository, "a.yaml", "b.yaml")):
                stage(draft, NEW)
            limited_to((repository.state_dir / "sopskit.journal").stat().st_size + fits)
            with pytest.raises(FailedError, match="no space left"):
                transaction.commit()

    before = tree(repository.root)
    for step in itertools.count(1):
        died = dies_at(step, work)
        recover(repository)
        assert tree(repository.root) == before
        assert leftovers(repository) == []
        if not died:
            break


def test_a_commit_mark_of_which_nothing_is_known_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk may write the mark and yet report a failure; the undoing that follows may be killed as well."""
    written = JournalFile.commit

    def write_and_report_failure(journal: JournalFile) -> None:
        written(journal)
        raise OSError(errno.EIO, "Input/output error")

    def work(repository: Repository) -> None:
        with pytest.raises(FailedError, match="input/output error"):
            change(repository, {"a.yaml": NEW, "b.yaml": NEW})

    monkeypatch.setattr(JournalFile, "commit", write_and_report_failure)
    for step in itertools.count(1):
        root = tmp_path / str(step)
        write(root, "a.yaml", OLD)
        write(root, "b.yaml", OLD)
        died = dies_at(step, lambda: work(plain(root)))  # noqa: B023 - called at once
        recover(plain(root))
        assert len(set(tree(root).values())) == 1, "one file is new and one is old"
        assert leftovers(plain(root)) == []
        if not died:
            break


@pytest.mark.parametrize("names", [("a",), ("a", "b\n")])
def test_a_refusal_reaches_another_process_whole(names: tuple[str, ...]) -> None:
    error = RefusedError([Refusal(name, "is read-only") for name in names])
    back = pickle.loads(pickle.dumps(error))
    assert isinstance(back, RefusedError)
    assert (str(back), back.hint, back.path, back.refusals) == (
        str(error), error.hint, error.path, error.refusals,
    )  # fmt: skip
