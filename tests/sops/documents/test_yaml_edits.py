"""One value of a YAML text set or removed in place, and new texts."""

from __future__ import annotations

import pytest

from sopskit.errors import FailedError, SopskitError
from sopskit.sops import documents
from sopskit.sops.documents import Branch, Comment, Items
from tests.sops.documents.flat_files import sops_decrypts, sops_encrypts
from tests.sops.documents.yaml_checks import YAML, read

TEXT = """\
# head
a: 1   # inline
b:
  c: "x"
  d:
    - one
    - two
  # foot of b
e: {p: q, r: [1, 2]}
f:
- k: v
  w: z
g:
h: |
  text
i: &x {s: 1}
j: *x
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["a"], 2, "a: 1   #", "a: 2   #"),
        (["a"], "2", "a: 1   #", 'a: "2"   #'),
        (["a"], Branch((("q", 1),)), "a: 1   # inline", "a:   # inline\n  q: 1"),
        (["b", "c"], "it's", '"x"', '"it\'s"'),
        (["b", "d", 1], "zwei", "- two", "- zwei"),
        (["b", "d", 9], "three", "- two\n", "- two\n    - three\n"),
        (["b", "d", 0], Branch((("q", 1), ("z", 2))), "- one", "- q: 1\n      z: 2"),
        (["b", "d"], Items(()), "d:\n    - one\n    - two", "d: []"),
        (["b", "new"], True, "# foot of b\n", "# foot of b\n  new: true\n"),
        (["b", "o", "m"], "deep", "# foot of b\n", "# foot of b\n  o:\n    m: deep\n"),
        (["b"], "s", TEXT[TEXT.index("b:") : TEXT.index("  # foot")], "b: s\n"),
        (["e", "o"], "a: b", "2]}", "2], \"o\": 'a: b'}"),
        (["e", "r", 5], Branch((("k", "v"),)), "2]", '2, {"k": v}]'),
        (["f", 0, "u"], "v", "  w: z\n", "  w: z\n  u: v\n"),
        (["f", 3], Branch((("x", 1), ("u", 2))), "  w: z\n", "  w: z\n- x: 1\n  u: 2\n"),
        (["f"], Branch((("q", 1),)), "- k: v\n  w: z", "  q: 1"),
        (["g"], "now", "g:", "g: now"),
        (["g", "h"], "now", "g:", "g:\n  h: now"),
        (["h"], "x\ny\n", "  text", "  x\n  y"),
        (["h"], "one", "|\n  text", "|-\n  one"),
        (["i", "s"], 2, "{s: 1}\nj: *x", "{s: 2}\nj:\n    s: 1"),
        (["j", "s"], 2, "{s: 1}\nj: *x", "{s: 1}\nj:\n    s: 2"),
        (["new"], Branch((("x", 1), ("l", Items((1,))))), "j: *x\n", "j: *x\nnew:\n  x: 1\n  l:\n    - 1\n"),
    ],
)  # fmt: skip
def test_set(path: list[str | int], value: documents.Node, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert read(TEXT).set(path, value).decode() == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (["a"], "a: 1   # inline\n", ""),
        (["b", "c"], '  c: "x"\n', ""),
        (["b", "d", 0], "    - one\n", ""),
        (["b", "d"], "  d:\n    - one\n    - two\n", ""),
        (["e", "p"], "p: q, ", ""),
        (["e", "r"], ", r: [1, 2]", ""),
        (["f", 0], "f:\n- k: v\n  w: z", "f: []"),
        (["f", 0, "k"], "- k: v\n  w: z", "- w: z"),
        (["f", 0, "w"], "  w: z\n", ""),
        (["g"], "g:\n", ""),
        (["h"], "h: |\n  text\n", ""),
        (["j"], "j: *x\n", ""),
        (["j", "s"], "j: *x", "j: {}"),
        (["i"], "i: &x {s: 1}\nj: *x", "j:\n    s: 1"),
    ],
)
def test_unset(path: list[str | int], old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert read(TEXT).unset(path).decode() == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("text", "path", "value", "new"),
    [
        ("a: 1", ["b"], 2, "a: 1\nb: 2"),
        ("{}\n", ["a"], 1, "a: 1\n"),
        ("---\n", ["a", "b"], 1, "---\na:\n    b: 1\n"),
        ("a: {}\n", ["a", "b"], 1, "a:\n    b: 1\n"),
        ("a: {b: 1,}\n", ["a", "c"], 2, 'a: {b: 1, "c": 2}\n'),
        ("a: 1\n---\nb: 1\n", ["c"], 2, "a: 1\nc: 2\n---\nb: 1\n"),
        ("a: |+\n  x\n\n", ["b"], 1, "a: |+\n  x\n\nb: 1\n"),
        ("a:\n  -\n  - x\n", ["a", 0], 1, "a:\n  - 1\n  - x\n"),
        ("a: \n  # c\n  - x\n", ["a", 0], "z", "a: \n  # c\n  - z\n"),
        ("a: 1\r\n", ["b"], 2, "a: 1\r\nb: 2\r\n"),
    ],
)
def test_set_in_other_texts(text: str, path: list[str | int], value: documents.Node, new: str) -> None:
    assert read(text).set(path, value).decode() == new


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (["x"], "no key x"),
        (["a", "x"], "no key x"),
        (["b", "d", 7], "no item 7"),
        (["b", 0], "no item 0"),
    ],
)
def test_unset_of_nothing(path: list[str | int], problem: str) -> None:
    with pytest.raises(FailedError, match=problem):
        read(TEXT).unset(path)


@pytest.mark.parametrize("path", [["b", 0], ["b", "d", "x"], ["b", "d", -1], []])
def test_set_where_there_is_no_place(path: list[str | int]) -> None:
    with pytest.raises(FailedError):
        read(TEXT).set(path, 1)


# New texts.


def test_emit_is_what_sops_writes() -> None:
    text = TEXT.replace(" {s: 1}", "\n  s: 1")
    by_sops = sops_decrypts(sops_encrypts(text.encode(), YAML), YAML)
    assert documents.emit(read(by_sops).tree(), YAML) == by_sops
    two = sops_decrypts(sops_encrypts(b'a: {}\n---\n# c\nb: [[1, {x: y}], "m\\nn"]\n', YAML), YAML)
    assert documents.emit(read(two).tree(), YAML) == two


def test_emit_with_another_indentation() -> None:
    tree = Branch((("a", Branch((("b", Items((1, Comment(" c"), "x\ny"))),))),))
    assert documents.emit([tree], YAML, 2) == b"a:\n  b:\n    - 1\n    # c\n    - |-\n      x\n      y\n"


@pytest.mark.parametrize("key", ["<<", "a: b", "", "1", "yes", "# c", "x\ny", "k" * 200, "[a]", "é"])
def test_emitted_keys_are_read_back(key: str) -> None:
    inner = Branch(((key, Branch((("x", 1),))),))
    tree = (Branch(((key, "v"), ("m", inner))),)
    assert read(documents.emit(tree, YAML)).tree() == tree


def test_too_deep_a_tree() -> None:
    node: documents.Node = 1
    for _ in range(300):
        node = Items((node,))
    with pytest.raises(SopskitError):
        documents.emit([Branch((("a", node),))], YAML)
