"""The reader of lines agrees with libyaml wherever it gives an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError
from sopskit.sops.formats import yaml, yaml_lines
from sopskit.sops.formats.tree import Entry, List, Map, Node, Scalar
from tests.commands.workbench import DEMO

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = sorted((DEMO / "sample").rglob("*.yaml"))
BLOCKS = [
    text[text.index("\nsops:") + 1 :] for text in (path.read_text() for path in FILES if path.name[0] != ".")
]


def same(text: str, ours: Node, theirs: Node) -> bool:
    """Whether two trees say the same, at the same places; the ends that nobody uses left out."""
    if isinstance(ours, Scalar) and isinstance(theirs, Scalar):
        ends = [text[node.start : node.end].rstrip() for node in (ours, theirs)]
        return (ours.text, ours.start, ours.style, ends[0]) == (
            theirs.text,
            theirs.start,
            theirs.style,
            ends[1],
        )
    if type(ours) is not type(theirs) or ours.start != theirs.start:
        return False
    if isinstance(ours, List) and isinstance(theirs, List):
        pairs = zip(ours.items, theirs.items, strict=False)
        return (len(ours.items), ours.flow) == (len(theirs.items), theirs.flow) and all(
            same(text, *pair) for pair in pairs
        )
    assert isinstance(ours, Map)
    assert isinstance(theirs, Map)
    return len(ours.entries) == len(theirs.entries) and all(
        same_entry(text, *pair) for pair in zip(ours.entries, theirs.entries, strict=True)
    )


def same_entry(text: str, ours: Entry, theirs: Entry) -> bool:
    return same(text, ours.key, theirs.key) and same(text, ours.value, theirs.value)


def agrees(block: str) -> bool:
    """Whether our answer, if there is one, is libyaml's."""
    ours = yaml_lines.read(block, 0)
    if ours is None:
        return True
    try:
        theirs = yaml._parse(block, 0)
    except BrokenFileError:
        return False
    return same(block, ours, theirs)


@pytest.mark.parametrize("block", BLOCKS, ids=[path.stem for path in FILES if path.name[0] != "."])
def test_what_sops_3_8_3_9_and_3_13_write_is_understood(block: str) -> None:
    assert yaml_lines.read(block, 0) is not None
    assert agrees(block)


def replaced(block: str, at: int, length: int, by: str) -> str:
    return block[:at] + by + block[at + length :]


MUTATIONS = st.tuples(
    st.sampled_from(BLOCKS),
    st.lists(
        st.tuples(
            st.integers(0, 6000),
            st.integers(0, 12),
            st.sampled_from(
                [
                    "",
                    "\n",
                    " ",
                    "  ",
                    "- ",
                    ": ",
                    " #",
                    "#",
                    "'",
                    '"',
                    "|",
                    ">",
                    "|+",
                    "~",
                    "[]",
                    "{}",
                    "\t",
                    "\r",
                    "null",
                    "&a ",
                    "*a",
                    "!!str ",
                    "\\",
                    "a: b\n",
                    "    ",
                    "\n\n",
                    "---\n",
                    "...\n",
                    "é",
                    "? ",
                    "0x1",
                ]
            ),
        ),
        min_size=1,
        max_size=3,
    ),
)


@settings(max_examples=1000)
@given(MUTATIONS)
def test_a_block_that_was_changed_is_read_as_libyaml_reads_it_or_not_at_all(
    mutation: tuple[str, list[tuple[int, int, str]]],
) -> None:
    block, changes = mutation
    for at, length, by in changes:
        block = replaced(block, at % len(block), length, by)
    assert agrees(block), block


@pytest.mark.parametrize(
    "change",
    [
        lambda block: block.replace("\n", "\r\n"),
        lambda block: block.replace("    version:", "    # a comment\n    version:"),
        lambda block: block.replace("    version:", "\n    version:"),
        lambda block: block.replace("    version: ", '    version: "\\u0033'),
        lambda block: block.replace("    version:", "    version: >-\n       "),
        lambda block: block + "    version: &v 1\n",
        lambda block: block.replace("recipient: ", "recipient: !!str "),
    ],
)
def test_other_layouts_are_left_to_libyaml(change: Callable[[str], str]) -> None:
    block = change(BLOCKS[0])
    assert block != BLOCKS[0]
    assert yaml_lines.read(block, 0) is None
