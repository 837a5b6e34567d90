"""Changes of an INI text: the section of the metadata added and removed, a key set and unset."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, ini_emission
from sopskit.sops.documents.flat_values import text_of
from sopskit.sops.formats import flat, ini_reading, ini_values
from sopskit.sops.formats.ini import spelt as metadata_value
from sopskit.sops.formats.tree import stored
from sopskit.text import splice
from sopskit.text.splice import Span, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.sops.documents import Node
    from sopskit.sops.formats.ini_reading import Section
    from sopskit.sops.metadata import Metadata

_METADATA = "sops"
_DELIMITER = re.compile(r"(\s*)([=:])(\s*)\Z")


def new_block(metadata: Metadata) -> str:
    """The section `[sops]` as sops 3.13 lays it out, its delimiters aligned; without the last newline."""
    pairs = [pair for key, value in stored(metadata).items() for pair in flat.flattened(key, value)]
    width = max(len(name) for name, _ in pairs)
    return "\n".join(
        [f"[{_METADATA}]", *(f"{name:{width}} = {metadata_value(value)}" for name, value in pairs)]
    )


def metadata_block(text: str, sections: Sequence[Section]) -> str:
    """The section `[sops]` of a text, without the last newline."""
    start, end = next(_metadata(text, sections))
    return text[start:end].rstrip("\r\n").replace("\r\n", "\n")


def with_block(text: str, block: str) -> str:
    """The text with a section at its end, which has a newline there only if it had one before."""
    newline = splice.newline_of(text)
    block = block.replace("\n", newline)
    if not text:
        return block + newline
    if text.endswith("\n"):
        return f"{text}{newline}{block}{newline}"
    return f"{text}{newline}{newline}{block}"


def without_metadata(text: str, sections: Sequence[Section]) -> Iterator[Splice]:
    """The inverse of `with_block`; of a section in the midst of others, the empty line in front stays."""
    for start, end in _metadata(text, sections):
        if end == len(text):
            # one newline for the empty line, and another where the text had none at its end
            for _ in range(1 if text.endswith("\n") else 2):
                start -= _empty_line(text[:start], at_end=text.endswith("\n"))  # noqa: PLW2901
        yield Splice(start, end, "")


def set_value(text: str, sections: Sequence[Section], path: Sequence[str | int], value: Node) -> str:
    """The text with a value at a path; see `sopskit.sops.documents.Document.set`.

    Raises:
        FailedError: the path is none of a section or of a key in one, or INI cannot hold the value.
    """
    names = _names(path)
    section = _section(sections, names[0])
    if len(names) == 1:
        return _with_section(text, sections, section, names[0], value)
    name, spelling = names[1], ini_emission.name_text(names[1])
    wanted = text_of(value, name)
    if section is None:
        block = f"[{ini_emission.checked_section(names[0])}]\n{spelling} = {ini_values.spelt(wanted, '')}"
        new = with_block(text, block)
    elif keys := [key for key in section.keys if key.name == name]:
        new = splice.apply(text, [Splice(*key.span, ini_values.spelt(wanted, key.quote)) for key in keys])
    else:
        new = _with_key(text, section, spelling, ini_values.spelt(wanted, ""))
    again = _section(ini_reading.read(new), names[0])
    if again is None or wanted not in [key.value for key in again.keys if key.name == name]:
        raise FailedError(
            f"the value of {name} cannot be written where it stands in this INI file",
            hint="a comment behind it is in the way: put it on a line of its own",
        )
    return new


def unset_value(text: str, sections: Sequence[Section], path: Sequence[str | int]) -> Iterator[Splice]:
    """The change that removes a key, or a section with its comment.

    Raises:
        FailedError: there is none.
    """
    names = _names(path)
    section = _section(sections, names[0])
    keys = [key for key in section.keys if key.name in names[1:] or len(names) == 1] if section else []
    if section is None or (len(names) > 1 and not keys):
        raise FailedError(f"the file has no {' in '.join(reversed(names))}")
    if len(names) == 1 and section is not sections[0]:
        yield Splice(_beginning(text, section), _end(text, sections, section), "")
    else:
        yield from (Splice(key.start, key.end, "") for key in keys)


def _with_section(
    text: str, sections: Sequence[Section], section: Section | None, name: str, value: Node
) -> str:
    """The text with other keys in a section, or with a new section."""
    lines = ini_emission.section_text(name, value, is_first=section is not None and section is sections[0])
    if section is None:
        return with_block(text, lines.removesuffix("\n"))
    items = value.items if isinstance(value, Branch) else ()
    body = "".join(f"{line}\n" for line in ini_emission.key_lines(items))
    end = section.keys[-1].end if section.keys else section.body
    return splice.apply(text, [Splice(section.body, end, body.replace("\n", splice.newline_of(text)))])


def _with_key(text: str, section: Section, name: str, value: str) -> str:
    """The text with a new last key in a section, written like the one before it."""
    newline = splice.newline_of(text)
    if not section.keys:
        line, place = f"{name} = {value}", section.body
    else:
        model = section.keys[-1]
        head = text[model.start : model.span.start]
        delimiter = _DELIMITER.search(head)
        left, sign, right = delimiter.groups() if delimiter else (" ", "=", " ")
        indentation = head[: len(head) - len(head.lstrip(ini_values.SPACE))]
        line, place = f"{indentation}{name}{left[:1]}{sign}{right[:1]}{value}", model.end
    if place and not text.startswith("\n", place - 1) and place == len(text):
        return f"{text}{newline}{line}"
    return splice.apply(text, [Splice(place, place, line + newline)])


def _names(path: Sequence[str | int]) -> list[str]:
    names = [step for step in path if isinstance(step, str)]
    if len(names) != len(path) or not 1 <= len(names) <= 2:
        raise FailedError("an INI file has sections, and keys in them", hint='name both: ["section"]["key"]')
    return names


def _section(sections: Sequence[Section], name: str) -> Section | None:
    return next((section for section in sections if section.name == name), None)


def _metadata(text: str, sections: Sequence[Section]) -> Iterator[Span]:
    for section in sections:
        if section.name == _METADATA:
            yield Span(section.start, _end(text, sections, section))


def _end(text: str, sections: Sequence[Section], section: Section) -> int:
    """Where the next section begins, or the text ends."""
    later = (other for other in sections if other.start > section.start)
    following = next(later, None)
    return len(text) if following is None else _beginning(text, following)


def _beginning(text: str, section: Section) -> int:
    """Where a section begins, with the comment above its name."""
    above = [piece for piece in section.comment if not piece.inline]
    return splice.line_start(text, above[0].start) if above else section.start


def _empty_line(before: str, *, at_end: bool) -> int:
    """The length of the line break at the end of a text, if there is one to take away."""
    newline = "\r\n" if before.endswith("\r\n") else "\n"
    rest = before.removesuffix(newline)
    if not before.endswith("\n") or (at_end and rest and not rest.endswith("\n")):
        return 0
    return len(newline)
