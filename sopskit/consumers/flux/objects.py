"""Kubernetes objects as kustomize and Flux read them: YAML of several documents, `List`s, JSON.

Values are texts as they are written, None for null, `Map` and `List`, which know their lines. JSON is read as
the YAML that it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 4 << 20
MAX_DEPTH = 100
MAX_EVENTS = 500_000

_NULL = frozenset({"", "~", "null", "Null", "NULL"})


class Map(dict[str, Any]):
    """A mapping.

    Attributes:
        line: where it starts, from 1.
        lines: the line of each key.
    """

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def copy(self) -> Map:
        """Another mapping of the same values."""
        other = Map(self.line)
        other.update(self)
        other.lines.update(self.lines)
        return other


class List(list[Any]):
    """A list; `lines` has the line of each item."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


class Object(NamedTuple):
    """A Kubernetes object in a file.

    Attributes:
        path: of the file.
        number: which of the file's objects it is, from 0.
        root: its content.
        in_list: it is an item of a `kind: List`.
    """

    path: str
    number: int
    root: Map
    in_list: bool = False

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`; "" where there is none."""
        return text(self.root, "apiVersion")

    @property
    def kind(self) -> str:
        """`Secret`; "" where there is none."""
        return text(self.root, "kind")

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return text(self.root, "metadata", "name")

    @property
    def namespace(self) -> str:
        """`metadata.namespace`; "" where none is written."""
        return text(self.root, "metadata", "namespace")


def get(node: Any, *keys: str) -> Any:
    """What stands at a path of keys; None where there is nothing."""
    for key in keys:
        node = node.get(key) if isinstance(node, Map) else None
    return node


def text(node: Any, *keys: str) -> str:
    """The text at a path of keys; "" where there is none."""
    found = get(node, *keys)
    return found if isinstance(found, str) else ""


def items(node: Any, *keys: str) -> list[Any]:
    """The list at a path of keys; an empty one where there is none."""
    found = get(node, *keys)
    return found if isinstance(found, List) else []


def is_true(node: Any, *keys: str) -> bool:
    """Whether `true` stands at a path of keys."""
    return text(node, *keys) in ("true", "True", "TRUE")


def line_of(node: Any, *keys: str) -> int:
    """The line of the deepest key of a path that is there; 0 where none is."""
    line = node.line if isinstance(node, Map) else 0
    for key in keys:
        if not isinstance(node, Map) or key not in node:
            break
        line, node = node.lines.get(key, line), node[key]
    return line


# The metadata of a file that sops wrote is its last block; it is long, and says nothing to Kubernetes.
_SOPS = re.compile(r"^sops:[ \t]*\r?\n(?:[ \t#][^\n]*\n|\r?\n)*", re.MULTILINE)


def _without_stanzas(match: re.Match[str]) -> str:
    return "sops: {mac: x}" + "\n" * match.group().count("\n")


def documents(content: str, path: str) -> list[Any]:
    """The documents of a text, those without content left out; the stanzas of a SOPS file may be missing.

    Raises:
        ConfigurationError: it is no YAML, or too much of it.
    """
    if len(content) > MAX_CHARACTERS:
        raise ConfigurationError("the file is too large to be read as manifests", path=path)
    import yaml

    from sopskit.text import libyaml

    builder = _Builder(path)
    if "\nsops:" in content:
        content = _SOPS.sub(_without_stanzas, content)
    try:
        for event in libyaml.events(content.removeprefix("\ufeff")):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise ConfigurationError("is no plain YAML", path=path, line=line) from None
    except (yaml.YAMLError, ValueError):  # their text may quote the file
        raise ConfigurationError("is no plain YAML", path=path) from None
    return builder.roots


def objects(content: str, path: str) -> list[Object]:
    """The objects of a text, the items of its `List`s after each.

    Raises:
        ConfigurationError: as `documents`.
    """
    found: list[Object] = []
    for root in documents(content, path):
        if not isinstance(root, Map):
            continue
        found.append(Object(path, len(found), root))
        if text(root, "kind").endswith("List"):
            for item in items(root, "items"):
                if isinstance(item, Map):
                    found.append(Object(path, len(found), item, in_list=True))
    return found


class _Builder:
    """Puts events together, without recursion; an alias is the very node that it stands for."""

    def __init__(self, path: str) -> None:
        self.roots: list[Any] = []
        self._path = path
        self._anchors: dict[str, Any] = {}
        self._stack: list[Any] = []
        self._keys: list[str | None] = []
        self._count = 0

    def take(self, event: Any) -> None:
        name = type(event).__name__
        line = event.start_mark.line + 1
        self._count += 1
        if self._count > MAX_EVENTS or len(self._stack) > MAX_DEPTH:
            raise ConfigurationError("has too much in it to be read as manifests", path=self._path, line=line)
        if name == "ScalarEvent":
            plain = event.implicit[0] and event.style is None
            value = None if plain and event.value in _NULL else event.value
            self._add(value, line, event.anchor, key=event.value)
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            node = Map(line) if name == "MappingStartEvent" else List()
            self._add(node, line, event.anchor)
            self._stack.append(node)
            self._keys.append(None)
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._stack.pop()
            self._keys.pop()
        elif name == "AliasEvent":
            if event.anchor not in self._anchors:
                raise ConfigurationError("is no plain YAML", path=self._path, line=line)
            node = self._anchors[event.anchor]
            self._add(node, line, None, key=node if isinstance(node, str) else None)
        elif name == "DocumentStartEvent":
            self._anchors = {}

    def _add(self, node: Any, line: int, anchor: str | None, key: str | None = None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            if node is not None:
                self.roots.append(node)
            return
        parent = self._stack[-1]
        if isinstance(parent, List):
            parent.append(node)
            parent.lines.append(line)
        elif self._keys[-1] is None:
            if key is None:  # a template's braces, for one; JSON, which all ends up as, has no such keys
                raise ConfigurationError("is no plain YAML", path=self._path, line=line)
            self._keys[-1] = key
            parent.lines.setdefault(self._keys[-1], line)
        else:
            parent[self._keys[-1]] = node
            self._keys[-1] = None


def strings(node: Any) -> Iterator[str]:
    """All texts below a node; what aliases lead to counts once."""
    pending, seen = [node], set[int]()
    while pending:
        current = pending.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, (Map, List)) and id(current) not in seen:
            seen.add(id(current))
            pending.extend(current.values() if isinstance(current, Map) else current)
