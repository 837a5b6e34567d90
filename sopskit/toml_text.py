"""TOML files that may be hostile: reading them, and the lines where things stand, which TOML does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_SIZE = 1 << 20
_MAX_DOTS = 100  # of one key: tomllib takes time with the square of them

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_KEYS = re.compile(r"[=,{\[\]\"']")  # what may stand on either side of a key
_KEY = re.compile(r"[ \t]*[\"']?([A-Za-z0-9_-]+)[\"']?[ \t]*=")


class Table(NamedTuple):
    """One table of an array of tables.

    Attributes:
        content: what it holds; whatever the file has in the place of a table.
        path: of the file.
        line: where the table begins, from 1.
        lines: where its keys stand, as far as that is known.
    """

    content: object
    path: str
    line: int
    lines: Mapping[str, int]

    def line_of(self, key: str) -> int:
        """Where a key stands, or else the table."""
        return self.lines.get(key, self.line)


def decoded(data: bytes, path: str) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        ConfigurationError: it is larger than 1 MiB, or not UTF-8.
    """
    if len(data) > _MAX_SIZE:
        raise ConfigurationError("is too large: more than 1 MiB", hint="is it the right file?", path=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("is not UTF-8", hint="save it as UTF-8", path=path, line=line) from None


def load(text: str, path: str) -> Mapping[str, object]:
    """The content of a file.

    Raises:
        ConfigurationError: it is no TOML.
    """
    import tomllib

    if any(part.count(".") > _MAX_DOTS for line in text.split("\n") for part in _KEYS.split(line)):
        raise ConfigurationError("is nested too deeply", path=path)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigurationError("is nested too deeply", path=path) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        found = _PLACE.search(str(error))
        line = int(found[1]) if found and found[1] else None
        raise ConfigurationError(
            "is no TOML", hint="https://toml.io shows how it is written", path=path, line=line
        ) from None


def line_of(text: str, word: str) -> int:
    """The first line where a word stands that is not a part of a longer one, else 1."""
    found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def tables(text: str, name: str, items: Sequence[object], path: str) -> tuple[Table, ...]:
    """The tables of an array, with their lines.

    Args:
        text: of the file.
        name: of the array, dotted: `scan.rule`.
        items: what was read for it, in order.
        path: of the file.
    """
    if not items:
        return ()
    lines = text.split("\n")
    header = re.compile(rf"[ \t]*\[\[[ \t]*{re.escape(name)}[ \t]*\]\]")
    starts = [number for number, line in enumerate(lines) if header.match(line)]
    if len(starts) != len(items):  # written in another way
        return tuple(Table(item, path, _line_of_id(text, name, item), {}) for item in items)
    ends = [*starts[1:], len(lines)]
    return tuple(
        Table(item, path, start + 1, _keys(lines, start + 1, end))
        for item, start, end in zip(items, starts, ends, strict=True)
    )


def _line_of_id(text: str, name: str, item: object) -> int:
    id_ = item.get("id") if isinstance(item, dict) else None
    return line_of(text, id_ if isinstance(id_, str) and id_ else name.rpartition(".")[2])


def _keys(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in range(start, end):
        key = _KEY.match(lines[number])
        if key is not None:
            found.setdefault(key[1], number + 1)
    return found
