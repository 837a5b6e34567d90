"""Generated INI texts: every kind of quotes, comments everywhere, sections and keys that repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sops.documents import random_texts
from tests.sops.documents.random_texts import ODD

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from tests.sops.documents.random_texts import Chance

# White space that a comment keeps its layout in is left out, see `sopskit.sops.documents.ini_comments`.
_PIECES = ["a", "b", "1", "é", "\udcff", "\\ ", *(text for text in ODD if text not in ("\\", "\x85"))]
_PLAIN = ["a", "b", "key", "é", " ", "%(a)s", "1", ".", "x y"]
_SIGNS = [";", "#", "; ", "# ", "##", ";\t", "#;", ";;"]
_VALUES = [
    "", '""', "a=b", "a:b", "[x]", "a ; inline", "'x' # inline", '"', '""""', "`x` ; dropped", "\\\\",
    '"a"b"', "'a", "`",
    '"""x', "x\\", "yes", "1", "0o17", "  ", "a#b", "a;b", "http://x/?a=b",
]  # fmt: skip


def texts() -> st.SearchStrategy[bytes]:
    """Sections of keys with comments."""
    return random_texts.texts(_text)


def _text(chance: Chance, size: int) -> str:
    newline = chance.choice(["\n", "\n", "\n", "\r\n"])
    text = newline.join(_line(chance, newline) for _ in range(size)) + chance.choice(
        ["", newline, newline * 2]
    )
    return "\ufeff" + text if chance.maybe(0.03) else text


def _line(chance: Chance, newline: str) -> str:
    kind = chance.random()
    if kind < 0.2:
        return _blank(chance) + chance.choice(_SIGNS) + chance.words(_PIECES if chance.maybe(0.3) else _PLAIN)
    if kind < 0.3:
        return _blank(chance)
    if kind < 0.42:
        name = chance.choice(["s", "t", "s.t", "DEFAULT", "x_unencrypted", _name(chance)])
        return f"[{name}]" + chance.choice(["", "", "", " ; inline", "#x", " junk"])
    key = chance.choice(["k", "l", "m", "long_key", "k_unencrypted", "k.x", _name(chance)])
    inline = chance.choice(["", "", "", " ; inline", " # x y"])
    return (
        _blank(chance)
        + key
        + _blank(chance)
        + chance.choice("==:")
        + _blank(chance)
        + _value(chance, newline)
        + inline
    )


def _value(chance: Chance, newline: str) -> str:
    words = chance.words(_PIECES if chance.maybe(0.3) else _PLAIN)
    other = chance.words(_PLAIN)
    return chance.choice([
        words, words, words, chance.choice(_VALUES), f'"{words}"', f"'{words}'", f"`{words};#`",
        f'"""{words}{newline}{other}"""',
        f"`{words}={newline}{newline} {other}`", f"{words}\\{newline}  {other}",
    ])  # fmt: skip


def _name(chance: Chance) -> str:
    return chance.words(_PLAIN if chance.maybe(0.7) else _PIECES)


def _blank(chance: Chance) -> str:
    return chance.choice(["", "", " ", "\t"])
