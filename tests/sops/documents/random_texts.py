"""What the generators of plaintexts share: chance from a seed, and damage to a text that was well-formed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Texts that some format, escape or reader takes for something else.
ODD = [
    "", "", " ", "  x", "x ", "\t", "é", "e\u0301", "😀", "\u00a0", "\u2028", "\x85", "\x1c", "\x7f",
    "\ufffd", "#",
    "# no comment", "; x", "a=b", "a: b", "a:", ":", "-", "- a", "---", "...", "yes", "no", "~", "null",
    "true",
    "False", "1", "-0.0", "0o17", "1_000", "1e400", ".inf", "2020-01-01", "<<", "=", "!!str", "&a", "*a",
    "{", "}",
    "[", "]", "[x]", ",", "|", ">", "%", "@", "`", "'", '"', "''", "%(a)s", "${A}", "$A", "\\", "\\\\",
    "\\n", "\\t",
    "<&>", "ENC[", "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]", "sops", "sops_mac", "x" * 200,
]  # fmt: skip

_DAMAGE = [
    "",
    "",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\x01",
    "\x85",
    "\u2028",
    "\ufeff",
    "\udcff",
    *"#;=:\"'`\\[]{}-,&*!|>%@",
]


class Chance(Random):
    """Random choices, of which some are rare."""

    def maybe(self, chance: float) -> bool:
        """True that often."""
        return self.random() < chance

    def words(self, alphabet: Sequence[str], longest: int = 4) -> str:
        """Some of the pieces one after another, at least one."""
        return "".join(self.choices(alphabet, k=self.randint(1, longest)))


def texts(write: Callable[[Chance, int], str], largest: int = 12) -> st.SearchStrategy[bytes]:
    """Texts that `write` makes of chance and of how many things are to be in it, one in ten of them damaged.

    They come from a seed: what hypothesis makes piece by piece takes longer than all that is done with it.
    """

    def text(size: int, seed: int) -> bytes:
        chance = Chance(seed)
        written = write(chance, size)
        if chance.maybe(0.1):
            written = _damaged(written, chance)
        return written.encode("utf-8", "surrogateescape")

    return st.builds(text, st.integers(0, largest), st.integers(0, (1 << 32) - 1))


def _damaged(text: str, chance: Chance) -> str:
    at = chance.randint(0, len(text))
    inserted: str = chance.choice(_DAMAGE)
    return text[:at] + inserted + text[at + chance.randint(0, 3) :]
