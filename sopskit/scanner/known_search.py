"""Searching for many known texts at once, in whatever form: literals say where, each place is confirmed.

All of it stays in memory: unlike the triggers of rules, these are never put into a cache.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sopskit.scanner.known_forms import forms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.scanner.known_forms import Form
    from sopskit.scanner.triggers import Text

    #: Gives the number of a literal, and where it ends, for each place in a text.
    Literals = Callable[[Text], Iterable[tuple[int, int]]]

#: Bytes of a literal; of a longer form the part is taken that has the most different ones.
_LITERAL = 32

#: Of a form that lines may break there are two literals side by side, and a break is in one of them at most.
_WRAPPED_LITERAL = 12

_PLAIN = re.compile(rb"[0-9A-Za-z]+")
_SHORTEST_CORE = 6

#: Between two characters of a wrapped text: a line break, as it is or escaped, and indentation.
_GAP = rb"(?:\s|\\[nr]){0,80}"

#: RE2's budget for its set of literals, in bytes.
_MEMORY = 512 << 20


class Place(NamedTuple):
    """Where a known text stands.

    Attributes:
        number: of the text.
        start: in bytes.
        end: behind it.
        encoding: "" where it stands as it is.
    """

    number: int
    start: int
    end: int
    encoding: str


class _Part(NamedTuple):
    """A literal as a part of a form.

    Attributes:
        number: of the known text.
        form: of it.
        start: where in the form the literal begins.
    """

    number: int
    form: Form
    start: int


class KnownSearch:
    """Finds known texts.

    Args:
        pieces: the texts, of eight bytes or more each.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._parts: dict[bytes, list[_Part]] = {}
        for number, piece in enumerate(pieces):
            core = _core(piece)
            for form in forms_of(piece):
                for start, literal in _literals(form, core):
                    self._parts.setdefault(literal, []).append(_Part(number, form, start))
        self._literals = list(self._parts)
        self._search: Literals | None = None

    def places(self, content: Text) -> list[Place]:
        """Where the texts stand, by their start; those of one text do not overlap."""
        if not self._literals:
            return []
        if self._search is None:  # compiled when it is needed first
            self._search = _compiled(self._literals)
        found: set[Place] = set()
        text: bytes | None = None
        for number, end in self._search(content):
            text = bytes(content) if text is None else text
            literal = self._literals[number]
            for part in self._parts[literal]:
                place = _confirmed(text, end - len(literal), part)
                if place is not None:
                    found.add(place)
        return list(_apart(sorted(found, key=lambda each: (each.number, each.start, -each.end))))


def _core(piece: bytes) -> bytes:
    """A part that most encodings leave as it is, and that is no word: one literal serves them all."""
    longest = max(_PLAIN.findall(piece), key=len, default=b"")[:_LITERAL]
    return longest if len(longest) >= _SHORTEST_CORE and not longest.isalpha() else b""


def _literals(form: Form, core: bytes) -> Iterator[tuple[int, bytes]]:
    """Parts of a form, of which one is whole wherever the form is; each with where it begins."""
    text = form.text
    if form.may_wrap:
        size = min(_WRAPPED_LITERAL, len(text) // 2)
        yield 0, text[:size]
        yield size, text[size : 2 * size]
        return
    if core and core in text:
        yield text.index(core), core
        return
    # Hyperscan's Python takes a NUL for the end of a literal.
    plain = max(text.split(b"\0"), key=len)
    last = max(0, len(plain) - _LITERAL)
    start = max(range(0, last + 1, 8), key=lambda place: len(set(plain[place : place + _LITERAL])))
    yield text.index(plain) + start, plain[start : start + _LITERAL]


def _confirmed(content: bytes, literal_start: int, part: _Part) -> Place | None:
    """The place of a form of which a literal was found."""
    text = part.form.text
    start = literal_start - part.start
    if start >= 0 and content.startswith(text, start):
        return Place(part.number, start, start + len(text), part.form.encoding)
    if not part.form.may_wrap:
        return None
    before, behind = _wrapped(text, part.start)
    end = behind.match(content, literal_start)
    if end is None:
        return None
    low = max(0, literal_start - 2 * part.start - 100)
    begin = before.search(content, low, literal_start)
    return None if begin is None else Place(part.number, begin.start(), end.end(), part.form.encoding)


@lru_cache(maxsize=256)
def _wrapped(text: bytes, place: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Two parts of a text, with gaps wherever lines may break it."""
    before, behind = (
        _GAP.join(re.escape(part[index : index + 1]) for index in range(len(part)))
        for part in (text[:place], text[place:])
    )
    return re.compile(before + _GAP + rb"\Z" if before else b""), re.compile(behind)


def _apart(places: Iterable[Place]) -> Iterator[Place]:
    """Places, by number and start, without those that overlap the one before."""
    last: Place | None = None
    for place in places:
        if last is None or place.number != last.number or place.start >= last.end:
            last = place
            yield place


def _compiled(literals: Sequence[bytes]) -> Literals:
    from sopskit.scanner.loading import has_hyperscan

    return _in_hyperscan(literals) if has_hyperscan() else _in_re2(literals)


def _in_hyperscan(literals: Sequence[bytes]) -> Literals:
    import hyperscan

    database = hyperscan.Database()
    database.compile(
        expressions=literals, ids=list(range(len(literals))), elements=len(literals), literal=True
    )
    database.scratch = hyperscan.Scratch(database)

    def search(content: Text) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def occurs(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((number, end))

        database.scan(content, match_event_handler=occurs)  # type: ignore[type-var]  # any buffer will do
        return found

    return search


def _in_re2(literals: Sequence[bytes]) -> Literals:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.literal = True
    options.log_errors = False
    options.max_mem = _MEMORY
    known = re2.Set.SearchSet(options)
    for literal in literals:
        known.Add(literal)
    known.Compile()

    def search(content: Text) -> Iterator[tuple[int, int]]:
        text = bytes(content)
        for number in known.Match(text) or ():
            literal = literals[number]
            start = text.find(literal)
            while start >= 0:
                yield number, start + len(literal)
                start = text.find(literal, start + 1)

    return search
