"""Programs: a literal in quotes that is given to a name, whatever the language.

`name = "x"`, `name: str = "x"`, `name string = "x"`, `"name": "x"`, `name("x")`, `set("name", "x")`,
`#define NAME "x"`, `['name'] = 'x'`, and Make's and PHP's other operators.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found
from sopskit.scanner.structure.xml import tall_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_LITERAL = rb"[brfuBRFU@$]{0,2}(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|['`](?P<single>(?:[^'`\\\n]|\\.)*)['`])"
#: A word is read once, as a whole: most words of a line are given nothing.
_PAIR = re.compile(
    rb"(?<![A-Za-z_$])(?P<name>[A-Za-z_$][\w.$-]*+)[\"'\]]{0,3}+[ \t]*+(?=[?!:*s=|.+])"
    rb"(?:[?!]?:[ \t]*[\w.<>\[\]| ?*&]{1,40}[ \t]*|\*?string[ \t]+)?"
    rb"(?::{1,3}=|=>|=|:|\|\|=|\?\??=|\.=|\+=)[ \t]*(?:\[\]byte\(|String\(|SecretStr\()?" + _LITERAL
)
_SETTER = re.compile(rb"\b[sS]et_?(?P<name>[A-Za-z]\w{0,60})\([ \t]*" + _LITERAL + rb"[ \t]*\)")
#: A bare text alone on its line, in a comment or a document: `# token=x`, `api_key: x`, `$ export A=x`.
_BARE = re.compile(
    rb"[ \t#*$>/-]{0,40}(?:export[ \t]+)?(?P<name>[A-Za-z_][\w-]{0,120})(?:[ \t]{0,4}=[ \t]{0,4}|:[ \t]{1,4})"
    rb"(?P<bare>[0-9A-Za-z+/=_%~!@^-]{12,400})[ \t\\]*$"
)
#: A name and its value handed over together.
_CALL = re.compile(rb"\([ \t]*[\"'](?P<name>[A-Za-z_][\w.-]{0,120})[\"'][ \t]*,[ \t]*" + _LITERAL)
#: A file of settings within a literal of one line: `"A=x\\nB=y"`.
_WITHIN = re.compile(
    rb"(?:(?<=[\"'])|(?<=\\n))(?P<name>[A-Z][A-Z0-9_-]{2,120})=(?P<bare>[0-9A-Za-z+/=_~.-]{12,400})(?=\\|[\"'])"
)
#: A line of a block comment.
_COMMENT = re.compile(rb"[ \t]*(?:/\*{1,2}|\*)[ \t]")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(?P<name>\w{1,120})[ \t]+" + _LITERAL)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    number, is_remark = 0, _COMMENT.match(content, *line) is not None
    for pattern in (_PAIR, _SETTER, _CALL, _WITHIN, _DEFINE):
        for pair in pattern.finditer(content, *line):
            number += 1
            yield found(pair, is_data=False)._replace(is_remark=is_remark)
    for element in tall_elements(content, line):
        number += 1
        yield element
    bare = None if number else _BARE.match(content, *line)
    if bare is not None:
        yield found(bare, is_data=False)._replace(is_remark=True)
