r"""dotenv documents: lines `KEY=VALUE` and `#comment`; the metadata are the lines `sops_NAME=value`.

Nothing is trimmed, and a newline in a value is written as a backslash and n. Source: getsops/sops,
stores/dotenv/store.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops.documents import Branch, Comment, Leaf, Written, metadata_text
from sopskit.sops.documents.flat_values import text_of
from sopskit.sops.documents.in_force import InForce
from sopskit.sops.formats import Format, flat, sniffing
from sopskit.sops.formats.dotenv import SPELLING
from sopskit.sops.formats.tree import stored
from sopskit.text import splice
from sopskit.text.splice import Span, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sopskit.sops.documents import Document, Node
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

_PREFIX = "sops_"
_MAX_COMMENTS = 10_000  # those in a row are all in force at the last, which a selector looks through


class DotenvDocument(NamedTuple):
    """A dotenv text; see `sopskit.sops.documents.Document`.

    Attributes:
        text: the text.
        leaves: values and comments.
        spans: where each of them stands, behind the `=` or the `#`.
        metadata: where the lines of the metadata stand, without their line breaks.
    """

    text: str
    leaves: list[Leaf]
    spans: list[Span]
    metadata: list[Span]

    @property
    def encrypted(self) -> bool:
        """Whether a key starts with `sops_`."""
        return bool(self.metadata)

    def line_of(self, number: int) -> int | None:
        """The line of a leaf."""
        return splice.line_of(self.text, self.spans[number].start)

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The lines in their order."""
        items: list[tuple[str, Node] | Comment] = []
        for number, leaf in enumerate(self.leaves):
            value = (values or {}).get(number, leaf.value)
            items.append(Comment(str(value)) if leaf.is_comment else (leaf.path[0], value))
        return (Branch(tuple(items)),)

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The text with other values."""
        splices = [
            Splice(*self.spans[number], self._spelt(number, value)) for number, value in values.items()
        ]
        if metadata is None:
            splices += _without_lines(self.text, self.metadata)
            return Written(_encode(splice.apply(self.text, splices)))
        text = splice.apply(self.text, splices)
        if self.encrypted:
            return Written(metadata_text.edited(_encode(text), Format.DOTENV, metadata))
        if isinstance(previous, DotenvDocument) and previous.encrypted:
            text = _with_lines(text, (previous.text[start:end] for start, end in previous.metadata))
            return Written(metadata_text.edited(_encode(text), Format.DOTENV, metadata))
        pairs = (pair for key, value in stored(metadata).items() for pair in flat.flattened(key, value))
        return Written(_encode(_with_lines(text, (SPELLING.line(*pair) for pair in pairs))))

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """The text with another value of a key; a new one gets the last line."""
        key = _key(path)
        number = self._number(key)
        spelt = SPELLING.value(text_of(value, key))
        if number is not None:
            return _encode(splice.apply(self.text, [Splice(*self.spans[number], spelt)]))
        text = _with_lines(self.text, [f"{key}={spelt}"])
        return _encode(text)

    def unset(self, path: Sequence[str | int]) -> bytes:
        """The text without the line of a key."""
        key = _key(path)
        number = self._number(key)
        if number is None:
            raise FailedError(f"the file has no key {key}")
        start = splice.line_start(self.text, self.spans[number].start)
        gone = _without_lines(self.text, [Span(start, self.spans[number].end)])
        return _encode(splice.apply(self.text, gone))

    def _number(self, key: str) -> int | None:
        return next((number for number, leaf in enumerate(self.leaves) if leaf.path == (key,)), None)

    def _spelt(self, number: int, value: Value) -> str:
        text = text_of(value, ".".join(self.leaves[number].path))
        if not self.leaves[number].is_comment:
            return SPELLING.value(text)
        return text.replace("\n", "\n#")  # sops writes what then reads as no comment


def read(data: bytes) -> DotenvDocument:
    """Read a dotenv text; see `sopskit.sops.documents.read`."""
    text = data.decode("utf-8", "surrogateescape")
    document = DotenvDocument(text, [], [], [])
    comments: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        end = start + len(line)
        key, equals, value = line.partition("=")
        if line.startswith("#"):
            comments.append(line[1:])
            if len(comments) > _MAX_COMMENTS:
                raise BrokenFileError(f"more than {_MAX_COMMENTS} comments stand in a row", line=number)
            in_force = InForce(comments, len(comments))
            document.leaves.append(Leaf((), line[1:], is_comment=True, comments=in_force))
            document.spans.append(Span(start + 1, end))
        elif line and not equals:
            sniffing.refuse_conflict(text)
            raise BrokenFileError(
                "a line of this file has no =", hint="sops reads no such dotenv file", line=number
            )
        elif key.startswith(_PREFIX):
            document.metadata.append(Span(start, end))
        elif line:
            document.leaves.append(Leaf((key,), value.replace("\\n", "\n"), comments=comments))
            document.spans.append(Span(start + len(key) + 1, end))
            comments = []
        start = end + 1
    return document


def emit(branches: Sequence[Branch], indent: int | None) -> bytes:  # noqa: ARG001 - lines have no levels
    """A new dotenv text; see `sopskit.sops.documents.emit`."""
    if len(branches) != 1:
        raise FailedError("a dotenv file holds one document", hint="split the others off, or keep it YAML")
    lines = []
    for item in branches[0].items:
        if isinstance(item, Comment):
            lines.append(f"#{item.text}")
        else:
            lines.append(f"{_key(item[:1])}={SPELLING.value(text_of(item[1], item[0]))}")
    return _encode("".join(f"{line}\n" for line in lines))


def _key(path: Sequence[str | int]) -> str:
    """The key that a path is.

    Raises:
        FailedError: it is more than a key, or one that a line cannot start with.
    """
    if len(path) != 1 or not isinstance(path[0], str):
        raise FailedError("a dotenv file has keys only, nothing below them", hint='name one key: ["KEY"]')
    key = path[0]
    if key.startswith("#") or "=" in key or "\n" in key:
        raise FailedError("a key of a dotenv file has no = and no line break, and no # in front")
    return key


def _with_lines(text: str, lines: Iterable[str]) -> str:
    """The text with lines at its end, which ends in a newline only if it did before."""
    added = "\n".join(lines)
    if not text:
        return added + "\n"
    return f"{text}{added}\n" if text.endswith("\n") else f"{text}\n{added}"


def _without_lines(text: str, lines: Sequence[Span]) -> list[Splice]:
    """The text without some of its lines; the last one takes the newline in front along if it has none."""
    gone = [Splice(start, min(end + 1, len(text)), "") for start, end in lines]
    if gone and not text.endswith("\n"):
        index = len(gone) - 1
        while index > 0 and gone[index - 1].end == gone[index].start:
            index -= 1
        first = gone[index]
        if gone[-1].end == len(text) and first.start > 0:
            gone[index] = Splice(first.start - 1, first.end, "")
    return gone


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
