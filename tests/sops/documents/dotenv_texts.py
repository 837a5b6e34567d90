"""Generated dotenv texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sops.documents import random_texts
from tests.sops.documents.random_texts import ODD

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from tests.sops.documents.random_texts import Chance

_PIECES = ["a", "B", "_", "1", ".", ":", "-", *ODD, "\udcff", "\\n", "\r", "\0", "\x01", "export "]


def texts() -> st.SearchStrategy[bytes]:
    """Lines of values, comments and nothing."""
    return random_texts.texts(_text)


def _text(chance: Chance, size: int) -> str:
    lines = [_line(chance) for _ in range(size)]
    return chance.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + chance.choice(["", "\n", "\n\n"])


def _line(chance: Chance) -> str:
    kind = chance.random()
    if kind < 0.15:
        return chance.choice(["#", "# ", "##"]) + chance.words(_PIECES)
    if kind < 0.22:
        return ""
    key = chance.choice(["A", "B", "C_1", "D_unencrypted", "e.f", "é", chance.words(_PIECES)])
    return key + "=" + chance.choice(["", "x", "two words ", chance.words(_PIECES, 6), "y" * 2000])
