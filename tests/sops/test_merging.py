"""Merging trees and lines; the whole driver, with git and sops, is tested in tests/commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.repo.merge_file import MARKER_SIZE, merge_lines
from sopskit.sops import merging
from sopskit.sops.documents import Branch, Comment, Items, Node
from sopskit.sops.merging import ABSENT, Change, Hunk


def branch(**values: Node) -> Branch:
    return Branch(tuple(values.items()))


def items(*values: Node) -> Items:
    return Items(values)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "changes", "conflicts"),
    [
        (branch(a="1"), branch(a="1"), branch(a="2"), [(("a",), "2")], []),
        (branch(a="1"), branch(a="2"), branch(a="1"), [], []),
        (branch(a="1"), branch(a="2"), branch(a="2"), [], []),
        (branch(a="1"), branch(a="2"), branch(a="3"), [], [("a",)]),
        (branch(a="1", b="1"), branch(a="2", b="1"), branch(a="1", b="2"), [(("b",), "2")], []),
        (branch(a="1"), branch(a="1"), branch(), [(("a",), ABSENT)], []),
        (branch(a="1"), branch(a="2"), branch(), [], [("a",)]),
        (branch(), branch(x="1"), branch(y="2"), [(("y",), "2")], []),
        (branch(), branch(x="1"), branch(x="2"), [], [("x",)]),
        (ABSENT, branch(x="1"), branch(y="2"), [(("y",), "2")], []),
        (branch(), branch(d=branch(x="1")), branch(d=branch(y="2")), [(("d", "y"), "2")], []),
        (branch(a=1), branch(a=1), branch(a=True), [(("a",), True)], []),
        (
            branch(a=items("1", "2")),
            branch(a=items("1", "x")),
            branch(a=items("y", "2")),
            [(("a", 0), "y")],
            [],
        ),
        (branch(a=items("1")), branch(a=items("1", "2")), branch(a=items("1", "3")), [], [("a",)]),
        (branch(a="1", b="2"), branch(b="2", a="1"), branch(a="1", b="2"), [], []),
    ],
)
def test_trees(
    base: Node,
    ours: Node,
    theirs: Node,
    changes: list[tuple[merging.Path, Node]],
    conflicts: list[merging.Path],
) -> None:
    found = merging.merge_trees(base, ours, theirs)
    assert found.changes == tuple(Change(*each) for each in changes)
    assert found.conflicts == tuple(conflicts)


def test_comments_are_left_to_the_lines() -> None:
    commented = Branch((Comment("c"), ("a", Items((Comment("d"), "1")))))
    assert merging.merge_trees(branch(a=items("1")), commented, branch(a=items("1"))).changes == ()
    assert merging.applied(commented, [Change(("a", 0), "2")]) == merging.plain(branch(a=items("2")))


KEYS = st.sampled_from("abc")
TREES = st.recursive(
    st.sampled_from(["1", "2", None, True]),
    lambda inner: st.one_of(
        st.dictionaries(KEYS, inner, max_size=3).map(lambda found: Branch(tuple(found.items()))),
        st.lists(inner, max_size=2).map(lambda found: Items(tuple(found))),
    ),
    max_leaves=6,
)
ROOTS = st.dictionaries(KEYS, TREES, max_size=3).map(lambda found: Branch(tuple(found.items())))


@pytest.mark.property
@given(ROOTS, ROOTS)
def test_one_side_alone_wins(base: Branch, changed: Branch) -> None:
    theirs = merging.merge_trees(base, base, changed)
    assert not theirs.conflicts
    assert merging.applied(base, theirs.changes) == merging.plain(changed)
    ours = merging.merge_trees(base, changed, base)
    assert ours == merging.TreeMerge((), ())


@pytest.mark.property
@given(ROOTS, ROOTS, ROOTS)
def test_sides_are_alike(base: Branch, ours: Branch, theirs: Branch) -> None:
    one, other = merging.merge_trees(base, ours, theirs), merging.merge_trees(base, theirs, ours)
    assert set(one.conflicts) == set(other.conflicts)
    if not one.conflicts:
        assert merging.applied(ours, one.changes) == merging.applied(theirs, other.changes)


def test_lines() -> None:
    base, ours, theirs = b"a: 1\nb: 1\nc: 1\n", b"a: 2\nb: 1\nc: 1\n", b"a: 1\nb: 2\nc: 1\n"
    parts = merging.hunks(merge_lines(ours, base, theirs).decode(), MARKER_SIZE)
    assert parts == [Hunk(("a: 2\n", "b: 1\n"), ("a: 1\n", "b: 1\n"), ("a: 1\n", "b: 2\n")), "c: 1\n"]
    assert "".join(map(str, merging.by_line(parts))) == "a: 2\nb: 2\nc: 1\n"


def test_a_real_conflict_is_as_small_as_a_line() -> None:
    parts = merging.by_line([Hunk(("a: 2\n", "b: 2\n"), ("a: 1\n", "b: 1\n"), ("a: 1\n", "b: 3\n"))])
    assert (
        merging.with_markers(parts, "ours", "theirs")
        == "a: 2\n<<<<<<< ours\nb: 2\n=======\nb: 3\n>>>>>>> theirs\n"
    )


def test_candidates_hold_both_sides() -> None:
    parts: list[str | Hunk] = ["a\n", Hunk(("x\n",), (), ("y\n",))]
    assert list(merging.candidates(parts))[:2] == ["a\nx\ny\n", "a\ny\nx\n"]


def test_markers_in_the_text_are_not_ours() -> None:
    base = b"a: 1\n<<<<<<< x\n=======\n>>>>>>> y\n"
    merged = merge_lines(base.replace(b"1", b"2"), base, base.replace(b"1", b"3"))
    (hunk, rest) = merging.hunks(merged.decode(), MARKER_SIZE)
    assert hunk == Hunk(("a: 2\n",), ("a: 1\n",), ("a: 3\n",))
    assert rest == base.decode().partition("\n")[2]
