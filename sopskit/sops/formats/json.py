"""JSON: the metadata is a member `sops` of the top-level object.

Source: getsops/sops, stores/json/store.go. Go's decoder reads one value and ignores what follows; sops
writes it with `json.Indent`, by default with tabs, and escapes as Go's `json.Marshal` does.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in typeshed
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import json_edit, sniffing
from sopskit.sops.formats.tree import MAX_DEPTH, Entry, List, Map, Node, Scalar, plain
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza

_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"true|false|null|-?[0-9][0-9.eE+-]*")
# Numbers stay texts: Python converts none of more than 4,300 digits, and nothing here looks at one.
_raw_decode = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode


class JsonFile(NamedTuple):
    """A JSON file that carries SOPS metadata."""

    metadata: Metadata
    text: str
    block: Map

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these stanzas; see `sopskit.sops.formats.SopsFile`."""
        return self._with_block(json_edit.edited(self.text, self.block, groups, shamir_threshold))

    def with_values(self, values: Mapping[str, str | bool | None]) -> bytes:
        """The file with these values of the metadata, by name; None removes one."""
        return self._with_block(json_edit.with_values(self.text, self.block, values))

    def _with_block(self, block: str) -> bytes:
        new = self.text[: self.block.start] + block + self.text[self.block.end :]
        return new.encode("utf-8", "surrogateescape")


def read(data: bytes) -> SopsFile | None:
    """Read a JSON file, or a binary one; see `sopskit.sops.formats.read`."""
    encrypted = sniffing.looks_encrypted(data)
    # Go reads bytes that are no UTF-8 as U+FFFD; here they are kept.
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = [value for name, value in _members(text) if name == "sops"]
        if not found:
            return None
        block = _node(text, found[0], 0)[0]
    except (JSONDecodeError, RecursionError) as error:
        if not encrypted:
            return None
        raise _unreadable(text, error) from None
    except BrokenFileError:
        if not encrypted:
            return None
        raise
    if not encrypted and not (isinstance(block, Map) and block.entry("mac")):
        return None
    line = splice.line_of(text, found[-1])
    if len(found) > 1:
        raise BrokenFileError("the object has two keys named sops", hint="remove one of them", line=line)
    if not isinstance(block, Map):
        raise BrokenFileError(
            "the key sops is no object",
            hint="sops opens no such file; restore it from git history",
            line=line,
        )
    return JsonFile(sops_metadata.metadata_from(plain(block)), text, block)


def _members(text: str) -> Iterator[tuple[str, int]]:
    """The members of the top-level object: name, and where the value starts."""
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise JSONDecodeError("no object", text, position)
    position = _skip(text, position + 1)
    while text[position : position + 1] != "}":
        name, value = _key(text, position)
        yield name.text or "", value
        position = _after_member(text, _raw_decode(text, value)[1], "}")


def _node(text: str, position: int, depth: int) -> tuple[Node, int]:
    """The value at `position` as a tree, and where it ends."""
    if depth > MAX_DEPTH:
        raise BrokenFileError(
            "the SOPS metadata is nested more deeply than sops writes", line=splice.line_of(text, position)
        )
    start = text[position : position + 1]
    if start == '"':
        value, end = scanstring(text, position + 1, True)
        return Scalar(value, position, end, '"'), end
    if start == "{":
        return _object(text, position, depth)
    if start == "[":
        return _array(text, position, depth)
    word = _WORD.match(text, position)
    if word is None:
        raise JSONDecodeError("no value", text, position)
    return Scalar(None if word[0] == "null" else word[0], position, word.end()), word.end()


def _object(text: str, start: int, depth: int) -> tuple[Node, int]:
    entries = []
    position = _skip(text, start + 1)
    while text[position : position + 1] != "}":
        key, value_start = _key(text, position)
        value, end = _node(text, value_start, depth + 1)
        entries.append(Entry(key, value))
        position = _after_member(text, end, "}")
    return Map(tuple(entries), start, position + 1), position + 1


def _array(text: str, start: int, depth: int) -> tuple[Node, int]:
    items = []
    position = _skip(text, start + 1)
    while text[position : position + 1] != "]":
        item, end = _node(text, position, depth + 1)
        items.append(item)
        position = _after_member(text, end, "]")
    return List(tuple(items), start, position + 1), position + 1


def _key(text: str, position: int) -> tuple[Scalar, int]:
    """The name at `position`, and where its value starts."""
    if text[position : position + 1] != '"':
        raise JSONDecodeError("no name", text, position)
    name, end = scanstring(text, position + 1, True)
    colon = _skip(text, end)
    if text[colon : colon + 1] != ":":
        raise JSONDecodeError("no colon", text, colon)
    return Scalar(name, position, end, '"'), _skip(text, colon + 1)


def _after_member(text: str, end: int, closing: str) -> int:
    """Where the next member starts, or the closing bracket stands."""
    position = _skip(text, end)
    if text[position : position + 1] == ",":
        position = _skip(text, position + 1)
        if text[position : position + 1] != closing:
            return position
    elif text[position : position + 1] == closing:
        return position
    raise JSONDecodeError("no comma", text, position)


def _skip(text: str, position: int) -> int:
    """The position behind white space."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _unreadable(text: str, error: Exception) -> BrokenFileError:
    hint = "restore the file from git history"
    if not isinstance(error, JSONDecodeError):
        return BrokenFileError("the JSON is nested too deeply", hint=hint)
    if text.startswith("\ufeff"):
        return BrokenFileError(
            "the JSON starts with a byte order mark", hint="remove it: sops reads no such file", line=1
        )
    sniffing.refuse_conflict(text)
    end = error.pos >= len(text.rstrip())
    return BrokenFileError(
        "the JSON is cut off" if end else "this is no valid JSON", hint=hint, line=error.lineno
    )
