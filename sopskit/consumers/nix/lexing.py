"""A text in the Nix language, cut into tokens; what stands in `${...}` of a string is tokens of its own.

Source: Nix's own lexer, https://github.com/NixOS/nix/blob/master/src/libexpr/lexer.l.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

#: Strings in `${...}` in strings, deeper than anybody writes.
_DEEPEST = 40


class NixSyntaxError(Exception):
    """What is no Nix, or is nested too deeply. `args` are a message and an offset."""


class Token(NamedTuple):
    """A piece of a text.

    Attributes:
        kind: `name`, `number`, `string`, `path`, `sign` or `end`.
        text: of a name and a sign as it is; of a number its digits; "" for others.
        start: where it begins.
        end: behind it.
        parts: of a string or path: texts, escapes undone, and the tokens of each `${...}`.
    """

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[str | Tokens, ...] = ()


Tokens: TypeAlias = "list[Token]"

_TOKEN = re.compile(
    r"(?P<skipped>(?:\s+|\#[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)+)"
    r"|(?P<uri>[a-zA-Z][a-zA-Z0-9+.-]*:[a-zA-Z0-9%/?:@&=+$,_.!~*'-]+)"
    r"|(?P<search><[a-zA-Z0-9._+-]+(?:/[a-zA-Z0-9._+-]+)*>)"
    r"|(?P<path>(?:[a-zA-Z0-9._+-]*|~)/(?=[a-zA-Z0-9._+-]|\$\{))"
    r"|(?P<name>[A-Za-z_][\w'-]*)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<quote>\"|'')"
    r"|(?P<sign>\+\+|//|->|==|!=|<=|>=|&&|\|\||\|>|<\||\.\.\.|\$\{|[-+*/<>!?.,:;=@(){}\[\]])"
)
_IN_STRING = re.compile(r"[^\"\\$]+|\\(?P<escaped>.)|(?P<code>\$\{)|(?P<close>\")|\$\$?", re.DOTALL)
_IN_INDENTED = re.compile(
    r"[^'$]+|(?P<quotes>''')|(?P<dollar>''\$)|''\\(?P<escaped>.)|(?P<close>'')|(?P<code>\$\{)|\$\$?|'",
    re.DOTALL,
)
_IN_PATH = re.compile(r"[a-zA-Z0-9._+/-]+|(?P<code>\$\{)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def tokens(text: str) -> Tokens:
    """All tokens of a text, the last of kind `end`.

    Raises:
        NixSyntaxError: a string is not closed, or a character begins no token.
    """
    found, _ = _tokens(text, 0, 0, inside=False)
    return found


def _tokens(text: str, position: int, depth: int, *, inside: bool) -> tuple[Tokens, int]:
    """The tokens up to the end, or up to the `}` that closes a `${`."""
    if depth > _DEEPEST:
        raise NixSyntaxError("nested too deeply", position)
    found: Tokens = []
    braces, size, match_at = 0, len(text), _TOKEN.match
    while position < size:
        match = match_at(text, position)
        if match is None:
            raise NixSyntaxError("no Nix", position)
        start, position, kind = position, match.end(), match.lastgroup
        if kind == "skipped":
            continue
        word = text[start:position]
        if kind == "sign":
            if word in ("{", "${"):
                braces += 1
            elif word == "}":
                braces -= 1
                if inside and braces < 0:
                    found.append(Token("end", "", start, position))
                    return found, position
            found.append(Token("sign", word, start, position))
        elif kind in ("name", "number"):
            found.append(Token(kind, word, start, position))
        else:
            token = _quoted(text, start, position, str(kind), depth)
            position = token.end
            found.append(token)
    if inside:
        raise NixSyntaxError("a ${ that is not closed", position)
    found.append(Token("end", "", size, size))
    return found, size


def _quoted(text: str, start: int, position: int, kind: str, depth: int) -> Token:
    """A token with parts: a string, a path or a URI."""
    word = text[start:position]
    if kind == "uri":
        return Token("string", "", start, position, (word,))
    if kind == "search":
        return Token("path", "", start, position, (word,))
    if kind == "path":
        parts, end = _parts(text, start, _IN_PATH, depth) if word[0] != "~" else (["~"], position)
        if word[0] == "~":
            more, end = _parts(text, start + 1, _IN_PATH, depth)
            parts = ["~", *more]
        return Token("path", "", start, end, tuple(parts))
    if word == '"':
        parts, end = _parts(text, position, _IN_STRING, depth)
    else:
        parts, end = _parts(text, position, _IN_INDENTED, depth)
        parts = _dedented(parts)
    return Token("string", "", start, end, tuple(parts))


def _parts(text: str, position: int, pattern: re.Pattern[str], depth: int) -> tuple[list[str | Tokens], int]:
    """What a string or a path is made of, from behind its beginning to behind its end."""
    parts: list[str | Tokens] = []
    words: list[str] = []
    while (match := pattern.match(text, position)) is not None:
        position = match.end()
        kind = match.lastgroup
        if kind == "code":
            if words:
                parts.append("".join(words))
                words = []
            code, position = _tokens(text, position, depth + 1, inside=True)
            parts.append(code)
        elif kind == "close":
            break
        elif kind == "escaped":
            words.append(_ESCAPES.get(match["escaped"], match["escaped"]))
        else:
            words.append({"quotes": "''", "dollar": "$"}.get(str(kind), match.group()))
    else:
        if pattern is not _IN_PATH:
            raise NixSyntaxError("a string that is not closed", position)
    if words:
        parts.append("".join(words))
    return parts, position


def _dedented(parts: list[str | Tokens]) -> list[str | Tokens]:
    """An indented string of one line loses the blanks at its start; more is not needed here."""
    if parts and isinstance(parts[0], str):
        first = re.sub(r"^ *\n", "", parts[0])
        parts = [first.lstrip(" "), *parts[1:]]
    if parts and isinstance(parts[-1], str):
        parts = [*parts[:-1], re.sub(r"(?<=\n)[ \t]+\Z", "", parts[-1])]
    return [part for part in parts if part]
