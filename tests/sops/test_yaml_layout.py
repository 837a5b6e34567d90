"""The reader of sops's own layout agrees with the general way wherever it gives an answer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops import formats
from sopskit.sops.formats import yaml, yaml_blocks, yaml_keys, yaml_layout
from sopskit.sops.formats.tree import plain
from sopskit.sops.metadata import Stanza, metadata_from
from sopskit.text import splice
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
    keys = tuple(yaml_keys.top_level(text))
    (block,) = yaml_blocks.blocks(text, keys, encrypted=True)
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


PLAIN = st.one_of(
    st.from_regex(r"[A-Za-z0-9_/^.(+][ -~]{0,20}", fullmatch=True).filter(
        lambda text: text[-1] not in " :" and ": " not in text and " #" not in text
    ),
    st.sampled_from(("age1abc", "0x1F", "2024-01-01T00:00:00Z", "ssh-rsa AAAA a b")),
)
NAMES = PLAIN.filter(lambda text: text not in ("null", "Null", "NULL"))
LINES = st.lists(st.from_regex(r"[!-~][ -~]{0,30}", fullmatch=True), min_size=1, max_size=4)


@st.composite
def literals(draw: st.DrawFn, margin: int) -> str:
    """Lines of a block scalar, which may be empty or further right, but for the first."""
    first, *others = draw(LINES)
    lines = [" " * margin + first]
    for other in others:
        lines += [""] * draw(st.integers(0, 2))
        lines.append(" " * (margin + draw(st.integers(0, 3))) + other)
    return "\n".join([*lines, ""])


@st.composite
def stanza_lists(draw: st.DrawFn, indent: int) -> str:
    """`age` or `pgp` with one to three items, in columns as sops has ever written them."""
    dash = indent + draw(st.integers(1, 6))
    before, key = " " * dash + "- ", " " * (dash + 2)
    margin = dash + draw(st.integers(3, 8))
    layout = draw(st.sampled_from(("age", "older age", "pgp")))
    text = " " * indent + layout.split()[-1] + ":\n"
    for _ in range(draw(st.integers(1, 3))):
        name, enc = draw(NAMES), draw(literals(margin))
        if layout == "age":
            text += f"{before}enc: |\n{enc}{key}recipient: {name}\n"
        elif layout == "older age":
            text += f"{before}recipient: {name}\n{key}enc: |\n{enc}"
        else:
            header = draw(st.sampled_from(("|", "|-")))
            text += f'{before}created_at: "2024-01-01T00:00:00Z"\n{key}enc: {header}\n{enc}{key}fp: {name}\n'
    return text


@st.composite
def laid_out(draw: st.DrawFn) -> str:
    """A file whose block has the layout of sops, with its entries in any order."""
    indent = draw(st.integers(1, 9))
    values = {"mac": "ENC[AES256_GCM,x]", "lastmodified": '"2024-01-01T00:00:00Z"', "version": draw(NAMES)}
    values |= draw(st.fixed_dictionaries({}, optional={"unencrypted_suffix": PLAIN, "kms": st.just("[]")}))
    entries = [" " * indent + f"{name}: {value}\n" for name, value in values.items()]
    entries.append(draw(stanza_lists(indent)))
    return "a: 1\nsops:\n" + "".join(draw(st.permutations(entries)))


@settings(max_examples=150)
@given(laid_out())
def test_the_layout_of_sops_is_understood_whatever_it_holds(text: str) -> None:
    assert quickly(text) is not None, text
    assert agree(text), text


ITEM = "    age:\n        - enc: |\n            x\n          recipient: a\n"
SLOW = {
    "spaces alone": "    age:\n" + " " * 60_000 + "\n",
    "spaces behind an item": ITEM + " " * 60_000 + "\n",
    "a wide indentation": " " * 30_000 + "age:\n" + (" " * 30_000 + " x\n") * 10,
    "the end of a literal": "    age:\n" + " - enc: |\n        x\n" * 5_000,
    "items that never end": ITEM + "        - enc: |\n            x\n" * 5_000,
    "items in no column": "    age:\n"
    + "".join(f"{' ' * (5 + n % 40)}- enc: |\n{' ' * 50}x\n" for n in range(5_000)),
    "quotes": "    mac: " + '"' * 60_001 + "\n",
    "empty lines": "    age:\n        - enc: |\n            x\n" + "\n" * 60_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_a_hostile_block_takes_no_time(name: str) -> None:
    text = "sops:\n" + SLOW[name]
    started = time.process_time()
    yaml_layout.read(text, 0, len(text))
    assert time.process_time() - started < 0.5


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


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
def test_a_rotation_edits_the_block_as_the_general_way_does(text: str) -> None:
    quick, general = quickly(text), generally(text)
    assert quick is not None
    made = [NEW._replace(enc=f"-----BEGIN\n{number}\n-----END\n") for number in (1, 2)]
    changes = {"lastmodified": "2030-01-01T00:00:00Z", "mac": "ENC[x]", "version": "3.99.0"}
    after = quick.metadata._replace(
        groups=(tuple(made),),
        lastmodified=changes["lastmodified"],
        mac=changes["mac"],
        version=changes["version"],
    )
    assert quick.layout is not None
    edits = quick.layout.edits(quick.metadata, after)
    if any(stanza.kind is not StanzaKind.AGE for stanza in quick.metadata.groups[0]):
        assert edits is None
        return
    slowly = generally(general.with_groups(after.groups, 0).decode()).with_values(changes)
    assert edits is not None
    assert splice.apply(text, edits) == slowly.decode()
