"""Plaintext that stands, or once stood, beside an encrypted file: what it was made from, or a copy of it.

Commits need not tell so: the plaintext may come and go in others than the encrypted file. What the two have
in common is the folder, and the name but for what tools put into it: `db.yaml`, `db.sops.yaml`,
`db.dec.yaml`.
"""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING

from sopskit.inventory.history import Step
from sopskit.inventory.history_keys import keeps_nonces
from sopskit.sops.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.inventory.history import Version
    from sopskit.sops.formats import Format

_MARKS = frozenset(
    (
        "sops",
        "enc",
        "encrypted",
        "dec",
        "decrypted",
        "plain",
        "plaintext",
        "clear",
        "cleartext",
        "unencrypted",
    )
)

_MANY = 8  # encrypted files of one place: nothing says which of them the plaintext is of


def place(path: str) -> tuple[str, ...]:
    """What the paths of an encrypted file and of its plaintext have in common."""
    folder, _, name = path.rpartition("/")
    return folder, *(part for part in name.removeprefix(".decrypted~").split(".") if part not in _MARKS)


def plain_format(path: str) -> Format:
    """How plaintext is read: `db.yaml.dec` is YAML."""
    while path.rpartition(".")[2] in _MARKS:
        path = path.rpartition(".")[0]
    return format_of(path)


def beside(plain: Iterable[str], encrypted: Iterable[str]) -> Iterator[str]:
    """Those of some plaintext paths that have the place of an encrypted file."""
    places = {place(path) for path in encrypted}
    return (path for path in plain if place(path) in places)


def copies(versions: Sequence[Version], key_of: Sequence[int]) -> tuple[Step, ...]:
    """Each plaintext version, and the encrypted versions beside it that may have values of it.

    These are the one that was there when the plaintext came, and the one that came next; the next one only
    where it may have been made from the plaintext, since it kept no nonce of the one before.
    """
    of_place: dict[tuple[str, ...], dict[str, list[int]]] = {}
    for number, version in enumerate(versions):
        if not version.in_clear:
            of_place.setdefault(place(version.path), {}).setdefault(version.path, []).append(number)
    found = []
    for number, version in enumerate(versions):
        paths = of_place.get(place(version.path), {}) if version.in_clear else {}
        if len(paths) <= _MANY:
            for path, numbers in paths.items():
                if path != version.path:  # else it is a step
                    found += [
                        Step(number, each, is_merge=False)
                        for each in _near(number, numbers, versions, key_of)
                    ]
    return tuple(found)


def _near(
    number: int, numbers: Sequence[int], versions: Sequence[Version], key_of: Sequence[int]
) -> Sequence[int]:
    """Of the versions of a path those before and after another version."""
    after = bisect(numbers, number)
    near = numbers[max(0, after - 1) : after + 1]
    if len(near) == 2 and keeps_nonces(Step(near[0], near[1], is_merge=False), versions, key_of):
        return near[:1]
    return near
