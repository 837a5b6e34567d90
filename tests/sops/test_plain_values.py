"""Python values and trees, places in them, and the changes that lead from one to another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import FailedError, UsageError
from sopskit.sops import tree_paths
from sopskit.sops.differences import differences
from sopskit.sops.documents import Branch, Comment, tree_edits
from sopskit.sops.plain_values import from_plain, same, to_plain

_SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=3)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
_DOCUMENTS = st.dictionaries(st.sampled_from("abcdef"), _VALUES, max_size=5)


def _exactly(one: Any, other: Any) -> bool:
    return same(from_plain(one), from_plain(other))


@pytest.mark.property
@given(_DOCUMENTS, _DOCUMENTS)
@settings(max_examples=300)
def test_the_differences_lead_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    tree = from_plain(before)
    assert isinstance(tree, Branch)
    edits = list(differences(before, after))
    for edit in edits:
        if edit.removed:
            tree = tree_edits.without(tree, edit.path)
        else:
            tree = tree_edits.with_value(tree, edit.path, edit.value)
    assert to_plain(tree) == after
    assert not edits if _exactly(before, after) else edits or list(before) != list(after)


@pytest.mark.property
@given(_DOCUMENTS)
@settings(max_examples=100)
def test_what_does_not_differ_needs_no_change(value: dict[str, Any]) -> None:
    assert to_plain(from_plain(value)) == value
    assert list(differences(value, value)) == []


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0, False), (0, None), ("1", 1), ([], {}), ("", None)]
)
def test_values_of_different_types_are_different(one: object, other: object) -> None:
    assert not _exactly(one, other)
    assert not _exactly([{"a": one}], [{"a": other}])
    assert _exactly([{"a": one}], [{"a": one}])


@pytest.mark.property
@given(st.lists(st.text("a[]\"'0 é", max_size=6) | st.integers(0, 999), min_size=1, max_size=4))
@settings(max_examples=300)
def test_a_path_reads_back(path: list[str | int]) -> None:
    text = tree_paths.spelled(path)
    if any('"][' in part or part.endswith('"]') for part in path if isinstance(part, str)):
        return  # no spelling tells such a key from two
    assert tree_paths.parse(text) == tuple(path)


@pytest.mark.property
@given(st.text("a[]\"'0-", max_size=12))
@settings(max_examples=300)
def test_any_text_is_a_path_or_a_usage_error(text: str) -> None:
    try:
        path = tree_paths.parse(text)
    except UsageError as error:
        assert text == "" or text not in str(error) or len(text) < 3  # noqa: PT017
    else:
        assert path


def test_a_comment_is_no_item() -> None:
    tree = Branch((Comment(" c"), ("l", from_plain([1, 2])), Comment(" d")))
    assert tree_paths.find(tree, ("l", 1)) == 2
    with pytest.raises(tree_paths.NoSuchPlaceError):
        tree_paths.find(tree, ("l", 2))
    with pytest.raises(tree_paths.NoSuchPlaceError):
        tree_paths.find(tree, (0,))


def test_a_value_that_nests_without_end_is_refused() -> None:
    value: Any = []
    value.append(value)
    with pytest.raises(FailedError, match="nested deeper"):
        from_plain(value)
