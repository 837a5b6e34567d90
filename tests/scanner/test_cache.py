"""The cache: what was kept comes back; what is damaged, foreign or of another key does not."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.scanner import hyperscan_triggers, kept, loading
from sopskit.scanner.cache import Cache
from sopskit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.scanner.triggers import Trigger


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def the_folder(environ: dict[str, str]) -> Path:
    return Path(environ["XDG_CACHE_HOME"]) / "sopskit"


def the_file(environ: dict[str, str]) -> Path:
    (path,) = the_folder(environ).iterdir()
    return path


def test_what_was_kept_comes_back(environ: dict[str, str]) -> None:
    Cache(environ, b"key").write("name", b"content")
    assert Cache(environ, b"key").read("name") == b"content"
    assert Cache(environ, b"other").read("name") is None
    assert Cache(environ, b"key").read("other") is None
    assert stat.S_IMODE(the_file(environ).stat().st_mode) == 0o600
    assert stat.S_IMODE(the_file(environ).parent.stat().st_mode) == 0o700


def test_damage_is_noticed_wherever_it_is(environ: dict[str, str]) -> None:
    Cache(environ, b"key").write("name", b"content")
    path = the_file(environ)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert Cache(environ, b"key").read("name") is None
        path.write_bytes(whole[:place])
        assert Cache(environ, b"key").read("name") is None
    path.write_bytes(whole)
    assert Cache(environ, b"key").read("name") == b"content"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_may_write_is_not_read(environ: dict[str, str], mode: int) -> None:
    Cache(environ, b"key").write("name", b"content")
    path = the_file(environ)
    path.chmod(mode)
    assert Cache(environ, b"key").read("name") is None
    path.chmod(0o600)
    path.parent.chmod(0o770)
    assert Cache(environ, b"key").read("name") is None
    Cache(environ, b"key").write("new", b"content")
    assert the_file(environ) == path


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_what_belongs_to_another_is_not_read(environ: dict[str, str]) -> None:
    Cache(environ, b"key").write("name", b"content")
    os.chown(the_file(environ), 12345, -1)
    assert Cache(environ, b"key").read("name") is None


def test_a_link_is_not_followed(environ: dict[str, str]) -> None:
    Cache(environ, b"key").write("name", b"content")
    path = the_file(environ)
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to("../elsewhere")
    assert Cache(environ, b"key").read("name") is None
    Cache(environ, b"key").write("name", b"new")
    assert not path.is_symlink()


def test_a_folder_in_the_place_of_a_file_is_let_be(environ: dict[str, str]) -> None:
    Cache(environ, b"key").write("name", b"content")
    path = the_file(environ)
    path.unlink()
    path.mkdir()
    assert Cache(environ, b"key").read("name") is None
    Cache(environ, b"key").write("name", b"new")
    assert path.is_dir()


@pytest.mark.parametrize(
    "home", [{}, {"HOME": "relative"}, {"XDG_CACHE_HOME": "relative"}, {"HOME": "/dev/null"}]
)
def test_without_a_place_nothing_is_kept(home: dict[str, str]) -> None:
    Cache(home, b"key").write("name", b"content")
    assert Cache(home, b"key").read("name") is None


def test_old_files_are_removed(environ: dict[str, str]) -> None:
    for number in range(30):
        Cache(environ, b"key%d" % number).write("name", b"content")
    assert Cache(environ, b"key29").read("name") == b"content"
    assert len(list(the_folder(environ).iterdir())) < 10


RULE = """
[[rule]]
id = "thing"
description = "A thing"
provider = "Things"
severity = "warning"
confidence = "high"
pattern = 'tok_[0-9a-f]{16}'
examples = ["tok_0123456789abcdef"]
counterexamples = ["tok"]
"""
SECRET = b"tok_a41f09c7e2b85d36"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one rule, instead of ours."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "some.toml").write_text(RULE)
    monkeypatch.setattr(loading, "RULES", folder)
    loading.built_in_rules.cache_clear()
    yield folder
    loading.built_in_rules.cache_clear()


def finds_it(environ: dict[str, str]) -> bool:
    return [match.rule.id for match in loading.built_in_detector(environ).matches(SECRET)] == ["thing"]


def database_in(environ: dict[str, str]) -> Path:
    (path,) = (each for each in the_folder(environ).iterdir() if each.name.startswith("triggers-"))
    return path


def compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_database(_: Sequence[Trigger]) -> bytes:
        pytest.fail("it compiles")

    monkeypatch.setattr(hyperscan_triggers, "compile_database", compile_database)


@pytest.mark.usefixtures("rules")
def test_a_database_that_hyperscan_refuses_is_made_anew(environ: dict[str, str]) -> None:
    """As on another kind of machine that shares the home, or a damaged disk."""
    assert finds_it(environ)
    path = database_in(environ)
    whole = path.read_bytes()
    for damaged in (whole[:-1000], whole[:-1000] + bytes([whole[-1000] ^ 1]) + whole[-999:], b""):
        path.write_bytes(damaged)
        assert finds_it(environ)
        assert path.read_bytes() == whole


@pytest.mark.usefixtures("rules")
def test_without_hyperscan_the_same_is_found(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finds_it(environ)
    monkeypatch.setattr(loading, "has_hyperscan", lambda: False)
    assert finds_it(environ)


def test_what_leaves_the_triggers_as_they_are_compiles_nothing(
    environ: dict[str, str], rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finds_it(environ)
    (rules / "some.toml").write_text(RULE.replace("A thing", "Some thing"))
    loading.built_in_rules.cache_clear()
    compiles_nothing(monkeypatch)
    assert not loading.is_compiled(environ)
    (match,) = loading.built_in_detector(environ).matches(SECRET)
    assert match.rule.description == "Some thing"
    assert loading.is_compiled(environ)


def test_another_trigger_is_compiled(environ: dict[str, str], rules: Path) -> None:
    assert finds_it(environ)
    (rules / "some.toml").write_text(RULE.replace("tok", "other"))
    loading.built_in_rules.cache_clear()
    assert not loading.built_in_detector(environ).matches(SECRET)
    assert loading.built_in_detector(environ).matches(b"other_a41f09c7e2b85d36")


@pytest.mark.usefixtures("rules")
def test_of_many_that_start_at_once_one_compiles(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the hooks of a large rebase, or of several work trees."""
    compile_it = hyperscan_triggers.compile_database

    def compile_slowly(triggers: Sequence[Trigger]) -> bytes:
        with (tmp_path / "compiled").open("a") as file:
            file.write("x")
        time.sleep(0.2)
        return compile_it(triggers)

    monkeypatch.setattr(hyperscan_triggers, "compile_database", compile_slowly)
    processes = []
    for _ in range(5):
        process = os.fork()
        if process == 0:
            status = 1
            try:
                status = 0 if finds_it(environ) else 1
            finally:
                os._exit(status)
        processes.append(process)
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * 5
    assert (tmp_path / "compiled").read_text() == "x"


@pytest.mark.usefixtures("rules")
def test_who_waits_too_long_compiles_itself(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process may have been stopped."""
    monkeypatch.setattr(loading, "_PATIENCE", 0.1)
    descriptor = Cache(environ, b"").lock()
    assert descriptor is not None
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert finds_it(environ)
    os.close(descriptor)


@pytest.mark.usefixtures("rules")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_stops_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    assert finds_it(environ)


@pytest.mark.usefixtures("rules")
def test_without_a_cache_all_works() -> None:
    assert finds_it({"HOME": "/dev/null"})
    assert finds_it({})


def test_of_an_installed_package_the_list_of_its_files_stands_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanner = tmp_path / "site-packages/sopskit/scanner"
    (scanner / "rules").mkdir(parents=True)
    monkeypatch.setattr(kept, "HERE", str(scanner))
    monkeypatch.setattr(kept, "RULES", str(scanner / "rules"))
    (scanner / "rules/some.toml").write_text(RULE)
    in_source_tree = kept.stamp(kept.RULES)
    record = scanner.parents[1] / f"sopskit-{__version__}.dist-info/RECORD"
    record.parent.mkdir()
    record.write_text("sopskit/__init__.py,,\n")
    installed = kept.stamp(kept.RULES)
    assert in_source_tree != installed == kept.stamp(kept.RULES)
    record.write_text("sopskit/__init__.py,,\nsopskit/another.py,,\n")
    assert kept.stamp(kept.RULES) != installed
