"""Decoding a YAML tree into typed values as go-yaml (go.yaml.in/yaml/v3, decode.go) does for sops.

A schema says what sops expects where (config/config.go); what it does not name is ignored, as sops ignores
it. Decoded values remember their node and the alias they came through, so that an edit finds its place.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sopskit.errors import ConfigurationError
from sopskit.sops_yaml.scalars import resolve
from sopskit.text.yaml_tree import Alias, Content, Document, Mapping, Node, Pair, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingType

_MAX_DECODED = 200_000  # nodes, those reached through aliases counted each time
_MAX_DEPTH = 100  # of values in values, through aliases and merge keys as well


class Plain(Enum):
    """The scalar types of sops's configuration; the value is their name in messages."""

    STRING = "a string"
    INTEGER = "a number"
    BOOLEAN = "true or false"
    ANY = "anything"


class ListOf(NamedTuple):
    """A list (a Go slice) of values of one schema."""

    item: Schema


class MapOf(NamedTuple):
    """A mapping with free keys and string values."""

    name: str = "a mapping"


class Struct(NamedTuple):
    """A mapping with known fields; a field named in its own schema, `merge`, nests without end."""

    fields: dict[str, Schema]


Schema: TypeAlias = Plain | ListOf | MapOf | Struct


class Decoded(NamedTuple):
    """A value, the node it stands in and the alias through which it was reached, if any.

    `value` is a str, int, float or bool, a list of Decoded, or a dict of str to Decoded.
    """

    value: object
    node: Content
    alias: Alias | None = None

    @property
    def items(self) -> list[Decoded]:
        """The items of a list, else nothing."""
        return self.value if isinstance(self.value, list) else []

    @property
    def fields(self) -> dict[str, Decoded]:
        """The fields of a mapping, else nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def text(self) -> str:
        """The text of a string, else an empty one."""
        return self.value if isinstance(self.value, str) else ""


class Decoder:
    """Decodes nodes of one document.

    Attributes:
        visited: where the nodes start that were decoded since the caller last emptied the set.
    """

    def __init__(self, document: Document, path: str) -> None:
        self.document = document
        self.path = path
        self.visited: set[int] = set()
        self._open: list[Node] = []
        self._count = 0

    def decode(self, node: Node, schema: Schema) -> Decoded | None:
        """Decode a node; None where it is null.

        Raises:
            ConfigurationError: the node is of another type, has a key twice, or contains itself.
        """
        alias = node if isinstance(node, Alias) else None
        target = self.document.resolved(node)
        self._enter(target, node)
        value = self._value(target, schema)
        self._open.pop()
        return None if value is None else Decoded(value, target, alias)

    def sections(self, root: Mapping, names: tuple[str, ...]) -> dict[str, Node]:
        """The nodes of top-level fields, undecoded; merge keys count as they do in a struct.

        Raises:
            ConfigurationError: a key of the file stands there twice.
        """
        self._refuse_duplicates(root)
        found: dict[str, Node] = {}
        merged: list[Node] = []
        for key, pair in self._pairs(root):
            if is_merge_key(pair.key):
                merged.extend(self._merge_sources(pair.value))
            elif key in names:
                found[key] = pair.value
        for source in merged:
            target = self.document.resolved(source)
            self._enter(target, source)
            if not isinstance(target, Mapping):
                raise self.error("a merge key (<<) takes a mapping or a list of mappings", source)
            found = self.sections(target, names) | found
            self._open.pop()
        return found

    def items(self, node: Node) -> tuple[Node, ...]:
        """The items of a list, undecoded; none where it is null.

        Raises:
            ConfigurationError: the node is neither.
        """
        target = self.document.resolved(node)
        if isinstance(target, Sequence):
            return target.items
        if isinstance(target, Scalar) and resolve(target) is None:
            return ()
        raise self._mismatch(target, ListOf(Struct({})))

    def _enter(self, target: Node, at: Node) -> None:
        self._count += 1
        if self._count > _MAX_DECODED:
            raise self.error("the aliases of this file expand to too many values", at)
        if any(target is other for other in self._open):
            raise self.error("an anchor contains an alias to itself", at)
        if len(self._open) == _MAX_DEPTH:
            raise self.error("the values of this file, with their aliases, are nested too deeply", at)
        self._open.append(target)
        self.visited |= {target.span.start, at.span.start}

    def _value(self, node: Content, schema: Schema) -> object:
        if isinstance(node, Scalar):
            resolved = resolve(node)
            return None if resolved is None else self._scalar(node, resolved, schema)
        if isinstance(node, Sequence):
            return self._sequence(node, schema)
        self._refuse_duplicates(node)
        if isinstance(schema, Struct):
            return self._struct(node, schema, set())
        if isinstance(schema, MapOf) or schema is Plain.ANY:
            return self._map(node, Plain.STRING if isinstance(schema, MapOf) else Plain.ANY)
        raise self._mismatch(node, schema)

    def _scalar(self, node: Scalar, resolved: str | float, schema: Schema) -> object:
        if schema is Plain.STRING:
            return node.value
        if schema is Plain.ANY:
            return resolved
        if schema is Plain.INTEGER and not isinstance(resolved, str | bool) and abs(resolved) < 1 << 63:
            return int(resolved)  # infinity and NaN do not pass the comparison
        if schema is Plain.BOOLEAN:
            value = _BOOLEAN_WORDS.get(resolved) if isinstance(resolved, str) else resolved
            if isinstance(value, bool):
                return value
        raise self._mismatch(node, schema)

    def _sequence(self, node: Sequence, schema: Schema) -> list[Decoded]:
        if isinstance(schema, ListOf):
            decoded = (self.decode(item, schema.item) for item in node.items)
            return [item for item in decoded if item is not None]
        if schema is Plain.ANY:
            # Unlike a list of a type, a list of anything keeps its nulls; sops then refuses them.
            return [self._item(item) for item in node.items]
        raise self._mismatch(node, schema)

    def _item(self, item: Node) -> Decoded:
        decoded = self.decode(item, Plain.ANY)
        return decoded or Decoded(None, self.document.resolved(item))

    def _map(self, node: Mapping, item: Plain) -> dict[str, Decoded]:
        result = {}
        for key, pair in self._pairs(node):
            value = self.decode(pair.value, item)
            if value is not None:
                result[key] = value
        return result

    def _struct(self, node: Mapping, schema: Struct, taken: set[str]) -> dict[str, Decoded]:
        """Fields of a mapping and then of what its merge keys bring; the first to set a field wins."""
        result: dict[str, Decoded] = {}
        merged: list[Node] = []
        for key, pair in self._pairs(node):
            if is_merge_key(pair.key):
                merged.append(pair.value)
            elif key not in taken:
                taken.add(key)
                value = (
                    self.decode(pair.value, schema.fields.get(key, Plain.ANY))
                    if key in schema.fields
                    else None
                )
                if value is not None:
                    result[key] = value
        for source in merged:
            for mapping in self._merge_sources(source):
                result |= self._merged(mapping, schema, taken)
        return result

    def _merge_sources(self, node: Node) -> Iterator[Node]:
        """A merge key takes a mapping or a list of mappings, each possibly an alias."""
        if isinstance(node, Sequence):
            yield from node.items
        else:
            yield node

    def _merged(self, node: Node, schema: Struct, taken: set[str]) -> dict[str, Decoded]:
        target = self.document.resolved(node)
        if not isinstance(target, Mapping):
            raise self.error("a merge key (<<) takes a mapping or a list of mappings", node)
        self._enter(target, node)
        self._refuse_duplicates(target)
        fields = self._struct(target, schema, taken)
        self._open.pop()
        return fields

    def _pairs(self, node: Mapping) -> Iterator[tuple[str, Pair]]:
        for pair in node.pairs:
            key = self.document.resolved(pair.key)
            if not isinstance(key, Scalar):
                raise self.error("the key of a field must be a string", pair.key)
            if resolve(key) is not None:
                yield key.value, pair

    def _refuse_duplicates(self, node: Mapping) -> None:
        seen: dict[str, Node] = {}
        for pair in node.pairs:
            key = self.document.resolved(pair.key)
            name = key.value if isinstance(key, Scalar) else ""
            if name in seen:
                first = self.document.line(seen[name].span.start)
                raise self.error(f"a key stands here a second time; the first is on line {first}", pair.key)
            seen[name] = pair.key

    def _mismatch(self, node: Node, schema: Schema) -> ConfigurationError:
        expected = schema.value if isinstance(schema, Plain) else _EXPECTED[type(schema)]
        found = {Sequence: "a list", Mapping: "a mapping"}.get(type(node), "a single value")
        return self.error(f"sops expects {expected} here, not {found}", node)

    def error(self, message: str, node: Node) -> ConfigurationError:
        """An error at a node's line."""
        line = self.document.line(node.span.start)
        return ConfigurationError(
            message, hint="sops refuses it too; mend the line", path=self.path, line=line
        )


_EXPECTED: MappingType[type, str] = {ListOf: "a list", MapOf: "a mapping", Struct: "a mapping of fields"}


def is_merge_key(node: Node) -> bool:
    """Whether a key is the merge key: a `<<` that is not quoted."""
    return isinstance(node, Scalar) and node.value == "<<" and not node.style


# decode.go: a typed bool also takes the words of YAML 1.1, quoted or not.
_BOOLEAN_WORDS = dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True) | dict.fromkeys(
    ("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False
)
