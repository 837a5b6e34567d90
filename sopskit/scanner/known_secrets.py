"""Known secrets: values that the repository itself has encrypted, found in clear somewhere else.

They have no format. Whoever can decrypt them knows them all the same, and nobody else would find them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Confidence, Severity
from sopskit.scanner.known_search import KnownSearch
from sopskit.scanner.rule import Rule
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.scanner.confirm import Match
    from sopskit.scanner.known_search import Place
    from sopskit.scanner.triggers import Text

#: Parts of one value that are as near, in bytes, are one finding: the lines of a key.
_NEAR = 400


class KnownSecret(NamedTuple):
    """A value to look for.

    Attributes:
        path: of the secret file whose value it is.
        key: the dotted path of the value in it; "" for the whole file.
        identity: stands for the value where its fingerprint is made, and says nothing of it.
        pieces: what is looked for: the value, or parts of it.
        others: how many more values are the same.
    """

    path: str
    key: str
    identity: bytes
    pieces: tuple[bytes, ...]
    others: int = 0


class _KnownRule(Rule):
    """What a finding says; no pattern finds it."""

    @property
    def hint(self) -> str:
        """What to do."""
        return (
            "everyone who can read this has it: give it another value where it is used and in that file "
            "(sopskit set, sopskit edit), and take it out here"
        )


KNOWN = _KnownRule(
    id="known-secret",
    description="Value of a secret file of this repository in clear",
    provider="this repository",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    pattern="",
    references=("https://getsops.io/docs/",),
    grounds="it is the value that the secret file holds",
)


class KnownSecrets:
    """Finds known values in texts.

    Args:
        secrets: the values.
    """

    def __init__(self, secrets: Sequence[KnownSecret]) -> None:
        self._pieces = [(secret, piece) for secret in secrets for piece in secret.pieces]
        self._search = KnownSearch([piece for _, piece in self._pieces])

    def matches(self, content: Text, *, unambiguous: bool = False) -> list[Match]:  # noqa: ARG002 - see `Search`
        """The values in a text, by value; parts of one that stand together as one match."""
        return [self._match(*places) for places in self._together(self._search.places(content))]

    def _together(self, places: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
        """First and last place of those that belong together."""
        by_secret: dict[bytes, list[Place]] = {}
        for place in places:
            by_secret.setdefault(self._pieces[place.number][0].identity, []).append(place)
        for found in by_secret.values():
            found.sort(key=lambda place: place.start)
            first = last = found[0]
            for place in found[1:]:
                if place.start > last.end + (_NEAR if place.number != last.number else 0):
                    yield first, last
                    first = place
                last = max(place, last, key=lambda each: each.end) if place.start <= last.end else place
            yield first, last

    def _match(self, first: Place, last: Place) -> Match:
        from sopskit.scanner.confirm import Match

        secret, piece = self._pieces[first.number]
        place = first.start, last.end
        encodings = (first.encoding,) if first.encoding else ()
        rule = KNOWN._replace(description=_description(secret))
        return Match(rule, *place, *place, piece, encodings, secret.identity)


def _description(secret: KnownSecret) -> str:
    part = "Part of the value" if len(secret.pieces) > 1 else "Value"
    key = f", {shown(secret.key)}" if secret.key else ""
    others = f" and {secret.others} more" if secret.others else ""
    return f"{part} of {shown(secret.path)}{key}{others} in clear"
