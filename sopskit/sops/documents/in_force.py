"""The comments in force at a leaf, as a view: a run of a million comments costs each of them no copy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterator


class InForce(Sequence[str]):
    """The first `count` texts of a list that grows, behind those that are in force from `above`."""

    __slots__ = ("_above", "_count", "_texts")

    def __init__(self, texts: list[str], count: int, above: Sequence[str] = ()) -> None:
        self._texts = texts
        self._count = count
        self._above = above

    def __len__(self) -> int:
        return len(self._above) + self._count

    def __iter__(self) -> Iterator[str]:
        return chain(self._above, islice(self._texts, self._count))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return list(self)[index]
