"""Comparing data keys that were opened.

A data key is held only while it is opened. What is kept, in memory, is a digest under a random key, which
says no more than that two are equal.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.inventory.history_facts import Facts
from sopskit.sops import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from sopskit.inventory.exposure_plaintexts import OpenFile, Reader
    from sopskit.inventory.history import History

    MapKeys = Callable[
        [Callable[[Sequence[int]], bytes | None], Sequence[Sequence[int]]], Iterable[bytes | None]
    ]

_ATTEMPTS = 4  # versions of one data key that are tried: an identity of today may not be in older ones


def key_digests(
    history: History, reader: Reader, wanted: Collection[int], open_file: OpenFile, map_keys: MapKeys
) -> dict[int, bytes]:
    """Digests of the data keys that can be opened, by their numbers in the history.

    Args:
        history: of the repository.
        reader: of its versions.
        wanted: the numbers of the data keys.
        open_file: gives data keys.
        map_keys: does one thing to many lists of versions.
    """
    secret = os.urandom(32)

    def digest(versions: Sequence[int]) -> bytes | None:
        for number in versions:
            version = reader.version(number)
            try:
                file = formats.read(reader.content(version), formats.format_of(version.path))
                if file is not None:
                    data_key = open_file(file.metadata, version.path)
                    return blake2b(data_key, digest_size=16, key=secret, person=b"data key").digest()
            except SopskitError:  # not for us, or made by hand
                continue
        return None

    versions = _newest_versions(history, wanted)
    found = zip(versions, map_keys(digest, [tuple(each.values()) for each in versions.values()]), strict=True)
    return {key: each for key, each in found if each is not None}


def _newest_versions(history: History, wanted: Collection[int]) -> dict[int, dict[int, int]]:
    """For each data key its newest versions, one for each list of recipients, by the id of the list."""
    found: dict[int, dict[int, int]] = {}
    for number in range(len(history.versions) - 1, -1, -1):
        key = history.key_of[number]
        if key not in wanted:
            continue
        facts = history.versions[number].facts
        versions = found.setdefault(key, {})
        if isinstance(facts, Facts) and len(versions) < _ATTEMPTS:
            versions.setdefault(id(facts.groups), number)
    return found
