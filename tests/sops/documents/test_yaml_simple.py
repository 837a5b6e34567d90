"""The reader of the simplest layout, and its writer, agree with the general way wherever they answer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.sops.documents import yaml_simple
from sopskit.sops.documents.yaml import YamlDocument
from sopskit.sops.values import Time, Value
from tests.commands.workbench import DEMO
from tests.sops.documents.flat_files import metadata

FILES = [path for path in sorted((DEMO / "sample").rglob("*.yaml")) if path.name[0] != "."]
ENCRYPTED = [path.read_text() for path in FILES]
ENC = "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]"
PLAIN = f"""\
a: x y
n:
  b: "q"
  c-d/e.f: 'q q'

  l:
    - 1
    - k: -2.5
      m: ~
    - |
      text

      more
  s:
  - x
  - {ENC}
t: |-
    {ENC}
e: []
f: {{}}
z:
"""


class General(YamlDocument):
    """Read and written in the general way alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.simple = None
        self.leaves = self.walked.leaves


def agree(text: str) -> bool:
    """Whether both ways read the same, or there is only the general one."""
    simple = yaml_simple.read(text)
    if simple is None:
        return True
    general = General(text)
    nodes = [spot.node for spot in general.walked.spots if spot is not None]
    return (
        [repr(leaf) for leaf in simple.leaves] == [repr(leaf) for leaf in general.leaves]
        and [span.start for span in simple.spans] == [node.start for node in nodes]
        and (simple.metadata is not None) == general.encrypted
        and len(general.roots) == 1
    )


@pytest.mark.parametrize("text", [PLAIN, "---\n" + PLAIN, "\n\n" + PLAIN + "\n\n"])
def test_what_people_write_plainly_is_understood(text: str) -> None:
    assert yaml_simple.read(text) is not None
    assert agree(text)


@pytest.mark.parametrize("text", ENCRYPTED, ids=[path.stem for path in FILES])
def test_of_what_sops_writes_all_without_comments_is_understood(text: str) -> None:
    assert (yaml_simple.read(text) is None) == ("#ENC[" in text)
    assert agree(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a: b",
            "# c\na: b\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !t b\n",
            "a: [b]\n",
            "? a\n",
            "- a\n",
            "é: b\n",
        ),
        *(
            "a: b\n c: d\n",
            "a: b\n c\n",
            "a: b: c\n",
            "a: b:\n",
            "a: b \n",
            "a:\tb\n",
            "a: b\r\n",
            "a: >\n x\n",
        ),
        *(
            "a: 'b\n c'\n",
            'a: "\\x41"\n',
            "a: 'b''c'\n",
            "a: b\na: c\n",
            "null: b\n",
            "1: b\n",
            "<<: b\n",
            " a: b\n",
        ),
        *(
            "a: b\n---\nc: d\n",
            "a: b\n...\n",
            "a: |+\n x\n",
            "a: |2\n   x\n",
            "a: |\nb: c\n",
            "a: |\n  x\n y\n",
        ),
        *(
            "sops: x\n",
            "a: b\nsops:\n    mac: x\n---\n",
            "a: 18446744073709551615\n",
            "%YAML 1.1\n---\na: b\n",
        ),
        f"a:\n- {ENC.replace('str', 'comment')}\n",
        "".join(f"{' ' * n}a:\n" for n in range(120)),
    ],
)
def test_what_is_not_plainly_of_the_layout_is_left_to_the_general_way(text: str) -> None:
    assert yaml_simple.read(text) is None


INSERTED = (
    *(
        "",
        "\n",
        " ",
        "  ",
        "- ",
        "-",
        ": ",
        ":",
        " #",
        "#",
        "'",
        '"',
        "''",
        "|",
        ">",
        "|+",
        "|-",
        "~",
        "[]",
        "{}",
    ),
    *(
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
        "\u00e9",
        "? ",
        "sops:\n",
    ),
    *(
        "yes",
        "<<",
        "0x1",
        "@",
        "%",
        "`",
        ",",
        "[",
        "]",
        "\t",
        "\r",
        "\0",
        "  a:\n",
        "  - b\n",
        "|\n  x\n",
        ENC,
    ),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 6000), st.integers(0, 12), st.sampled_from(INSERTED)), min_size=1, max_size=3
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", " ", "  ", "    "]),
        st.sampled_from(["", "", "- ", "- - "]),
        st.sampled_from(["a:", "b:", "c d:", "e", "true:", "sops:", "-", ""]),
        st.sampled_from(
            ["", " x", " 'y'", ' "z"', " 1", " ~", " |", " |-", " []", " x: y", "  x", " ", f" {ENC}"]
        ),
    ).map(lambda parts: "".join(parts) + "\n"),
    max_size=8,
).map("".join)

SCALARS = st.sampled_from(
    [
        "x",
        "x y",
        "'y'",
        '"z"',
        "",
        "~",
        "1",
        "-1.5",
        "true",
        "yes",
        "[]",
        "{}",
        "|\n",
        "|-\n",
        "a:b",
        ENC,
        f'"{ENC}"',
    ]
)
TREES = st.dictionaries(
    st.sampled_from("abcdy"),
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.dictionaries(st.sampled_from(["e", "f.g", "n"]), inner, min_size=1),
            st.lists(inner, min_size=1),
        ),
        max_leaves=8,
    ),
    min_size=1,
)
Tree = str | dict[str, "Tree"] | list["Tree"]


def laid_out(tree: Tree, margin: str, step: str) -> str:
    """The lines of a tree; nested lists are of no simple layout."""
    if isinstance(tree, dict):
        return "".join(f"{margin}{key}:{behind(value, margin, step)}" for key, value in tree.items())
    lines = ""
    for item in tree:
        nested = laid_out(item, margin + "  ", step) if isinstance(item, dict) else ""
        lines += margin + "-" + (nested[len(margin) + 1 :] if nested else behind(item, margin, step))
    return lines


def behind(value: Tree, margin: str, step: str) -> str:
    if not isinstance(value, str):
        return "\n" + laid_out(value, margin + step, step)
    body = f"{margin}  x\n\n{margin}   {ENC}" if value.startswith("|") else ""
    return f" {value}{body}\n" if value else "\n"


LAID_OUT = st.builds(laid_out, TREES, st.just(""), st.sampled_from(["", "  ", "    "]))


def changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    for place, length, inserted in changes:
        at = place % (len(text) + 1)
        text = text[:at] + inserted + text[at + length :]
    return text


@pytest.mark.property
@settings(max_examples=1500)
@given(
    st.one_of(LAID_OUT, LINES, st.builds(changed, st.sampled_from([PLAIN, *ENCRYPTED]) | LAID_OUT, CHANGES))
)
def test_a_text_is_read_as_in_the_general_way_or_not_at_all(text: str) -> None:
    assert agree(text)


VALUES = st.one_of(
    st.sampled_from(
        ["", "y", "1", "a: b", "a #b", " a", "a ", "- a", "~", "a:", "é", "'", '"', "\\", ENC, "<<"]
    ),
    st.sampled_from(
        ["[]", "{}", "a\nb", "a\n", "-", "?x", "2020-01-01", "1:30", "0o7", "*a", "%a", "x" * 300]
    ),
    st.sampled_from([Time("2020-01-01T00:00:00Z"), float("nan"), -0.0, 1e300, float("inf"), True, False]),
    st.text(max_size=8),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(),
)


@pytest.mark.property
@settings(max_examples=500)
@given(
    st.sampled_from([PLAIN, PLAIN.replace("t:", "_:"), *ENCRYPTED[:3]]),
    st.dictionaries(st.integers(0, 7), VALUES),
    st.booleans(),
)
def test_other_values_are_written_as_in_the_general_way(
    text: str, values: dict[int, Value], encrypting: bool
) -> None:
    document = YamlDocument(text)
    known = {number: value for number, value in values.items() if number < len(document.leaves)}
    wanted = metadata() if encrypting else None
    assert document.written(known, wanted) == General(text).written(known, wanted)


def test_values_of_one_line_change_without_a_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    document = YamlDocument(PLAIN)
    monkeypatch.setattr(yaml_simple, "read", lambda _text: pytest.fail("the text was read again"))
    text = document.written({0: "z", 1: ENC, 2: 5}, metadata()).data.decode()
    assert text.startswith(f'a: z\nn:\n  b: "{ENC}"\n  c-d/e.f: 5\n')


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x " * 500_000 + "\n",
        "a: |\n" + "  x\n\n" * 100_000,
        "a:\n" + "\n" * 1_000_000 + "b",
        "a: '" + "x" * 1_000_000 + "\n",
        "".join(f"a{n}: |\n" for n in range(100_000)),
    ],
    ids=["spaces at the end", "blank lines", "no value", "no quote", "empty blocks"],
)
def test_time_is_linear_in_the_text(text: str) -> None:
    start = time.process_time()
    yaml_simple.read(text)
    assert time.process_time() - start < 2
