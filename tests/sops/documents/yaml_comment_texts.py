"""Generated YAML texts that are full of comments: a `#` in any column, behind and between anything."""

from __future__ import annotations

import itertools
import re
import textwrap

from hypothesis import strategies as st

SCALARS = ["x", "1", "~", "", "a b", "'q # r'", '"d"', "x#y", "!!str x", "plain\n  more", '"d\n\n  e"']
LITERALS = ["|\n  text\n  # no comment\n", ">-\n  text\n", "|+ #@\n  text\n\n", "|\n"]
FLOWS = ["[]", "{}", "[x, y]", "{K@: 1,\n  K@: [x,\n  y]\n  }", "[K@: x,\n  [y]\n\n  ,\n  z]", "[\n  x\n  ]"]
PROPERTIES = ["", "", "", " &A@"]

contents = st.sampled_from([*SCALARS, *SCALARS, *LITERALS, *FLOWS])
blank = st.just("")
stray = st.integers(0, 9).map(lambda column: " " * column + "#@")
ends = st.sampled_from(["", "", "", " #@", "  #@", "\t#@"])


@st.composite
def mappings(draw: st.DrawFn, depth: int) -> str:
    """A block mapping; `K@` stands for a key that is not there yet."""
    keys = st.sampled_from(["K@:", "K@:", "K@:", "? K@\n:"])
    values = draw(st.lists(nodes(depth), min_size=1, max_size=3))
    return "\n".join(draw(keys) + value for value in values)


@st.composite
def sequences(draw: st.DrawFn, depth: int) -> str:
    """A block list."""
    parts = []
    for value in draw(st.lists(nodes(depth), min_size=1, max_size=3)):
        compact = value.startswith("\n  ") and draw(st.booleans())
        parts.append("-" + (" " + value[3:] if compact else value))
    return "\n".join(parts)


@st.composite
def nodes(draw: st.DrawFn, depth: int) -> str:
    """A value with what separates it from its key."""
    kind = draw(st.sampled_from("vvmms" if depth else "v"))
    if kind == "v":
        return " " + draw(contents)
    block = draw(mappings(depth - 1) if kind == "m" else sequences(depth - 1))
    return draw(st.sampled_from(PROPERTIES)) + "\n" + textwrap.indent(block, "  ")


@st.composite
def with_comments(draw: st.DrawFn, text: str) -> str:
    """The text with comments and empty lines between its lines, and comments behind them."""
    lines: list[str] = []
    for line in text.split("\n"):
        margin = " " * (len(line) - len(line.lstrip(" ")))
        lines += draw(st.lists(st.one_of(blank, stray, st.just(margin + "#@")), max_size=3))
        lines.append(line + draw(ends))
    return "\n".join(lines)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Some documents; keys and comments are numbered."""
    separators = st.sampled_from(["\n---\n", "\n--- #@\n", "\n#@\n---\n", "\n...\n#@\n---\n"])
    text = ""
    for number in range(draw(st.integers(1, 4))):
        text += (draw(separators) if number else "") + draw(mappings(2).flatmap(with_comments))
    text += draw(st.sampled_from(["\n", "\n", "", "\n\n#@", "\n#@\n"]))
    numbers = itertools.count()
    text = re.sub("@", lambda _: str(next(numbers)), text)
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\n", "\r\n"])))
