"""YAML plaintexts for the tests: scalars of every kind, hand-picked documents, and random ones."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

# What a value may be spelled as, inside and outside of braces.
SCALARS = """
a
x y
yes
No
ON
y
~
null
NULL
true
False
+1
-1
0
00
017
08
0o17
0x1F
0X1f
0b101
-0b11
0b-1
0o-7
0o8
0x
0b
1_000
_1
1_
1.5
1.50
.5
-.5
5.
1e3
1E-3
1e400
1e-400
-0.0
-0
1.0
1e21
0.00001
12345678.9
.inf
-.Inf
+.INF
.NAN
NaN
inf
9223372036854775807
-9223372036854775808
-9223372036854775809
99999999999999999999
12:30
12:30:45
190:20:30
1:2.5
2020-01-01
2020-1-1
2020-02-30
2020-01-01T00:00:00Z
2020-01-01t01:02:03.5Z
2020-01-01 10:11:12
2020-01-01T10:11:12+02:00
2020-01-01T10:11:12,123456789123-00:00
2020-01-01T10:11:12+00:60
2001-12-14 21:59:43.10 -5
2020-01-01T1:2:3Z
0001-01-01
=
<<
!!int 5
!!str 5
!!str null
!!float 3
!!float 0x10
!!binary aGVsbG8=
!!bool true
!!timestamp 2020-01-01
!!null ~
!foo bar
! 12
!<tag:yaml.org,2002:str> 7
''
""
'it''s'
"a\\nb"
"\\t"
"\\u00e9"
"\\x01"
"\\U0001F600"
"\\u2028\\x85"
'"'
"'"
"a\\\\"
é
😀
\u00a0x
a#b
a:b
-a
"# no"
ENC
"ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]"
a\tb
/re(ge)x/
-
""".strip("\n").split("\n")[:-1]

# These are spelled so in a block only.
BLOCK_SCALARS = (
    "http://x.y/z?q=1", "!!str", ":x", "?x", "a,b", "---x", "[]", "{}",
    "[1, 2, [x]]", "{a: 1, b: [yes, {c: d}]}", "{a: , b: }", "[a: 1]",
    '{"json": "x"}', '"multi\n   line"', "'multi\n\n   line'", "plain\n   multi\n   line",
)  # fmt: skip

# What sops takes for no value, or for none that it encrypts.
REFUSED = """
!!int x
!!int 1.5
!!bool yes
!!float
!!null x
!!timestamp x
!!binary =
18446744073709551615
0xFFFFFFFFFFFFFFFF
- a
a: b
@x
`x
%x
&
*
*nobody
&a [*a]
{1: a}
{true: a}
{[a]: b}
{a: 1, a: 2}
{"a": 1, a: 2}
{<<: a}
"\\q"
[a
{a
[a?b]
{a: b?}
""".strip().split("\n")

# Whole documents, each for what it once broke or might break.
DOCUMENTS = {
    "styles": "a: 1   # inline\nb: \"two\"\nc: 'three'\nd: |\n  one\n  two\n\ne: plain\n",
    "chomping": "a: |-\n  x\nb: |+\n  y\n\n\nc: |\n  z\n\nd: |+\n\ne: |\n   \n   text\n     \nf: end\n",
    "indentation indicator": "x:\n  - |2-\n     lead\n    a\n  - |1\n"
    "     more\n    x: |2\n      y\n  - last\n",
    "comment in a block header": "a: |  # why\n  one\n  two\nb: >-  # folded\n"
    "  three\n  four\nc: |- # c\n  x\n",
    "folded": "a: >-\n  one\n  two\n\n  three\nb: >+\n  x\n\nc: >\n  y\n",
    "block at the end": "a: 1\nb: |\n  no line end",
    "folded at the end": "a: 1\nb: >\n  no line end",
    "no line end": "a: 1",
    "blank lines at the end": "a: 1\n\n\n",
    "crlf": "a: 1\r\nb: |\r\n  x\r\n  y\r\nc:\r\n  - z # c\r\n",
    "byte order mark": "\ufeffa: 1\nb:\n  \"c\": {d: e}\n",
    "documents": "a: 1\n---\nb: two\n---\n---\n# nothing\n...\n---\nc: 3\n...\n",
    "document markers": "---\na: 1\n...\n",
    "directive": "%YAML 1.1\n---\na: 1\n",
    "tag directive": "%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 5\nb: !e!int 6\n",
    "only null": "---\n# c\n",
    "empty things": "a: []\nb: {}\nc: [ ]\nd: ''\ne:\nf: ~\ng:\n  -\n  - null\n",
    "explicit keys": "? a\n: 1\n? b\n: - x\n",
    "flow": "a: {b: c, 'd': \"e\", f: [1, yes, {g: h}]}\nl: [\n  x,  # c\n  y\n]\n",
    "aliases": "a: &x 1\nb: *x\nc: [*x, *x]\nd: {e: *x}\nf: &m {k: v}\n"
    "g: *m\nh:\n  - *m\n  - &n\n    i: j\n  - *n\n",
    "alias of a list": "a: &l\n  - 1\n  - two\nb: *l\nc:\n  - *l\n  - - *l\n",
    "alias of a block": "a: &b |\n  one\n  two\nc: *b\nd:\n  - *b\n",
    "alias of a key": "&k key: 1\nother: *k\nm:\n  *k : 2\n",
    "alias in another document": "a: &x {k: v}\n---\nb: *x\n",
    "nested anchors": "a: &o\n  b: &i\n    c: 1\nd: *o\ne: *i\n",
    "merge": "base: &b\n  x: 1\nd:\n  <<: *b\n  y: 2\ne:\n  <<: [*b, *b]\nf: {<<: *b, \"<<x\": 3}\n",
    "clear aliases": "a_unencrypted: &x\n  k: v\nb_unencrypted: *x\nc: *x\n",
    "keys": "\"k.x\": 1\n'q': 2\nk:y: 3\n\"a\\tb\": 4\n\"1\": 5\n"
    "\"true\": 6\n-k: 7\né: 8\n\"\": 9\na b: 10\n",
    "comments of a list": "l:\n- a\n# one\n- b # two\n# three\nm:\n  # only\n  - x\n  # end\n",
    "empty comments": "#\na: 1 #\n#\nl:\n  #\n  - x #\n  #\n",
    "comments at the end": "a:\n  b: 1\n  # in a\n# at the top\n",
    "comment before a dedent": "a:\n  b:\n    c: 1\n  # after b\n\nd: 2\n",
    "indentless list": "a:\n- b: 1\n  c: |\n    x\n- d\n",
    "lists in lists": "a:\n  - - 1\n    - 2\n  - - - x: y\n        z: |\n          text\n",
    "tabs": "a:\t1\nb: \t\"x\" \t# c\n",
    "long key": "k" * 200 + ": v\n",
    "odd texts": "a: \" lead\"\nb: \"trail \"\nc: \"a\\n b \\nc\"\n"
    "d: \"\\ttab\\nx\"\ne: \"\\n\"\nf: \"\\n\\nx\"\n",
    "double encryption": "a: |\n  ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]\n",
}  # fmt: skip

# In these the values cannot stay in their places, and sops's layout is taken.
NOT_IN_PLACE = {
    "a mapping in braces": "{a: 1, b: [x]}\n",
    "json": '{"a": 1, "b": ["x", null]}\n',
    "an indented mapping": "  a: 1\n  b: 2\n",
    "an empty mapping": "{}\n",
    "an explicit null": "a: 1\n---\nnull\n",
    "an alias for a document": "&x\na: 1\n---\n*x\n",
    "a clear block at the end": "a_unencrypted: |\n  no line end",
}

# What sops decrypts these to is no YAML, or other values: it names an indentation that a block does not have.
NOT_YAML_AFTER_SOPS = {"indentation indicator", "odd texts"}

_KEYS = ["a", "b", "c", "key", "k.x", "k:y", '"q"', "'s'", "é", "long key", "x-y", "z_unencrypted", '"a\\tb"',
         "-k", '"1"', '"true"', "sopsx", '"#"', "a#b", "? x"]  # fmt: skip
_COMMENTS = ["# c", "#c", "# é # x", "#  two", "#ENC", "#!"]
_LINES = ["text", "# no comment", "", "x: y", "- z", "trail ", "é😀", "last"]


def documents() -> st.SearchStrategy[str]:
    """Random texts of nested mappings and lists in all styles, with comments and aliases."""
    return st.integers(0, 1 << 32).map(lambda seed: _Writer(Random(seed)).text())


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.anchors: list[str] = []
        self.mappings: list[str] = []

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def text(self) -> str:
        text = self.mapping(0, 3)
        while self.maybe(0.2):
            text += self.random.choice(["---\n", "...\n---\n", "--- # c\n"])
            text += self.mapping(0, 2) if self.maybe(0.8) else ""
        if self.maybe(0.1):
            text = self.random.choice(["---\n", "\n", "# top\n\n", "%YAML 1.1\n---\n", "\ufeff"]) + text
        if self.maybe(0.1):
            text = text.rstrip("\n")
        return text.replace("\n", "\r\n") if self.maybe(0.05) else text

    def mapping(self, column: int, depth: int) -> str:
        text = ""
        for key in self.random.sample(_KEYS, self.random.randint(1, 5)):
            text += self.comment(column)
            if self.mappings and self.maybe(0.06) and "<<" not in text:
                text += " " * column + "<<: *" + self.random.choice(self.mappings) + "\n"
            colon = "\n" + " " * column + ":" if key.startswith("?") else ":"
            text += " " * column + key + colon + self.value(column, depth)
        return text + self.comment(column)

    def value(self, column: int, depth: int) -> str:
        kind = self.random.random()
        if depth and kind < 0.2:
            anchor = self.random.choice(["mx", "my"]) if self.maybe(0.15) else ""
            head = (f" &{anchor}" if anchor else "") + self.inline() + "\n"
            text = head + self.mapping(column + self.random.choice([1, 2, 2, 4]), depth - 1)
            if anchor:
                self.anchors.append(anchor)
                self.mappings.append(anchor)
            return text
        if depth and kind < 0.38:
            return self.inline() + "\n" + self.sequence(column + self.random.choice([0, 2, 4]), depth - 1)
        return self.scalar(column)

    def sequence(self, column: int, depth: int) -> str:
        text = ""
        for _ in range(self.random.randint(1, 4)):
            text += self.comment(column)
            kind = self.random.random()
            if depth and kind < 0.3:
                inner = self.mapping if kind < 0.22 else self.sequence
                text += " " * column + "- " + inner(column + 2, depth - 1).lstrip(" ")
            else:
                text += " " * column + "-" + self.scalar(column)
        return text + self.comment(column)

    def scalar(self, column: int) -> str:
        if self.maybe(0.15):
            return " " + self.block(column)
        if self.anchors and self.maybe(0.1):
            return " *" + self.random.choice(self.anchors) + self.inline() + "\n"
        if self.maybe(0.06):
            return self.inline() + "\n"
        text = self.random.choice([*SCALARS, *BLOCK_SCALARS]).replace("\n", "\n" + " " * column)
        if self.maybe(0.08):
            anchor = self.random.choice("xyz")
            self.anchors.append(anchor)
            text = f"&{anchor} {text}"
        return " " + text + self.inline() + "\n"

    def block(self, column: int) -> str:
        indent = self.random.choice([1, 2, 4])
        digit = str(indent) if self.maybe(0.1) else ""
        header = self.random.choice("||>") + digit + self.random.choice(["", "", "-", "+"])
        # Sops's own output is no YAML where a block starts with a space or a tab.
        lines = self.random.choices(_LINES, k=self.random.randint(1, 3))
        lines = ["first", *lines, "  more"] if not lines[0] or self.maybe(0.3) else lines
        margin = " " * (column + indent)
        return (
            header + self.inline() + "\n" + "".join((margin + line if line else "") + "\n" for line in lines)
        )

    def comment(self, column: int) -> str:
        if not self.maybe(0.12):
            return "\n" if self.maybe(0.05) else ""
        column = self.random.choice([column, column, column, max(column - 2, 0), column + 2])
        return " " * column + self.random.choice(_COMMENTS) + ("\n\n" if self.maybe(0.2) else "\n")

    def inline(self) -> str:
        return " " + self.random.choice(_COMMENTS) if self.maybe(0.1) else ""
