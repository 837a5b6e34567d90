"""The reader of sops's own layout agrees with the general way wherever it gives an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops import formats
from sopskit.sops.formats import yaml
from sopskit.sops.formats.tree import plain
from sopskit.sops.metadata import Stanza, metadata_from
from tests.commands.workbench import DEMO

FILES = [path for path in sorted((DEMO / "sample").rglob("*.yaml")) if path.name[0] != "."]
TEXTS = [path.read_text() for path in FILES]
NEW = Stanza(label(StanzaKind.AGE, "age1new"), "-----BEGIN\nline\n-----END\n")


def quickly(text: str) -> yaml.YamlFile | None:
    """The file, if its layout was understood."""
    try:
        file = formats.read(text.encode(), formats.Format.YAML)
    except BrokenFileError:
        return None
    return file if isinstance(file, yaml.YamlFile) and file.layout is not None else None


def generally(text: str) -> yaml.YamlFile:
    """The file, read by way of libyaml's events."""
    keys = tuple(yaml._keys(text))
    (block,) = yaml._blocks(text, keys, encrypted=True)
    return yaml.YamlFile(metadata_from(plain(block)), text, keys)


def agree(text: str) -> bool:
    """Whether both ways read the same and add the same, or there is only the general one."""
    quick = quickly(text)
    if quick is None:
        return True
    general = generally(text)
    if quick.metadata != general.metadata:
        return False
    group = quick.metadata.groups[0]
    return quick.with_groups([[*group, NEW]], 0) == general.with_groups([[*group, NEW]], 0)


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
def test_what_sops_3_8_3_9_and_3_13_write_is_understood(text: str) -> None:
    quick = quickly(text)
    assert quick is not None
    assert quick.layout is not None
    assert quick.layout.columns is not None
    assert agree(text)


INSERTED = (
    *("", "\n", " ", "  ", "- ", ": ", " #", "#", "'", '"', "|", ">", "|+", "~", "[]", "{}", "\t", "\r"),
    *("null", "&a ", "*a", "!!str ", "\\", "a: b\n", "    ", "\n\n", "---\n", "...\n", "\u00e9", "? "),
    *("    age: []\n", "    shamir_threshold: 0\n", "    kms: null\n", "    mac: x\n", "  enc: |\n"),
    *("0x1", "-", "@", "%", "`"),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 6000), st.integers(0, 12), st.sampled_from(INSERTED)), min_size=1, max_size=3
)


@settings(max_examples=1000)
@given(st.sampled_from(TEXTS), CHANGES)
def test_a_block_that_was_changed_is_read_in_the_general_way_s_sense_or_not_at_all(
    text: str, changes: list[tuple[int, int, str]]
) -> None:
    block = text.index("\nsops:") + 1
    for place, length, inserted in changes:
        at = block + place % (len(text) - block)
        text = text[:at] + inserted + text[at + length :]
    assert agree(text), text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("    version:", "    # a comment\n    version:"),
        ("    version:", "\n    version:"),
        ("    version: ", '    version: "\\u0033'),
        ("    version:", "    version: >-\n       "),
        ("    version:", "    v: &v 1\n    version:"),
        ("recipient: ", "recipient: !!str "),
        ("    lastmodified:", "    key_groups: []\n    lastmodified: >\n        "),
    ],
)
def test_other_layouts_are_left_to_the_general_way(old: str, new: str) -> None:
    text = TEXTS[0].replace(old, new)
    assert text != TEXTS[0]
    assert quickly(text) is None
