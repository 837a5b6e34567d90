"""INI documents: sections of keys, every value a text; the metadata is the section `[sops]`.

Source: getsops/sops, stores/ini/store.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.sops.documents import (
    Branch,
    Comment,
    Leaf,
    Written,
    ini_changes,
    ini_comments,
    ini_emission,
    metadata_text,
)
from sopskit.sops.documents.flat_values import text_of
from sopskit.sops.documents.ini_comments import Place
from sopskit.sops.formats import Format, ini_reading, ini_values
from sopskit.text import splice
from sopskit.text.splice import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.documents import Document, Node
    from sopskit.sops.formats.ini_reading import Key, Section
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

METADATA = "sops"


class IniDocument(NamedTuple):
    """An INI text; see `sopskit.sops.documents.Document`.

    Attributes:
        text: the text.
        sections: all of them, that of the metadata too.
        leaves: values and comments. A comment that sops loses (at the end, behind a quoted value, of a key
            that is repeated) is a leaf too, so that it does not stay readable.
        places: where each leaf stands: a comment, or every key of the same name.
        seen: the leaves that sops sees, by section.
    """

    text: str
    sections: list[Section]
    leaves: list[Leaf]
    places: list[Place | list[Key]]
    seen: list[tuple[str, list[int]]]

    @property
    def encrypted(self) -> bool:
        """Whether there is a section `sops`."""
        return any(section.name == METADATA for section in self.sections)

    def line_of(self, number: int) -> int | None:
        """The line of a leaf."""
        place = self.places[number]
        start = place.pieces[0].start if isinstance(place, Place) else place[-1].span.start
        return splice.line_of(self.text, start)

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The sections, each with its comment first; a key's comment follows it, as in sops."""
        return (Branch(tuple((name, self._branch(numbers, values or {})) for name, numbers in self.seen)),)

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The text with other values."""
        splices = [change for number in sorted(values) for change in self._changes(number, values[number])]
        if metadata is None and self.encrypted:
            splices += ini_changes.without_metadata(self.text, self.sections)
        text = splice.apply(self.text, splices)
        self._check(text, values, encrypting=metadata is not None)
        if metadata is None:
            return Written(_encode(text))
        if self.encrypted:
            return Written(metadata_text.edited(_encode(text), Format.INI, metadata))
        if isinstance(previous, IniDocument) and previous.encrypted:
            block = ini_changes.metadata_block(previous.text, previous.sections)
            text = ini_changes.with_block(text, block)
            return Written(metadata_text.edited(_encode(text), Format.INI, metadata))
        return Written(_encode(ini_changes.with_block(text, ini_changes.new_block(metadata))))

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """The text with another value of a key, or with other keys in a section."""
        text = ini_changes.set_value(self.text, self.sections, path, value)
        return _encode(text)

    def unset(self, path: Sequence[str | int]) -> bytes:
        """The text without a key or a section."""
        return _encode(splice.apply(self.text, ini_changes.unset_value(self.text, self.sections, path)))

    def _branch(self, numbers: Sequence[int], values: Mapping[int, Value]) -> Branch:
        items: list[tuple[str, Node] | Comment] = []
        for number in numbers:
            leaf = self.leaves[number]
            value = values.get(number, leaf.value)
            shown = Comment(ini_comments.shown(str(value))) if leaf.is_comment else (leaf.path[1], value)
            items.append(shown)
        return Branch(tuple(items))

    def _changes(self, number: int, value: Value) -> Iterator[Splice]:
        place = self.places[number]
        text = text_of(value, ".".join(self.leaves[number].path))
        if isinstance(place, Place):
            yield from ini_comments.written(self.text, place, text)
        else:
            for key in place:
                has_comment = any(piece.inline for piece in key.comment)
                yield Splice(*key.span, ini_values.spelt(text, key.quote, has_comment=has_comment))

    def _check(self, text: str, values: Mapping[int, Value], *, encrypting: bool) -> None:
        """Make sure that the values read again: what surrounds one has a say in how it reads."""
        wanted = [
            text_of(values.get(number, leaf.value), "")
            for number, leaf in enumerate(self.leaves)
            if not leaf.is_comment
        ]
        again = document_of(text).leaves
        lost = encrypting and len(again) < len(self.leaves)  # a comment that became part of a value, say
        if lost or wanted != [leaf.value for leaf in again if not leaf.is_comment]:
            raise FailedError(
                "a value cannot be written where it stands in this INI file",
                hint="quotes or comments behind it are in the way: put them on lines of their own",
            )


def read(data: bytes) -> IniDocument:
    """Read an INI text; see `sopskit.sops.documents.read`."""
    return document_of(data.decode("utf-8", "surrogateescape"))


def emit(branches: Sequence[Branch], indent: int | None) -> bytes:  # noqa: ARG001 - lines have no levels
    """A new INI text; see `sopskit.sops.documents.emit`."""
    return _encode(ini_emission.emitted(branches))


def document_of(text: str) -> IniDocument:
    """The document of a text."""
    document = IniDocument(text, ini_reading.read(text), [], [], [])
    for section in document.sections:
        if section.name != METADATA:
            _add_section(document, section)
    return document


def _add_section(document: IniDocument, section: Section) -> None:
    leaves = document.leaves
    first = len(leaves)
    path = (section.name,)
    named: dict[str, list[Key]] = {}
    for key in section.keys:
        named.setdefault(key.name, []).append(key)
    comments = _add_comment(document, path, Place(section.comment, section.behind, of_section=True))
    for name, keys in named.items():
        leaves.append(Leaf((*path, name), keys[-1].value, comments=comments))
        document.places.append(keys)
        comments = _add_comment(document, path, Place(keys[-1].comment, keys[-1].span.end))
    document.seen.append((section.name, list(range(first, len(leaves)))))
    for place in _dropped(document.text, section, named):
        _add_comment(document, path, place)


def _add_comment(document: IniDocument, path: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """Add a comment, if there is one; returns what is in force at the next value."""
    if not place.pieces:
        return ()
    value = ini_comments.value_of(document.text, place)
    comments = (ini_comments.shown(value),)
    document.leaves.append(Leaf(path, value, is_comment=True, comments=comments))
    document.places.append(place)
    return comments


def _dropped(text: str, section: Section, named: Mapping[str, list[Key]]) -> Iterator[Place]:
    """The comments of a section that sops does not see."""
    for keys in named.values():
        yield from (Place(key.comment, key.span.end) for key in keys[:-1])
        yield from (Place((key.dropped,), key.span.end) for key in keys if key.dropped)
    yield Place(ini_reading.trimmed(text, section.trailing), 0)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
