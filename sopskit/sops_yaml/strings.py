"""Splices inside a comma-separated string: plain, quoted, folded (`>-`) or literal (`|`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.sops_yaml.node_edits import refusal
from sopskit.text import splice
from sopskit.text.splice import Span, Splice

if TYPE_CHECKING:
    from sopskit.text.yaml_tree import Document, Scalar


def add_part(document: Document, scalar: Scalar, part: str) -> list[Splice]:
    """Put a recipient behind the last one, separated as the last two are.

    Raises:
        UnsupportedShapeError: the string's text differs from its value, such as by an escape.
    """
    text = document.text
    spans = _parts(document, scalar)
    filled = [span for span in spans if span.start < span.end]
    last = filled[-1] if filled else spans[0]
    if scalar.style == "'":
        part = part.replace("'", "''")
    return [Splice(last.end, last.end, _separator(text, scalar, filled) + part)]


def _separator(text: str, scalar: Scalar, filled: list[Span]) -> str:
    if len(filled) > 1:
        return text[filled[-2].end : filled[-1].start]
    if scalar.style in ("|", ">") and filled:
        start = splice.line_start(text, filled[0].start)
        return "," + splice.newline_of(text) + text[start : filled[0].start]
    return "," if filled else ""


def remove_part(document: Document, scalar: Scalar, index: int) -> list[Splice]:
    """Take the part number `index` out, and one separator with it.

    Raises:
        UnsupportedShapeError: as for `add_part`.
    """
    spans = _parts(document, scalar)
    if index > 0:
        return [Splice(spans[index - 1].end, spans[index].end, "")]
    return [Splice(spans[0].start, spans[1].start, "")]


def replace_part(document: Document, scalar: Scalar, index: int, part: str) -> list[Splice]:
    """Put a recipient in the place of the part number `index`.

    Raises:
        UnsupportedShapeError: as for `add_part`.
    """
    span = _parts(document, scalar)[index]
    return [Splice(span.start, span.end, part.replace("'", "''") if scalar.style == "'" else part)]


def count(scalar: Scalar) -> int:
    """How many of a string's parts hold a recipient."""
    return sum(1 for part in scalar.value.split(",") if part.strip())


def _parts(document: Document, scalar: Scalar) -> list[Span]:
    """Where each part of the string stands, without the spaces around it."""
    body = _body(document.text, scalar)
    spans = []
    position = body.start
    for raw in document.text[body.start : body.end].split(","):
        stripped = raw.strip()
        start = position + (len(raw) - len(raw.lstrip()) if stripped else 0)
        spans.append(Span(start, start + len(stripped)))
        position += len(raw) + 1
    found = [document.text[span.start : span.end] for span in spans]
    if found != [part.strip() for part in scalar.value.split(",")]:
        raise refusal(
            document, scalar.span.start, "this string cannot be edited safely",
            "write its recipients as a list, or without escapes",
        )  # fmt: skip
    return spans


def _body(text: str, scalar: Scalar) -> Span:
    """The text of a scalar within its quotes, or below the line of its `>` or `|`."""
    start, end = scalar.content
    if scalar.style in ("|", ">"):
        return Span(min(splice.line_end(text, start), end), end)
    quotes = 1 if scalar.style else 0
    return Span(start + quotes, end - quotes)
