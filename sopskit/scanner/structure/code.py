"""Programs: a literal in quotes that is given to a name, whatever the language.

`name = "x"`, `name: str = "x"`, `"name": "x"`, `name("x")`, `#define NAME "x"`, `['name'] = 'x'`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_LITERAL = rb"[brfuBRFU@$]{0,2}(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|['`](?P<single>(?:[^'`\\\n]|\\.)*)['`])"
_PAIR = re.compile(
    rb"(?P<name>[A-Za-z_$][\w.$-]{0,120})[\"'\]]{0,3}[ \t]*(?:[?!]?:[ \t]*[\w.<>\[\]| ?*&]{1,40}[ \t]*)?"
    rb"(?::=|=>|=|:|\|\|=|\?\?=)[ \t]*(?:\[\]byte\(|String\(|SecretStr\()?" + _LITERAL
)
_SETTER = re.compile(rb"\b[sS]et_?(?P<name>[A-Za-z]\w{0,60})\([ \t]*" + _LITERAL + rb"[ \t]*\)")
#: A bare text alone on its line, in a comment or a document: `# token=x`, `api_key: x`, `$ export A=x`.
_BARE = re.compile(
    rb"[ \t#*$>/-]{0,40}(?:export[ \t]+)?(?P<name>[A-Za-z_][\w-]{0,120})(?:=|:[ \t]{1,4})"
    rb"(?P<bare>[0-9A-Za-z+/=_%~!@^-]{12,400})[ \t\\]*$"
)
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(?P<name>\w{1,120})[ \t]+" + _LITERAL)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    number = 0
    for pattern in (_PAIR, _SETTER, _DEFINE):
        for pair in pattern.finditer(content, *line):
            number += 1
            yield found(pair, is_data=False)
    bare = None if number else _BARE.match(content, *line)
    if bare is not None:
        yield found(bare, is_data=False)._replace(is_remark=True)
