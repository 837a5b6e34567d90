"""Generated JSON texts: every kind of number and escape, white space of any kind, names that repeat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.sops.documents import random_texts
from tests.sops.documents.random_texts import ODD

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from tests.sops.documents.random_texts import Chance

_SPACE = ["", "", "", " ", "\n", "\n\t", "\r\n  ", "\t"]
_PIECES = [
    "a", "b", "é", "😀", "\u2028", "\x7f", "\ufffd", "<&>", "ENC[", "\udcff", "\udced\udca0\udc80",
    "\udcc3", "\\/", '\\"',
    "\\\\", "\\n", "\\b", "\\u0000", "\\u001f", "\\u00e9", "\\u2029", "\\ud83d\\ude00", "\\ud800",
    "\\uDC00x", "\\uffff",
]  # fmt: skip
_NUMBERS = [
    "0", "-0", "1", "-1", "0.0", "-0.0", "1.0", "1.50", "1e3", "1E-3", "1e+3", "0e0", "1e308", "1e400",
    "5e-324", "1e-400",
    "0.1", "123456.789", "1000000.5", "1e21", "1e20", "0.000001", "0.0000001", "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "99999999999999999999999",
    "3.141592653589793238462643383279",
]  # fmt: skip


def texts() -> st.SearchStrategy[bytes]:
    """Objects of lists and objects."""
    return random_texts.texts(lambda chance, size: _Writer(chance).text(size))


class _Writer:
    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.indented = chance.maybe(0.4)

    def text(self, size: int) -> str:
        if self.chance.maybe(0.02):
            depth = self.chance.choice([20, 100, 150])
            return '{"a":' * depth + self.container(size, 2, is_object=True, level=0) + "}" * depth
        return self.space() + self.container(size, 4, is_object=True, level=0) + self.space()

    def container(self, size: int, depth: int, *, is_object: bool, level: int) -> str:
        members = []
        for _ in range(size):
            name = self.string() + self.space() + ":" + self.space() if is_object else ""
            members.append(self.line(level + 1) + name + self.value(depth, level + 1) + self.space())
        body = ",".join(members) + self.line(level)
        return f"{{{body}}}" if is_object else f"[{body}]"

    def value(self, depth: int, level: int) -> str:
        kind = self.chance.random()
        if depth and kind < 0.3:
            size = self.chance.randint(0, 3)
            return self.container(size, depth - 1, is_object=kind < 0.17, level=level)
        if kind < 0.6:
            return self.string()
        if kind < 0.75:
            return str(
                self.chance.choice([self.chance.randint(-(2**70), 2**70), self.chance.uniform(-1e9, 1e9)])
            )
        return self.chance.choice([*_NUMBERS, "true", "false", "null"])

    def string(self) -> str:
        if self.chance.maybe(0.4):
            return json.dumps(self.chance.choice(ODD), ensure_ascii=self.chance.maybe(0.5))
        return f'"{self.chance.words(_PIECES)}"'

    def space(self) -> str:
        return "" if self.indented else self.chance.choice(_SPACE)

    def line(self, level: int) -> str:
        return "\n" + "  " * level if self.indented else self.chance.choice(_SPACE)
