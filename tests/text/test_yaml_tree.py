"""YAML trees: the spans are exact, whatever stands around a node."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError
from sopskit.text import yaml_tree
from sopskit.text.yaml_tree import Alias, Document, Mapping, Node, Scalar, Sequence, walk
from tests.sops_yaml.strategies import files

TEXT = """\
# head
keys: # c
  - &a \U0001f600age1  # x
  - &b
    age2
  -
  - &e
  - !t &f 'q''q' # cc
rules:
- age: >-
    a,
    b
  # trailing

# c
- {pgp: [*a, *b ], k: }
- |
  lit

  eral

# end
- &s
  # c
  - - y
    - z # q
# tail
"""

SPANS = [
    ("keys", "keys"), ("&a \U0001f600age1", "\U0001f600age1"), ("&b\n    age2", "age2"), ("", ""), ("&e", ""),
    ("!t &f 'q''q'", "q'q"), ("rules", "rules"), ("age", "age"), (">-\n    a,\n    b", "a, b"),
    ("pgp", "pgp"), ("k", "k"), ("", ""), ("|\n  lit\n\n  eral", "lit\n\neral\n"), ("y", "y"), ("z", "z"),
]  # fmt: skip


def source(document: Document, node: Node) -> str:
    return document.text[node.span.start : node.span.end]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "---\n", "\ufeff%YAML 1.2\n---\n"])
def test_spans_of_scalars(newline: str, start: str) -> None:
    document = yaml_tree.parse((start + TEXT).replace("\n", newline), "x")
    scalars = [node for node in walk(document.roots[0]) if isinstance(node, Scalar)]
    assert [(source(document, node).replace(newline, "\n"), node.value) for node in scalars] == SPANS


def test_collections_end_behind_their_last_item() -> None:
    document = yaml_tree.parse(TEXT, "x")
    root = document.roots[0]
    assert isinstance(root, Mapping)
    assert source(document, root).endswith("- z")
    keys, rules = (pair.value for pair in root.pairs)
    assert isinstance(keys, Sequence)
    assert isinstance(rules, Sequence)
    assert source(document, keys).endswith("&f 'q''q'")
    assert [source(document, item) for item in rules.items] == [
        "age: >-\n    a,\n    b", "{pgp: [*a, *b ], k: }", "|\n  lit\n\n  eral",
        "&s\n  # c\n  - - y\n    - z",
    ]  # fmt: skip
    for sequence in (node for node in walk(root) if isinstance(node, Sequence)):
        assert all(document.text[dash] == "-" for dash in sequence.dashes)
        assert len(sequence.dashes) == (0 if sequence.flow else len(sequence.items))


def test_aliases_point_at_the_latest_anchor_above_them() -> None:
    document = yaml_tree.parse("- &x 1\n- *x\n- &x 2\n- *x\n---\n- &x 3\n- *x\n", "x")
    aliases = [node for root in document.roots for node in walk(root) if isinstance(node, Alias)]
    assert [document.target(alias) for alias in aliases] == [
        node for root in document.roots for node in walk(root) if isinstance(node, Scalar)
    ]
    assert [document.line(alias.span.start) for alias in aliases] == [2, 4, 7]


def _plain(document: Document, node: Node) -> object:
    node = document.resolved(node)
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [_plain(document, item) for item in node.items]
    return {str(_plain(document, pair.key)): _plain(document, pair.value) for pair in node.pairs}


@settings(max_examples=60, deadline=None)
@given(files())
def test_a_tree_says_what_another_parser_reads(text: str) -> None:
    document = yaml_tree.parse(text, "x")
    assert _plain(document, document.roots[0]) == yaml.load(text, yaml.BaseLoader)


@settings(max_examples=60, deadline=None)
@given(files())
def test_every_span_parses_alone_to_the_same_value(text: str) -> None:
    document = yaml_tree.parse(text, "x")
    for node in walk(document.roots[0]):
        if isinstance(node, Scalar) and node.style in ("", "'", '"'):
            content = text[node.content.start : node.content.end]
            assert yaml.load(content, yaml.BaseLoader) == node.value
        elif isinstance(node, Alias):
            assert source(document, node) == f"*{node.name}"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="&*a-:[]{},'\"|>!%#?<\\ \n\r\t\ufeff0~\U0001f600\x85\u2028\0", max_size=40))
def test_any_text_is_a_tree_or_a_clean_error(text: str) -> None:
    try:
        document = yaml_tree.parse(text, "x")
    except ConfigurationError:
        return
    for root in document.roots:
        for node in walk(root):
            assert 0 <= node.span.start <= node.span.end <= len(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: *b", 1),
        ("\n- &a.b c", 2),
        ("a:\n - b\n c", 3),
        ("[\n" * 300, 201),
        ("a: 'b\n\n", 3),
        ("a\0", 1),
    ],
)
def test_errors_have_their_line(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        yaml_tree.parse(text, "dir/x.yaml")
    assert (caught.value.path, caught.value.line) == ("dir/x.yaml", line)


@pytest.mark.parametrize("text", ["x" * 5_000_000, "[" * 1_000_000, "? " * 100_000, "- " * 100_000])
def test_hostile_texts_are_refused_soon(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigurationError):
        yaml_tree.parse(text, "x")
    assert time.process_time() - started < 10
