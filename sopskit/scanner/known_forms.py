"""How a known value may be written: as it is, or encoded. Each form is a text that is searched for whole."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What different libraries leave as it is in a URL: RFC 3986's unreserved characters alone; a path; user
#: information; JavaScript's `encodeURIComponent`; a form (WHATWG URL, "percent-encode sets").
_SAFE = ("~", "~/", "~!$&'()*+,;=", "~!'()*", "*")

#: What Go and PHP escape in JSON beside what they must (encoding/json `HTMLEscape`, `json_encode`).
_JSON_ESCAPES = (
    (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")),
    (("/", "\\/"),),
)


class Form(NamedTuple):
    """One way to write a value.

    Attributes:
        text: what stands in a file, at least as a part.
        encoding: its name, for people; "" for the value as it is.
        may_wrap: lines may break it anywhere.
    """

    text: bytes
    encoding: str = ""
    may_wrap: bool = False


def forms_of(piece: bytes) -> list[Form]:
    """All forms of a text, the plainest first; none twice."""
    forms: dict[bytes, Form] = {}
    for form in _forms_of(piece):
        forms.setdefault(form.text, form)
    return list(forms.values())


def _forms_of(piece: bytes) -> Iterator[Form]:
    yield Form(piece)
    for text in _in_json(piece):
        yield Form(text, "JSON")
    for text in _in_url(piece):
        yield Form(text, "percent-encoding")
    yield Form(html.escape(piece.decode("latin-1")).encode("latin-1"), "XML")
    for text in _in_base64(piece):
        yield Form(text, "base64", may_wrap=True)
    yield Form(piece.hex().encode(), "hexadecimal")
    yield Form(piece.hex().upper().encode(), "hexadecimal")


def _in_base64(piece: bytes) -> Iterator[bytes]:
    """What is the same in base64 whatever stands around the piece, at each of its three alignments."""
    for before in range(3):
        text = b64encode(bytes(before) + piece)
        form = text[(before * 8 + 5) // 6 : (before + len(piece)) * 8 // 6]
        yield form
        yield form.translate(_URL_SAFE)


def _in_json(piece: bytes) -> Iterator[bytes]:
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return
    for is_ascii in (True, False):
        plain = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
        yield plain.encode()
        for escapes in _JSON_ESCAPES:
            escaped = plain
            for character, escape in escapes:
                escaped = escaped.replace(character, escape)
            yield escaped.encode()
        yield json.dumps(plain)[1:-1].encode()  # JSON in a string of JSON, as in annotations of Kubernetes


def _in_url(piece: bytes) -> Iterator[bytes]:
    for safe in _SAFE:
        text = quote(piece, safe=safe)
        for spaced in (text, text.replace("%20", "+")):
            yield spaced.encode()
            yield _with_lowercase_digits(spaced).encode()


def _with_lowercase_digits(text: str) -> str:
    first, *rest = text.split("%")
    return "%".join([first, *(each[:2].lower() + each[2:] for each in rest)])


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
