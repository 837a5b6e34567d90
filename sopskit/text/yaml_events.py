"""From the events of a YAML parser to a tree of nodes with exact spans, see `yaml_tree`.

The parser is libyaml, so that the same texts are refused as by sops. ruamel.yaml refuses tabs before a
comment or a value, which these take.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from sopskit.errors import ConfigurationError
from sopskit.text import libyaml
from sopskit.text.splice import Span
from sopskit.text.yaml_tree import (
    Alias,
    Anchor,
    Content,
    Document,
    Mapping,
    Node,
    Pair,
    Properties,
    Scalar,
    Sequence,
)

MAX_DEPTH = 200
MAX_NODES = 100_000


def document(text: str, path: str) -> Document:
    """The tree of a text; see `yaml_tree.parse`."""
    # libyaml does not count a byte order mark, so it is left out and added to every position.
    offset = int(text.startswith("\ufeff"))
    builder = _Builder(text, path, offset)
    try:
        for event in libyaml.events(text[offset:]):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else text.count("\n", 0, mark.index + offset) + 1
        # libyaml's own words, which never quote the file.
        problem = error.problem or "syntax error"
        raise ConfigurationError(
            f"this is not valid YAML: {problem}", hint=_MEND, path=path, line=line
        ) from None
    except yaml.YAMLError:
        raise _character_error(text, path) from None
    except ValueError:  # a lone surrogate; its text would quote the file
        raise ConfigurationError("this is not valid YAML", hint=_MEND, path=path) from None
    return Document(text, path, tuple(builder.roots), builder.anchored)


_MEND = "mend the line by hand; go-yaml, which sops reads with, refuses it too"
_LIMIT = "this is a limit of sopskit, not of sops"

# YAML 1.2, 5.1: what no YAML text may hold.
_NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def _character_error(text: str, path: str) -> ConfigurationError:
    found = _NOT_PRINTABLE.search(text)
    line = None if found is None else text.count("\n", 0, found.start()) + 1
    return ConfigurationError("this is not valid YAML: a control character", hint=_MEND, path=path, line=line)


_PROPERTY = re.compile(r"&(?P<anchor>[0-9A-Za-z_-]+)|!<[^>\s]*>|![^\s\[\]{},]*")
_GAP = re.compile(r"[ \t\r\n]*(?:#[^\n]*[ \t\r\n]*)*")
_COLON = re.compile(r"\s*:")


class _Prefix(NamedTuple):
    """The properties of a node, where they start, where the content starts, and where they end."""

    properties: Properties
    start: int
    content: int
    end: int


class _Frame(NamedTuple):
    """A collection whose end has not been seen yet."""

    mapping: bool
    flow: bool
    start: int
    content: int
    properties: Properties
    children: list[Node]


class _Builder:
    """Turns the parser's events into nodes, without recursion."""

    def __init__(self, text: str, path: str, offset: int) -> None:
        self.text = text
        self.path = path
        self._offset = offset
        self.roots: list[Node] = []
        self.anchored: dict[int, Content] = {}
        self._names: dict[str, int] = {}
        self._stack: list[_Frame] = []
        self._count = 0

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._names = {}
        elif name == "ScalarEvent":
            self._add(self._scalar(event))
        elif name == "AliasEvent":
            self._add(self._alias(event))
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            self._open(event, mapping=name == "MappingStartEvent")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._close(event.end_mark.index + self._offset)

    def _open(self, event: Any, *, mapping: bool) -> None:
        properties, start, content, _ = self._prefix(event)
        self._stack.append(_Frame(mapping, bool(event.flow_style), start, content, properties, []))
        if len(self._stack) > MAX_DEPTH:
            message = f"the file is nested more than {MAX_DEPTH} levels deep"
            raise self._error(message, start, _LIMIT)

    def _close(self, end: int) -> None:
        frame = self._stack.pop()
        if not frame.flow and frame.children:
            end = frame.children[-1].span.end
        nodes = frame.children
        span, content = Span(frame.start, end), Span(frame.content, end)
        if frame.mapping:
            pairs = tuple(map(Pair, nodes[::2], nodes[1::2]))
            self._add(Mapping(pairs, frame.flow, span, content, frame.properties))
        else:
            dashes = () if frame.flow else self._dashes(frame.content, nodes)
            self._add(Sequence(tuple(nodes), dashes, frame.flow, span, content, frame.properties))

    def _dashes(self, position: int, items: list[Node]) -> tuple[int, ...]:
        """Between two items stand only spaces, comments and the second one's dash."""
        dashes = []
        for item in items:
            dash = _skip_gap(self.text, position)
            dashes.append(dash)
            position = item.span.end
        return tuple(dashes)

    def _scalar(self, event: Any) -> Scalar:
        properties, start, content, bare_end = self._prefix(event)
        end: int = event.end_mark.index + self._offset
        style = event.style or ""
        if not style and not event.value:
            content = end = bare_end
            if properties == Properties():
                start = content = end = self._empty_position(start)
        elif style in ("|", ">"):
            end = _block_scalar_end(self.text, content, end)
        return Scalar(event.value, style, Span(start, end), Span(content, end), properties)

    def _empty_position(self, start: int) -> int:
        """Where an empty scalar stands: the parser puts that of a flow mapping at the next token."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or not (frame.flow and frame.mapping and frame.children):
            return start
        key_end = frame.children[-1].span.end
        colon = _COLON.match(self.text, key_end)
        return key_end if colon is None else colon.end()

    def _alias(self, event: Any) -> Alias:
        start: int = event.start_mark.index + self._offset
        name = event.anchor
        if name not in self._names:
            raise self._error("an alias stands for an anchor that is not above it", start)
        return Alias(name, Span(start, start + 1 + len(name)), self._names[name])

    def _prefix(self, event: Any) -> _Prefix:
        start: int = event.start_mark.index + self._offset
        if event.anchor is None and event.tag is None:
            return _Prefix(Properties(), start, start, start)
        anchor, tag, position, end = None, None, start, start
        while match := _PROPERTY.match(self.text, position):
            if match["anchor"] is None:
                tag = match.group()
            else:
                name = match["anchor"]
                anchor = Anchor(name, Span(*match.span()))
                self._names[name] = match.start()
            end = match.end()
            position = _skip_gap(self.text, end)
        return _Prefix(Properties(anchor, tag), start, position, end)

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._error(f"the file has more than {MAX_NODES} nodes", node.span.start, _LIMIT)
        if not isinstance(node, Alias) and node.properties.anchor is not None:
            self.anchored[node.properties.anchor.span.start] = node
        (self._stack[-1].children if self._stack else self.roots).append(node)

    def _error(self, message: str, position: int, hint: str = _MEND) -> ConfigurationError:
        line = self.text.count("\n", 0, position) + 1
        return ConfigurationError(message, hint=hint, path=self.path, line=line)


def _skip_gap(text: str, position: int) -> int:
    """Position behind spaces, line ends and comments."""
    match = _GAP.match(text, position)
    return position if match is None else match.end()


def _block_scalar_end(text: str, start: int, end: int) -> int:
    """End of a block scalar's last line that has text; comments that the parser ran into are left out."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text[start:end])
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    filled = [number for number, line in enumerate(lines) if number and line.strip()]
    while (
        len(filled) > 1 and indents[filled[-1]] < indents[filled[0]] and lines[filled[-1]].lstrip()[0] == "#"
    ):
        filled.pop()
    last = filled[-1] if filled else 0
    kept = "".join(lines[: last + 1])
    return start + len(kept.rstrip("\r\n"))
