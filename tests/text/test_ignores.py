"""Inline markers, and globs."""

from __future__ import annotations

import time

import pytest

from sopskit.text import globs
from sopskit.text.ignores import Marker, Markers

TEXT = """# sopskit: ignore[whole]
keys:
  - &a age1...  # sopskit: ignore[unused-key, short-pgp-id]
  - &b age1...
  // sopskit:ignore[next]
  -- sopskit: ignore[other]
  - &c age1...
"""


@pytest.mark.parametrize(
    ("line", "id_", "at"),
    [
        (0, "whole", 1),
        (2, "whole", 1),
        (3, "unused-key", 3),
        (3, "short-pgp-id", 3),
        (4, "unused-key", None),  # it stands behind something, so that it is for that alone
        (7, "next", 5),
        (7, "other", 6),
        (5, "next", 5),
        (4, "next", None),
        (8, "next", None),
        (3, "whole", None),
    ],
)
def test_a_marker_is_for_its_line_or_the_next(line: int, id_: str, at: int | None) -> None:
    found = Markers(TEXT).at(line, id_)
    assert (found.line if found else None) == at


def test_each_id_has_its_place() -> None:
    markers = Markers(TEXT).all
    assert [TEXT[each.start : each.end] for each in markers] == [each.id for each in markers]
    assert markers[1] == Marker("unused-key", 3, TEXT.index("unused-key"), TEXT.index(", short"), alone=False)


@pytest.mark.parametrize("sign", ["#", "//", ";", "/*", "<!--", '"', "%", "(*", "{{/*"])
def test_whatever_sign_begins_the_comment(sign: str) -> None:
    assert Markers(f"{sign} sopskit: ignore[a]\nx\n").at(2, "a") is not None


def test_a_hostile_text_takes_no_long_time() -> None:
    start = time.monotonic()
    assert Markers("sopskit: ignore[" * 500_000).all == ()
    assert len(Markers("# sopskit: ignore[a,b]\n" * 100_000).all) == 10_000
    Markers("x" * 10_000_000 + " sopskit: ignore[a]")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("examples/", "examples/a/b.yaml", True),
        ("examples", "deep/examples/a.yaml", True),
        ("examples/", "my-examples/a.yaml", False),
        ("a/b", "x/a/b", False),
        ("/a", "a/x", True),
        ("*.dec.yaml", "x/y.dec.yaml", True),
        ("*.dec.yaml", "x/y.dec.yaml.j2", False),
        ("a/*.yaml", "a/b/c.yaml", False),
        ("a/**/c.yaml", "a/c.yaml", True),
        ("a/**/c.yaml", "a/b/b/c.yaml", True),
        ("**/c", "c", True),
        ("a/**", "a/b/c", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a\nb", "a\nb", True),
    ],
)
def test_globs_are_those_of_gitignore(glob: str, path: str, matches: bool) -> None:
    assert globs.matches(glob, path) is matches
