"""A new INI text from a tree, as sops has ini.v1 write it.

Source: getsops/sops, stores/ini/store.go (`encodeTree`); gopkg.in/ini.v1, file.go (`writeToBuffer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment
from sopskit.sops.documents.flat_values import text_of
from sopskit.sops.formats import ini_reading, ini_values
from sopskit.sops.formats.ini_values import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.documents import Node


def emitted(branches: Sequence[Branch]) -> str:
    """The text of a tree of sections.

    Raises:
        FailedError: it is nested otherwise, or has a name that INI cannot hold.
    """
    if len(branches) != 1:
        raise FailedError("an INI file holds one document", hint="split the others off, or keep it YAML")
    parts: list[str] = []
    for item in branches[0].items:
        if isinstance(item, Comment):
            continue  # as in sops: a comment outside the sections has no place
        part = section_text(*item, is_first=not parts)
        if part:
            parts.append(part)
    return "\n".join(parts)


def section_text(name: str, node: Node, *, is_first: bool) -> str:
    """A section; the first one has no header if it is `DEFAULT`, and no text if it is empty too."""
    if not isinstance(node, Branch):
        raise FailedError(f"{name} is no section: INI holds sections of keys", hint="use yaml or json")
    items = list(node.items)
    head = []
    if items and isinstance(items[0], Comment):
        head = _section_comment(items[0].text)
        del items[0]
    if not is_first or name.upper() != ini_reading.DEFAULT:
        head.append(f"[{checked_section(name)}]")
    return "".join(f"{line}\n" for line in [*head, *key_lines(items)])


def key_lines(items: Sequence[tuple[str, Node] | Comment]) -> list[str]:
    """Keys with aligned delimiters; a comment is written above the key in front of it."""
    keys: list[tuple[str, str, list[str]]] = []
    for item in items:
        if not isinstance(item, Comment):
            name, node = item
            keys.append((name_text(name), ini_values.spelt(text_of(node, name), ""), []))
        elif keys:
            keys[-1][2].extend(comment_lines(item.text))
    width = max((_width(name) for name, _, _ in keys), default=0)
    lines = []
    for name, value, comment in keys:
        lines += [*comment, f"{name}{' ' * (width - _width(name))} = {value}"]
    return lines


def _width(name: str) -> int:
    """How wide ini.v1 takes a name for, by its bytes."""
    return len(name.encode("utf-8", "surrogateescape"))


def comment_lines(text: str) -> list[str]:
    """The lines of a key's comment, each with a sign."""
    lines = text.split("\n") if text else []
    return [_signed(line) or f"; {line.strip(SPACE)}" for line in lines]


def _section_comment(text: str) -> list[str]:
    """The lines of a section's comment, of which ini.v1 trims those alone that have a sign."""
    lines = text.split("\n") if text else []
    return [_signed(line) or f"; {line}" for line in lines]


def _signed(line: str) -> str:
    return f"{line[0]} {line[1:].strip(SPACE)}" if line.startswith(("#", ";")) else ""


def name_text(name: str) -> str:
    """A key as it is written, quoted where it needs to be.

    Raises:
        FailedError: it would not be read again.
    """
    text = name
    if '"' in name or "=" in name or ":" in name:
        text = f"`{name}`"
    elif "`" in name:
        text = f'"""{name}"""'
    try:
        sections = ini_reading.read(f"{text} = x\n")
    except FailedError:
        sections = []
    if [key.name for section in sections for key in section.keys] != [name]:
        raise FailedError("a key is no name that INI can hold", hint="use yaml or json")
    return text


def checked_section(name: str) -> str:
    """The name of a section.

    Raises:
        FailedError: it would not be read again.
    """
    try:
        names = [section.name for section in ini_reading.read(f"[{name}]\n")]
    except FailedError:
        names = []
    if names[1:] != [name]:
        raise FailedError("a section has a name that INI cannot hold", hint="use yaml or json")
    return name
