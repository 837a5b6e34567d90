"""The metadata of dotenv and INI files: one line a value, with its path as a name.

A path is written `age__list_0__map_enc`. Source: getsops/sops, stores/flatten.go. A list must have no
gap, so that a stanza that goes renumbers those behind it: their names change, their values do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import changes, tree
from sopskit.text.splice import Splice, apply, newline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sopskit.keys.recipients import StanzaKind
    from sopskit.sops.metadata import Stanza

_SEPARATOR = re.compile(r"__(map|list)_")
_STANZA_KEYS = frozenset({*sops_metadata.GROUP_ORDER, "key_groups", "shamir_threshold"})


class Line(NamedTuple):
    """One value of the metadata, which INI may write over several lines of text.

    Attributes:
        name: its path, without a format's prefix.
        value: the text it stands for, newlines as such.
        start: where the first line starts.
        name_start: where `name` starts.
        value_start: where the value starts as it is written.
        value_end: where that ends.
        end: behind the last line, its newline included.
    """

    name: str
    value: str
    start: int
    name_start: int
    value_start: int
    value_end: int
    end: int

    @property
    def key(self) -> str:
        """The first part of the path, a key of the metadata."""
        return self.name.partition("__")[0]


class Spelling(NamedTuple):
    """How a format writes a line of its own: a value, and a line of name and value with no newline."""

    value: Callable[[str], str]
    line: Callable[[str, str], str]


def nested(lines: Iterable[Line]) -> dict[str, Any]:
    """The values as the nested mapping that their names describe.

    Raises:
        BrokenFileError: two lines of one name, a name that is both a value and a list, or a gap in a list.
    """
    root: dict[Any, Any] = {}
    for line in lines:
        *path, last = _path(line.name)
        node = root
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise _inconsistent(line.name)
        if last in node:
            raise _inconsistent(line.name)
        node[last] = line.value
    return {str(key): _listed(value) for key, value in root.items()}


def with_groups(
    text: str, lines: Sequence[Line], groups: Sequence[Sequence[Stanza]], threshold: int, spelling: Spelling
) -> str:
    """The text with these key groups; see `sopskit.sops.formats.SopsFile`."""
    changes.check_wanted(groups)
    added = "" if text.endswith("\n") else newline_of(text)
    editor = _Editor(lines, spelling, newline_of(text))
    present = _prefixes(lines)
    if len(present) != len(groups):
        splices = list(editor.reshaped(groups, threshold))
    else:
        splices = [
            splice
            for prefix, wanted in zip(present, groups, strict=True)
            for splice in editor.regrouped(prefix, wanted)
        ]
        splices += editor.threshold(threshold)
    return apply(text + added, splices).removesuffix(added)


def with_values(
    text: str, lines: Sequence[Line], values: Mapping[str, str | bool | None], spelling: Spelling
) -> str:
    """The text with these values of the metadata, by name; None removes one."""
    present = {line.name: line for line in lines}
    added = "" if text.endswith("\n") else newline_of(text)
    editor = _Editor(lines, spelling, newline_of(text))
    splices = []
    for name in sorted(values):
        value, line = values[name], present.get(name)
        if value is None:
            splices += [_gone(line)] if line else []
        elif line is None:
            splices.append(editor.inserted(lines, "", name, flattened(name, value)))
        else:
            splices.append(Splice(line.value_start, line.value_end, spelling.value(_plain(value))))
    return apply(text + added, splices).removesuffix(added)


class _Editor(NamedTuple):
    """The splices of one file."""

    lines: Sequence[Line]
    spelling: Spelling
    newline: str

    def reshaped(self, groups: Sequence[Sequence[Stanza]], threshold: int) -> Iterator[Splice]:
        """All stanza lines anew."""
        rest = [line for line in self.lines if line.key not in _STANZA_KEYS]
        yield from (_gone(line) for line in self.lines if line.key in _STANZA_KEYS)
        values = tree.shape(groups, threshold)
        for key in sorted(values, key=changes.order([line.key for line in rest])):
            yield self.inserted(rest, "", key, flattened(key, values[key]))

    def regrouped(self, prefix: str, wanted: Sequence[Stanza]) -> Iterator[Splice]:
        """One group, whose names start with `prefix`."""
        scope = [line for line in self.lines if line.name.startswith(prefix)]
        keys = [_key_behind(prefix, line) for line in scope]
        for kind in sorted(sops_metadata.GROUP_ORDER, key=changes.order(keys)):
            stem = f"{prefix}{kind}__list_"
            items = _items(scope, stem)
            present = [_stanza(kind, stem, index, items[index]) for index in range(len(items))]
            change = changes.list_change(present, changes.of_kind(wanted, kind))
            if not change:
                continue
            yield from self._kept_items(kind, stem, items, change)
            new = [
                pair
                for index, stanza in enumerate(change.added, change.left)
                for pair in flattened(f"{stem}{index}", stanza.mapping())
            ]
            if new and items:
                place = max(line.end for item in items.values() for line in item)
                yield Splice(place, place, self._lines(new))
            elif new:
                yield self.inserted(scope, prefix, kind, new)

    def threshold(self, threshold: int) -> Iterator[Splice]:
        """The number of groups that open the file."""
        line = next((line for line in self.lines if line.name == "shamir_threshold"), None)
        if line is None:
            if threshold:
                yield self.inserted(
                    self.lines, "", "shamir_threshold", [("shamir_threshold", str(threshold))]
                )
        elif threshold and line.value != str(threshold):
            yield Splice(line.value_start, line.value_end, str(threshold))
        elif not threshold and line.value not in ("", "0"):
            yield _gone(line)

    def _kept_items(
        self, kind: StanzaKind, stem: str, items: dict[int, list[Line]], change: changes.ListChange
    ) -> Iterator[Splice]:
        """Items that go, that are spelt anew, and that move up."""
        position = 0
        for index in range(len(items)):
            if index in change.removed:
                yield from (_gone(line) for line in items[index])
                continue
            for line in items[index]:
                if position != index:
                    start = line.name_start + len(stem)
                    yield Splice(start, start + len(str(index)), str(position))
                if index in change.spelt and line.name == _spelling_name(kind, stem, index):
                    new = self.spelling.value(change.spelt[index])
                    yield Splice(line.value_start, line.value_end, new)
            position += 1

    def inserted(
        self, scope: Sequence[Line], prefix: str, key: str, pairs: Sequence[tuple[str, str]]
    ) -> Splice:
        """Lines put where sops has this key."""
        index = changes.place([_key_behind(prefix, line) for line in scope], key)
        place = scope[index].start if index < len(scope) else scope[-1].end
        return Splice(place, place, self._lines(pairs))

    def _lines(self, pairs: Sequence[tuple[str, str]]) -> str:
        return "".join(self.spelling.line(name, value) + self.newline for name, value in pairs)


def _gone(line: Line) -> Splice:
    return Splice(line.start, line.end, "")


def _prefixes(lines: Sequence[Line]) -> list[str]:
    """What the names of each group's stanzas start with; flat lists win over `key_groups`."""
    if any(line.key in sops_metadata.GROUP_ORDER for line in lines):
        return [""]
    numbers = {match[1] for line in lines if (match := re.match(r"key_groups__list_(\d+)__", line.name))}
    return [f"key_groups__list_{number}__map_" for number in sorted(numbers, key=int)]


def _key_behind(prefix: str, line: Line) -> str:
    return line.name.removeprefix(prefix).partition("__")[0]


def _items(scope: Iterable[Line], stem: str) -> dict[int, list[Line]]:
    """The lines of each item of the list whose names start with `stem`."""
    items: dict[int, list[Line]] = {}
    for line in scope:
        if line.name.startswith(stem):
            index = int(line.name[len(stem) :].partition("__")[0])
            items.setdefault(index, []).append(line)
    return items


def _stanza(kind: StanzaKind, stem: str, index: int, lines: Sequence[Line]) -> Stanza:
    prefix = f"{stem}{index}__map_"
    values = nested(line._replace(name=line.name.removeprefix(prefix)) for line in lines)
    return sops_metadata.stanza_from(kind, values)


def _spelling_name(kind: StanzaKind, stem: str, index: int) -> str:
    return f"{stem}{index}__map_{sops_metadata.SPELLING_FIELD.get(kind)}"


def flattened(name: str, value: Any) -> list[tuple[str, str]]:
    """The names and values of a nested value, as flatten.go writes them: an empty list has no line."""
    if isinstance(value, dict):
        parts = [(f"{name}__map_{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{name}__list_{index}", item) for index, item in enumerate(value)]
    else:
        return [(name, _plain(value))]
    return [pair for part, item in parts for pair in flattened(part, item)]


def _plain(value: object) -> str:
    """A single value as Go writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _path(name: str) -> list[str | int]:
    parts = _SEPARATOR.split(name)
    path: list[str | int] = [parts[0]]
    for sort, part in zip(parts[1::2], parts[2::2], strict=True):
        if sort == "list" and not re.fullmatch("0|[1-9][0-9]{0,5}", part):
            raise _inconsistent(name)
        path.append(int(part) if sort == "list" else part)
    if len(path) > tree.MAX_DEPTH:
        raise _inconsistent(name)
    return path


def _listed(node: Any) -> Any:
    """Turn dicts with the keys 0, 1, ... into lists."""
    if not isinstance(node, dict):
        return node
    numbers = [key for key in node if isinstance(key, int)]
    if not numbers:
        return {key: _listed(value) for key, value in node.items()}
    if len(numbers) < len(node) or max(numbers) >= len(numbers):
        raise BrokenFileError(
            "a list in the SOPS metadata has a gap",
            hint="lists count from 0: restore the file from git history",
        )
    return [_listed(node[index]) for index in range(len(numbers))]


def _inconsistent(name: str) -> BrokenFileError:
    shown = name if len(name) < 80 and name.isprintable() else "a name"
    return BrokenFileError(
        f"{shown} in the SOPS metadata stands twice or contradicts another line",
        hint="a merge may have kept both sides: restore the file from git history",
    )
