"""Values of an encrypted file that are in clear and should not be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops import documents
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.formats import Format
from sopskit.sops.selectors import DEFAULT, selects
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.sops.documents import Document, Leaf
    from sopskit.sops.metadata import Selector


class ClearValue(NamedTuple):
    """A value, or a section of values, that is in clear; the value itself is not kept.

    Attributes:
        path: the keys that lead to it.
        line: where it stands, from 1; None in a format without lines.
        message: what is wrong.
        hint: what to do.
        certain: sops would refuse it, or Kubernetes takes it for a secret.
    """

    path: tuple[str, ...]
    line: int | None
    message: str
    hint: str
    certain: bool


_BY_HAND = (
    "it was written by hand, so that sops opens the file no more: take it out, change the secret, and put"
)
_BY_HAND += " the new one in with sopskit edit or set"
_WIDEN = (
    "change the value, since git history keeps it; widen the rule's selector, then sopskit sync encrypts it"
)

#: What Kubernetes keeps secrets in (core/v1, Secret).
_SECTIONS = ("data", "stringData")
_SHOWN = 60

_SECRET_WORD = re.compile(
    r"(?:^|[^a-z])(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?"
    r"|(?:api|private|access|secret|encryption|signing)[_.-]?key)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: Below these keys a name refers to a secret, and is none.
_REFERENCES = re.compile(r"(?:ref|refs|from|selector|metadata|annotations|labels)$", re.IGNORECASE)
#: Values that only stand for one: a variable, a path, an address, the name of a resource, a word.
_REFERENCE = re.compile(
    r"[$<{%]|^/|://|^[a-z]+(?:[-.][a-z0-9]+)+$"
    r"|^(?:changeme|change-me|todo|none|null|true|false|yes|no|example|xxx+)$",
    re.IGNORECASE,
)
#: Flux puts a value there (postBuild.substituteFrom).
_SUBSTITUTED = re.compile(r"\$\{[^{}]*\}")
_SHORTEST = 6


def find(content: bytes, kind: Format, selector: Selector | None) -> Iterator[ClearValue]:
    """The values in clear that are meant to be encrypted, in the order of the text.

    Args:
        content: the file's bytes.
        kind: its format.
        selector: what its metadata says is encrypted.

    Raises:
        BrokenFileError: it is not of that format.
    """
    document = documents.read(content, kind)
    in_force = None if kind is Format.BINARY else selector
    selected = selects(in_force)
    values = [(number, leaf) for number, leaf in enumerate(document.leaves) if _is_value(leaf)]
    clear = [each for each in values if not _is_encrypted(each[1])]
    refused = [each for each in clear if selected(each[1])]
    for number, leaf in refused:
        message = f"{_dotted(leaf.path)} is in clear, although the file says that it is encrypted"
        yield ClearValue(leaf.path, document.line_of(number), message, _BY_HAND, certain=True)
    left = [each for each in clear if not selected(each[1])]
    found = list(_by_selector(document, left, in_force or DEFAULT))
    yield from found
    if len(left) == len(values) > 0 and not found:
        message = f"carries SOPS metadata, and not one value is encrypted: {_says(in_force or DEFAULT)}"
        yield ClearValue((), None, message, _WIDEN, certain=True)


def _is_value(leaf: Leaf) -> bool:
    return not leaf.is_comment and leaf.value != ""


def _is_encrypted(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and is_encrypted(leaf.value)


def _by_selector(
    document: Document, left: Sequence[tuple[int, Leaf]], selector: Selector
) -> Iterator[ClearValue]:
    """Those that the selector leaves in clear, and that are secrets for all one can see."""
    sections = _secret_sections(document)
    reported: set[str] = set()
    for number, leaf in left:
        section = leaf.path[0] if leaf.path else ""
        if isinstance(leaf.value, str) and _SUBSTITUTED.fullmatch(leaf.value):
            continue
        if section in sections:
            if section not in reported:
                reported.add(section)
                message = f"{section} of this Secret is in clear: {_says(selector)} does not cover it"
                hint = f"{_WIDEN} ({selector.name}: ^(data|stringData)$ covers both)"
                regex = selector.name == "encrypted_regex"
                yield ClearValue(
                    (section,), document.line_of(number), message, hint if regex else _WIDEN, certain=True
                )
        elif (why := _suspicion(leaf, selector)) is not None:
            message = f"{_dotted(leaf.path)} is in clear: {why}"
            yield ClearValue(leaf.path, document.line_of(number), message, _WIDEN, certain=False)


def _secret_sections(document: Document) -> set[str]:
    """Which top-level keys hold secrets of which not one is encrypted.

    `data` of a ConfigMap in the same text holds none; where some values of a section are encrypted, the
    selector has chosen among them. `stringData` beside encrypted `data` is that of a Secret whose kind is not
    told.
    """
    kinds = {leaf.value for leaf in document.leaves if leaf.path == ("kind",) and not _is_encrypted(leaf)}
    encrypted = {leaf.path[0] for leaf in document.leaves if leaf.path and _is_encrypted(leaf)}
    if "Secret" not in kinds and (kinds or "data" not in encrypted):
        return set()
    return set(_SECTIONS if kinds == {"Secret"} else _SECTIONS[1:]) - encrypted


def _suspicion(leaf: Leaf, selector: Selector) -> str | None:
    """Why a value that a selector leaves in clear looks like a mistake."""
    name = leaf.path[-1] if leaf.path else ""
    if selector.name == "encrypted_suffix" and _is_typo(name, selector.value):
        return f"its name almost ends with the encrypted_suffix {shown(selector.value)}"
    if not isinstance(leaf.value, str) or len(leaf.value) < _SHORTEST or _REFERENCE.search(leaf.value):
        return None
    if any(map(_REFERENCES.search, leaf.path[:-1])) or " " in leaf.value.strip():
        return None
    bare = name.removesuffix(selector.value) if selector.name == "unencrypted_suffix" else name
    if _SECRET_WORD.search(_CAMEL.sub("_", bare)):
        return f"its name says secret, and {_says(selector)} leaves it so"
    return None


def _is_typo(name: str, suffix: str) -> bool:
    """Whether the end of a name is the suffix with one character wrong, missing, doubled or swapped."""
    if len(suffix) < 4 or name.endswith(suffix):
        return False
    tails = (name[-length:] for length in range(len(suffix) - 1, len(suffix) + 2) if length < len(name))
    return any(tail[0] == suffix[0] and _one_apart(tail, suffix) for tail in tails)


def _one_apart(one: str, other: str) -> bool:
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped


def _says(selector: Selector) -> str:
    value = shown(selector.value)
    return f"{selector.name} {value if len(value) <= _SHOWN else value[:_SHOWN] + '...'}"


def _dotted(path: Sequence[str]) -> str:
    return shown(".".join(path))[:120] or "a value"
