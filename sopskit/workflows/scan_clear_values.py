"""Values in clear in files with SOPS metadata that the file itself says are encrypted.

Somebody has put them in by hand. The scanner asks for these places where it sees such metadata; what the
formats of SOPS are, and what a selector chooses, is the matter of `sopskit.sops`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.sops.documents import Leaf

#: A file that is larger is not taken apart for this.
_LARGEST = 4 << 20


def clear_values(path: str, content: bytes) -> Iterator[tuple[int, int]]:
    """The places of such values, in bytes, in the order of the text.

    Args:
        path: of the file; says its format.
        content: its bytes; what is no SOPS file after all has none.
    """
    from sopskit.errors import SopskitError
    from sopskit.sops import documents, formats
    from sopskit.sops.selectors import selects

    kind = formats.format_of(path)
    if kind is formats.Format.BINARY or len(content) > _LARGEST:
        return
    try:
        file = formats.read(content, kind)
        document = documents.read(content, kind)
    except SopskitError:  # broken: `sopskit check` says so
        return
    if file is None:
        return
    is_selected = selects(file.metadata.selector)
    for number, leaf in enumerate(document.leaves):
        if _is_in_clear(leaf) and is_selected(leaf):
            place = _place(content, document.line_of(number), str(leaf.value))
            if place is not None:
                yield place


def _is_in_clear(leaf: Leaf) -> bool:
    from sopskit.sops.cipher import is_encrypted

    if leaf.is_comment or leaf.value == "":
        return False
    return not (isinstance(leaf.value, str) and is_encrypted(leaf.value))


def _place(content: bytes, line: int | None, value: str) -> tuple[int, int] | None:
    """Where a value is on its line; where it is spelled otherwise there, all of the line."""
    if line is None:
        return None
    start = 0
    for _ in range(line - 1):
        start = content.find(b"\n", start) + 1
    end = content.find(b"\n", start)
    text = content[start : end if end >= 0 else len(content)].rstrip()
    spelled = value.encode("utf-8", "surrogateescape")
    found = text.rfind(spelled)
    if found >= 0 and spelled:
        return start + found, start + found + len(spelled)
    return start + len(text) - len(text.lstrip()), start + len(text)
