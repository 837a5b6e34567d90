"""Binary documents: any bytes in plain, and a JSON object `{"data": ..., "sops": ...}` once encrypted.

Selectors are not for them: the one value is always encrypted. Source: getsops/sops, stores/json/store.go,
`BinaryStore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import formats
from sopskit.sops.documents import Branch, Leaf, Written, json
from sopskit.sops.documents.json_writing import scalar
from sopskit.sops.formats import Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.documents import Document, Node
    from sopskit.sops.documents.json import JsonDocument
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

_KEY = "data"


class PlainDocument(NamedTuple):
    """Any bytes; see `sopskit.sops.documents.Document`."""

    text: str

    @property
    def leaves(self) -> tuple[Leaf]:
        """The one value, the whole file."""
        return (Leaf((_KEY,), self.text),)

    @property
    def encrypted(self) -> bool:
        """A file without metadata is none."""
        return False

    def line_of(self, _number: int) -> None:
        """There are no lines."""
        return

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """An object with the one value."""
        return (Branch(((_KEY, (values or {}).get(0, self.text)),)),)

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The bytes, or the JSON object that holds them encrypted."""
        value = values.get(0, self.text)
        if metadata is None:
            return Written(_bytes(value))
        if 0 not in values:
            raise FailedError(
                "a binary file is encrypted as a whole", hint="selectors are not for it: sops ignores them"
            )
        if isinstance(previous, EncryptedDocument):
            return previous.written({previous.number: value}, metadata)
        envelope = json.read(f'{{\n\t"{_KEY}": {scalar(value)}\n}}\n'.encode())
        return envelope.written({}, metadata)

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """Another content, under the only key."""
        if list(path) != [_KEY] or not isinstance(value, str):
            raise _no_keys()
        return _bytes(value)

    def unset(self, path: Sequence[str | int]) -> bytes:  # noqa: ARG002
        """Refused: it has no keys."""
        raise _no_keys()


class EncryptedDocument(NamedTuple):
    """The JSON object of an encrypted file.

    Attributes:
        envelope: the object.
        number: which of its leaves is the file's content.
    """

    envelope: JsonDocument
    number: int

    @property
    def leaves(self) -> Sequence[Leaf]:
        """The content; whatever else is in the object is opened too, as sops does."""
        return self.envelope.leaves

    @property
    def encrypted(self) -> bool:
        """It is."""
        return True

    def line_of(self, number: int) -> int | None:
        """The line of a leaf in the JSON text."""
        return self.envelope.line_of(number)

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The object."""
        return self.envelope.tree(values)

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The content as it was, or the JSON text with other values."""
        if metadata is None:
            return Written(_bytes(values.get(self.number, self.leaves[self.number].value)))
        return self.envelope.written(values, metadata, previous)

    def set(self, path: Sequence[str | int], value: Node) -> bytes:  # noqa: ARG002
        """Refused: it is encrypted."""
        raise _no_keys()

    def unset(self, path: Sequence[str | int]) -> bytes:  # noqa: ARG002
        """Refused: it has no keys."""
        raise _no_keys()


def read(data: bytes) -> PlainDocument | EncryptedDocument:
    """Read any bytes; see `sopskit.sops.documents.read`."""
    if formats.read(data, Format.BINARY) is None:
        return PlainDocument(data.decode("utf-8", "surrogateescape"))
    envelope = json.read(data)
    number = next((number for number, leaf in enumerate(envelope.leaves) if leaf.path == (_KEY,)), None)
    if number is None:
        raise BrokenFileError(
            f"the encrypted binary file has no value {_KEY}",
            hint="is it JSON, under a name that does not say so?",
        )
    return EncryptedDocument(envelope, number)


def emit(branches: Sequence[Branch], indent: int | None) -> bytes:  # noqa: ARG001 - bytes have no levels
    """The bytes of a tree that holds one text under `data`; see `sopskit.sops.documents.emit`."""
    items = branches[0].items if len(branches) == 1 else ()
    value = next((item[1] for item in items if item[0] == _KEY), None)
    if not isinstance(value, str):
        raise FailedError(
            f"only a text under the key {_KEY} makes a binary file", hint="choose json, yaml, dotenv or ini"
        )
    return _bytes(value)


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    raise FailedError(f"the value {_KEY} of a binary file is no text", hint="was the file changed by hand?")


def _no_keys() -> FailedError:
    return FailedError("a binary file has no keys", hint="sopskit edit changes it as a whole")
