"""YAML: the metadata is a top-level mapping `sops` in block style, in every document.

Only that block is parsed. A secret file may hold 50 MB of data or nest it 10,000 levels deep; none of
that is looked at, beyond making sure that the line `sops:` is a key and not the inside of a scalar.

Source: getsops/sops, stores/yaml/store.go. The first document's metadata counts; the layout of what is
new is that of go.yaml.in/yaml/v3, whose indentation is written by `_deeper`.
"""

from __future__ import annotations

import re
from bisect import bisect
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import changes, sniffing, yaml_edit, yaml_layout
from sopskit.sops.formats.tree import MAX_DEPTH, Entry, List, Map, Node, Scalar, plain
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.formats.yaml_layout import Layout
    from sopskit.sops.metadata import Metadata, Stanza

# The key, to be found at the left margin. Patterns start with a literal, which `re` finds fast.
_KEY = re.compile(r"""sops["']?[ \t]*:(?=[ \t\r\n]|\Z)""")
# The next line at the left margin that is no comment ends the block.
_BLOCK_END = re.compile(r"\n(?=[^\s#])")
_DOCUMENT = re.compile(r"\n---(?=[ \t\r\n]|\Z)")
_CONTENT = re.compile(r"(?:^|\n)\ufeff?[^\s#%\ufeff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})

_MAX_FLOW_DEPTH = 200  # libyaml's time grows with the square of it


class YamlFile(NamedTuple):
    """A YAML file that carries SOPS metadata.

    Attributes:
        metadata: that of the first document, which counts.
        text: the whole file.
        keys: where the keys `sops` of its documents are.
        layout: the first document's block, where it is the only one and has the layout of sops.
    """

    metadata: Metadata
    text: str
    keys: tuple[int, ...]
    layout: Layout | None = None

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these stanzas; see `sopskit.sops.formats.SopsFile`."""
        changes.check_wanted(groups)
        added = self._appended(groups) if not shamir_threshold else None
        return (self._edited(groups, shamir_threshold) if added is None else added).encode()

    def with_values(self, values: Mapping[str, str | bool | None]) -> bytes:
        """The file with these values of the metadata, by name; None removes one."""
        blocks = _blocks(self.text, self.keys, encrypted=True)
        splices = [edit for block in blocks for edit in yaml_edit.value_edits(self.text, block, values)]
        return splice.apply(self.text, splices).encode()

    def _appended(self, groups: Sequence[Sequence[Stanza]]) -> str | None:
        """The text with further age stanzas behind those that it has, if it takes no more than that."""
        layout = self.layout
        if layout is None or "shamir_threshold" in layout.mapping:
            return None
        added = layout.appended(self.metadata.groups, groups)
        if added is None or layout.age_end is None or layout.columns is None:
            return None
        items = [yaml_edit.item_lines(stanza.mapping(), layout.columns, "\n") for stanza in added]
        return self.text[: layout.age_end] + "".join(items) + self.text[layout.age_end :]

    def _edited(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> str:
        # A file may end without a newline; lines are easier to handle where it does not.
        added = "" if self.text.endswith("\n") else splice.newline_of(self.text)
        text = self.text + added
        blocks = _blocks(self.text, self.keys, encrypted=True)
        splices = [
            edit for block in blocks for edit in yaml_edit.edits(text, block, groups, shamir_threshold)
        ]
        return splice.apply(text, splices).removesuffix(added)


def read(data: bytes) -> SopsFile | None:
    """Read a YAML file; see `sopskit.sops.formats.read`."""
    encrypted = sniffing.looks_encrypted(data)
    text = sniffing.text_of(data)
    if text is None:
        return None
    if encrypted:
        sniffing.refuse_nul(text)
        sniffing.refuse_conflict(text)
    try:
        keys = _keys(text)
    except BrokenFileError:
        if encrypted:
            raise
        return None
    if not keys:
        return _read_without_key(data, text) if encrypted else None
    if encrypted and len(keys) == 1 and _document_numbers(text, keys) == [0]:
        layout = yaml_layout.read(text, keys[0], _block_end(text, keys[0]))
        if layout is not None:
            return YamlFile(sops_metadata.metadata_from(layout.mapping), text, tuple(keys), layout)
    blocks = _blocks(text, keys, encrypted=encrypted)
    if not blocks:
        return None
    return YamlFile(sops_metadata.metadata_from(plain(blocks[0])), text, tuple(keys))


def _read_without_key(data: bytes, text: str) -> SopsFile | None:
    """A file in which no line starts with `sops:`: JSON is YAML too; other layouts are refused."""
    if text.lstrip().startswith("{"):
        from sopskit.sops.formats import json

        return json.read(data)
    content = (line for line in text[:4096].splitlines() if line.strip() and line[0] not in "#-%\ufeff")
    if next(content, "").startswith(" ") and re.search("^ +sops:", text, re.MULTILINE):
        raise BrokenFileError(
            "the top level of this YAML file is indented", hint="sops updatekeys writes it anew at the margin"
        )
    return None


def _blocks(text: str, keys: Sequence[int], *, encrypted: bool) -> tuple[Map, ...]:
    """The metadata of each document, or nothing where the keys `sops` are no metadata."""
    documents = _document_numbers(text, keys)
    # sops drops a second key of a later document; in the first it is an error.
    keys = [key for index, key in enumerate(keys) if not index or documents[index] != documents[index - 1]]
    nodes = [_node_at(text, key, encrypted=encrypted) for key in keys]
    if not encrypted and not any(isinstance(node, Map) and node.entry("mac") for node in nodes):
        return ()
    if documents[0] != 0:
        raise BrokenFileError(
            "the first YAML document carries no SOPS metadata",
            hint="sops reads the metadata of the first document only",
            line=splice.line_of(text, keys[0]),
        )
    if documents.count(0) > 1:
        raise BrokenFileError(
            "a YAML document has two keys named sops",
            hint="a merge may have kept both sides: remove one",
            line=splice.line_of(text, keys[0]),
        )
    if not isinstance(nodes[0], Map):
        raise BrokenFileError(
            "the key sops is no mapping",
            hint="sops opens no such file; restore it from git history",
            line=splice.line_of(text, keys[0]),
        )
    return tuple(node for node in nodes if isinstance(node, Map))


def _document_numbers(text: str, keys: Sequence[int]) -> list[int]:
    """Which document of the stream holds each key, from 0; a leading `---` starts no second one."""
    marks = [mark.start() for mark in _DOCUMENT.finditer(text, 0, keys[-1])]
    if marks and not _CONTENT.search(text, 0, marks[0]):
        del marks[0]
    return [bisect(marks, key) for key in keys]


def _keys(text: str) -> list[int]:
    """Where `sops` is a key of a document's mapping.

    A line at the margin can only be something else inside a quoted scalar or a flow collection, so
    that the data before it is parsed only where it holds a quote, a brace, or a bracket besides `ENC[`.
    """
    keys = [match.start() for match in _KEY.finditer(text)]
    keys = [start for key in keys if (start := _margin(text, key)) is not None]
    if not keys:
        return []
    before = text[: keys[-1]]
    quotes = '"' in before or "'" in before or "{" in before  # faster than a pattern, or a loop
    if not quotes and before.count("[") == before.count("ENC["):
        return keys
    return sorted(_top_level(text, set(keys)))


def _margin(text: str, word: int) -> int | None:
    """Where the key that has the word `sops` at `word` starts, if that is at the left margin."""
    start = word - 1 if word and text[word - 1] in "\"'" else word
    margin = start == 0 or text[start - 1] == "\n" or (start == 1 and text[0] == "\ufeff")
    closing = text[word + 4 : word + 5]
    return start if margin and (closing == text[start] if start < word else closing not in "\"'") else None


def _top_level(text: str, positions: set[int]) -> set[int]:
    """Those of `positions` where a key of a document's mapping starts."""
    from yaml import events

    depth, found = 0, set[int]()
    offset = int(text.startswith("\ufeff"))  # which libyaml does not count
    for event in _events(text):
        position = event.start_mark.index + offset
        if isinstance(event, events.ScalarEvent):
            if depth == 1 and position in positions:
                found.add(position)
        elif isinstance(event, events.CollectionStartEvent):
            depth += 1
            if event.flow_style and depth > _MAX_FLOW_DEPTH:
                raise BrokenFileError(
                    "the YAML is nested too deeply in brackets", hint="sops may not open it either"
                )
        elif isinstance(event, events.CollectionEndEvent):
            depth -= 1
    return found


def _node_at(text: str, start: int, *, encrypted: bool) -> Node | None:
    """The value of a key `sops`, with positions in the whole text; None where it is no such value."""
    try:
        node = _parse(text[start : _block_end(text, start)], start)
    except BrokenFileError as error:
        if not encrypted:
            return None
        line = splice.line_of(text, start)
        error.line = line if error.line is None else line + error.line - 1
        raise
    return node.entries[0].value if isinstance(node, Map) and len(node.entries) == 1 else None


def _block_end(text: str, start: int) -> int:
    """Where the lines of the key at `start` end."""
    end = _BLOCK_END.search(text, start)
    return end.end() if end else len(text)


def _parse(block: str, offset: int) -> Node:
    """Parse the lines of one key; `offset` is where they stand in the whole text."""
    from yaml import events

    stack: list[tuple[Any, list[Node]]] = []
    for event in _events(block):
        if isinstance(event, events.ScalarEvent):
            node: Node = _scalar(event, offset)
        elif isinstance(event, events.CollectionStartEvent):
            stack.append((event, []))
            if event.anchor or len(stack) > MAX_DEPTH:
                raise _unexpected(event)
            continue
        elif isinstance(event, events.CollectionEndEvent):
            start, children = stack.pop()
            node = _collection(start, event, children, offset)
        elif isinstance(event, events.AliasEvent):
            raise _unexpected(event)
        else:
            continue
        if not stack:
            return node
        stack[-1][1].append(node)
    raise BrokenFileError("the SOPS metadata is cut off", hint="restore the file from git history")


def _scalar(event: Any, offset: int) -> Scalar:
    if event.anchor:
        raise _unexpected(event)
    style = event.style or ""
    text = None if not style and event.value in _NULL else event.value
    return Scalar(text, offset + event.start_mark.index, offset + event.end_mark.index, style)


def _collection(start: Any, end: Any, children: list[Node], offset: int) -> Node:
    from yaml import events

    first, last = offset + start.start_mark.index, offset + end.end_mark.index
    flow = bool(start.flow_style)
    if isinstance(start, events.SequenceStartEvent):
        return List(tuple(children), first, last, flow)
    entries = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key, Scalar) or key.text == "<<":
            raise _unexpected(start)
        entries.append(Entry(key, value))
    return Map(tuple(entries), first, last, flow)


def _events(text: str) -> Iterator[Any]:
    """The events of libyaml, whose errors become ours: its texts may quote the file."""
    import yaml

    from sopskit.text import libyaml

    try:
        yield from libyaml.events(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BrokenFileError(
            "this is no valid YAML",
            hint="restore the file from git history",
            line=mark.line + 1 if mark is not None else None,
        ) from None


def _unexpected(event: Any) -> BrokenFileError:
    return BrokenFileError(
        "the SOPS metadata has an anchor, alias, merge key or nesting that sops does not write",
        hint="restore the file from git history",
        line=event.start_mark.line + 1,
    )
