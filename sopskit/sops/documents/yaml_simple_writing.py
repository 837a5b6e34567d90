"""A YAML text of the simplest layout with other values: each line keeps its form, so that all do.

What `yaml_writing` writes is read again before anyone gets it. Here that is not needed: a value of one line
gives way to another that is read as such wherever one stands, and the block of the metadata, which has lines
of its own, to another, or to none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import yaml_spelling as spelling
from sopskit.sops.documents.yaml_simple import OtherLayoutError, is_block, value_of
from sopskit.sops.values import same
from sopskit.text import splice
from sopskit.text.splice import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sopskit.sops.documents.yaml import YamlDocument
    from sopskit.sops.documents.yaml_simple import Simple
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value


def written(
    document: YamlDocument,
    values: Mapping[int, Value],
    metadata: Metadata | None,
    previous: YamlDocument | None,
) -> str | None:
    """See `sopskit.sops.documents.Document.written`; None where it takes more than other lines."""
    simple, text = document.simple, document.text
    if simple is None:
        return None
    try:
        changed = _changes(text, simple, values, encrypting=metadata is not None)
        block = _metadata(document, simple, metadata, previous)
        return splice.apply(text, [*changed, block])
    except OtherLayoutError:
        return None


def _changes(text: str, simple: Simple, values: Mapping[int, Value], *, encrypting: bool) -> Iterator[Splice]:
    """The splices that give leaves their values."""
    for number, value in values.items():
        if not same(value, simple.leaves[number].value):
            start, end = simple.spans[number]
            yield Splice(start, end, _spelled(value, text[start], encrypting=encrypting))


def _spelled(value: Value, sign: str, *, encrypting: bool) -> str:
    """A value on one line, in quotes if what stood there had some."""
    if sign == "|" or (isinstance(value, str) and "\n" in value):
        raise OtherLayoutError
    quote = sign if sign in "\"'" else ""
    if encrypting and isinstance(value, str) and is_encrypted(value):
        return quote + value + quote
    spelled = spelling.quoted(value, quote) if quote else spelling.one_line(value)
    if not same(value_of(spelled), value):
        raise OtherLayoutError
    return spelled


def _metadata(
    document: YamlDocument, simple: Simple, metadata: Metadata | None, previous: YamlDocument | None
) -> Splice:
    """The block of the metadata put in, edited or taken out."""
    end = len(document.text)
    start, stop = simple.metadata or (end, end)
    if metadata is None:
        if simple.keys == 1 and simple.metadata:
            raise OtherLayoutError  # nothing would be left
        return Splice(start, stop, "")
    block = _block(document, metadata, previous)
    if not is_block(block):
        raise OtherLayoutError
    return Splice(start, stop, block)


def _block(document: YamlDocument, metadata: Metadata, previous: YamlDocument | None) -> str:
    """The lines of the metadata: those that are there, or were there earlier, edited; else new ones."""
    from sopskit.sops.documents import yaml_metadata

    holder = document if previous is None or document.encrypted else previous
    if holder.simple is None:
        raise OtherLayoutError
    if holder.simple.metadata is None:
        return yaml_metadata.new_block(metadata, "\n")
    start, end = holder.simple.metadata
    if holder is previous and not holder.text[:start].strip("-\n"):
        raise OtherLayoutError  # it stood before all other keys, and is to stand there again
    return yaml_metadata.edited(holder.text[start:end], metadata, "\n")
