"""Generated YAML texts in the layout of most files, which is read by a short way, or just missing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sops.documents import random_texts
from tests.sops.documents.random_texts import ODD
from tests.sops.documents.yaml_texts import SCALARS

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from tests.sops.documents.random_texts import Chance

_KEYS = ["a", "b", "key", "k.x", "a-b", "A_B", "_x", "a/b", "z_unencrypted", "sopsx", "k" * 130, "y", "no"]
_WORDS = [
    "x",
    "word",
    "two words",
    "1",
    "-1",
    "http://x.y/z?q=1",
    "a:b",
    "a #b",
    "a#b",
    "-a",
    "$x",
    "^a",
    "(b)",
]
_LINES = [
    "text",
    "# no comment",
    "",
    "x: y",
    "- z",
    "trail ",
    "last",
    "  more",
    "\ttab",
    "---",
    "a: |",
    "sops:",
]


def texts() -> st.SearchStrategy[bytes]:
    """One document, seldom two, of block mappings and lists."""
    return random_texts.texts(_text)


def _text(chance: Chance, size: int) -> str:
    size = max(size, 1)
    start = "---\n" if chance.maybe(0.1) else ""
    text = start + _mapping(chance, 0, size, 3)
    if chance.maybe(0.03):
        text += chance.choice(["---\n", "...\n", "...\n---\n"]) + _mapping(chance, 0, size, 1)
    return text[:-1] if chance.maybe(0.05) else text


def _mapping(chance: Chance, column: int, size: int, depth: int) -> str:
    keys = chance.sample(_KEYS, min(size, len(_KEYS)))
    return "".join(_blank(chance) + " " * column + key + ":" + _value(chance, column, depth) for key in keys)


def _value(chance: Chance, column: int, depth: int) -> str:
    kind, size = chance.random(), chance.randint(1, 3)
    if depth and kind < 0.2:
        return "\n" + _mapping(chance, column + chance.choice([1, 2, 2, 4]), size, depth - 1)
    if depth and kind < 0.4:
        return "\n" + _sequence(chance, column + chance.choice([0, 2, 4]), size, depth - 1)
    return _scalar(chance, column)


def _sequence(chance: Chance, column: int, size: int, depth: int) -> str:
    text = ""
    for _ in range(size):
        text += _blank(chance) + " " * column + "-"
        if depth and chance.maybe(0.25):
            text += " " + _mapping(chance, column + 2, chance.randint(1, 3), depth - 1).lstrip()
        else:
            text += _scalar(chance, column)
    return text


def _scalar(chance: Chance, column: int) -> str:
    kind = chance.random()
    if kind < 0.15:
        return _literal(chance, column)
    if kind < 0.5:
        text = chance.choice(_WORDS)
    elif kind < 0.7:
        quote = chance.choice("\"'")
        text = (
            quote
            + chance.choice(["x", "", " a ", "a: b", "# x", "é", "1", "two  words", chance.choice(ODD)])
            + quote
        )
    elif kind < 0.75:
        text = chance.choice(["[]", "{}", "", "[x]", "{a: 1}"])
    else:
        text = (
            chance.choice(SCALARS)
            if chance.maybe(0.98)
            else chance.choice(["a: b", "- a", "@", "[", "*a", "a:"])
        )
    comment = chance.choice([" # c", "  #c", " #"]) if chance.maybe(0.01) else ""
    return (
        chance.choice([" ", " ", " ", "  "])
        + text
        + comment
        + chance.choice(["\n"] * 20 + [" \n", "\t\n", "\r\n"])
    )


def _literal(chance: Chance, column: int) -> str:
    margin = " " * (column + chance.choice([1, 2, 2, 4]))
    lines = ["first", *chance.choices(_LINES, k=chance.randint(0, 3))]
    header = chance.choice(["|", "|", "|-", "|-", "|+", ">", ">-"]) + ("" if chance.maybe(0.97) else "2")
    return " " + header + "\n" + "".join(margin + line + "\n" if line else "\n" for line in lines)


def _blank(chance: Chance) -> str:
    return chance.choice(["\n", "\n\n", " \n", "# c\n"]) if chance.maybe(0.03) else ""
