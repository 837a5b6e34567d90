"""The cache: what was kept comes back; what is damaged, foreign or of another key does not."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from sopskit.scanner import loading
from sopskit.scanner.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def the_file(environ: dict[str, str]) -> Path:
    from pathlib import Path

    (path,) = (Path(environ["XDG_CACHE_HOME"]) / "sopskit").iterdir()
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
    from pathlib import Path

    assert len(list((Path(environ["XDG_CACHE_HOME"]) / "sopskit").iterdir())) < 10


def test_a_database_that_hyperscan_refuses_is_made_anew(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on another kind of machine that shares the home."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "some.toml").write_text(
        """
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
    )
    monkeypatch.setattr(loading, "RULES", folder)
    loading.built_in_rules.cache_clear()
    secret = b"tok_a41f09c7e2b85d36"
    try:
        cache = Cache(environ, loading._key())
        cache.write("triggers", b"not a database")
        for _ in range(3):  # from nothing, from a database that is refused, from the cache
            (match,) = loading.built_in_detector(environ).matches(secret)
            assert (match.rule.id, match.rule.severity) == ("thing", "warning")
        assert cache.read("triggers") not in (None, b"not a database")
        assert cache.read("rules") is not None
        monkeypatch.setattr(loading, "has_hyperscan", lambda: False)
        assert len(loading.built_in_detector(environ).matches(secret)) == 1
    finally:
        loading.built_in_rules.cache_clear()
