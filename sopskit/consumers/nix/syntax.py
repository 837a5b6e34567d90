"""The syntax tree of a Nix expression. Spans are offsets in the text of the file.

Source: https://nix.dev/manual/nix/latest/language. Parentheses leave no node; `inherit` becomes bindings.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Str(NamedTuple):
    """A string; its parts are texts, escapes undone, and what stands in `${...}`."""

    start: int
    end: int
    parts: tuple[str | Node, ...]


class Path(NamedTuple):
    """A path literal, parts as of a string: `./a`, `../a/${b}`, `/a`, `~/a`, `<a>`."""

    start: int
    end: int
    parts: tuple[str | Node, ...]


class Number(NamedTuple):
    """A number."""

    start: int
    end: int
    value: int | float


class Var(NamedTuple):
    """A name."""

    start: int
    end: int
    name: str


class Outer(NamedTuple):
    """`inherit name`: the name as it is outside of the set that it stands in."""

    start: int
    end: int
    name: str


class Select(NamedTuple):
    """`base.a.b or default`."""

    start: int
    end: int
    base: Node
    names: tuple[str | Node, ...]
    default: Node | None


class HasAttr(NamedTuple):
    """`base ? a.b`."""

    start: int
    end: int
    base: Node
    names: tuple[str | Node, ...]


class Apply(NamedTuple):
    """`function argument`."""

    start: int
    end: int
    function: Node
    argument: Node


class Formal(NamedTuple):
    """`name ? default` of a lambda."""

    name: str
    default: Node | None


class Lambda(NamedTuple):
    """`name: body`, `{ formals }: body`, `{ formals } @ name: body`; `formals` is None for the first."""

    start: int
    end: int
    name: str | None
    formals: tuple[Formal, ...] | None
    body: Node


class Binding(NamedTuple):
    """`a.b = value;`; names that are no plain text are nodes."""

    start: int
    end: int
    names: tuple[str | Node, ...]
    value: Node


class Let(NamedTuple):
    """`let ... in body`."""

    start: int
    end: int
    bindings: tuple[Binding, ...]
    body: Node


class With(NamedTuple):
    """`with subject; body`."""

    start: int
    end: int
    subject: Node
    body: Node


class If(NamedTuple):
    """`if ... then ... else ...`."""

    start: int
    end: int
    condition: Node
    then: Node
    otherwise: Node


class Operation(NamedTuple):
    """`left operator right`; of `!` and `-` with one operand, `left` is None."""

    start: int
    end: int
    operator: str
    left: Node | None
    right: Node


class ListNode(NamedTuple):
    """`[ ... ]`."""

    start: int
    end: int
    items: tuple[Node, ...]


class AttrSet(NamedTuple):
    """`{ ... }`, `rec { ... }`."""

    start: int
    end: int
    recursive: bool
    bindings: tuple[Binding, ...]


class Broken(NamedTuple):
    """What is no Nix, up to where the parser goes on."""

    start: int
    end: int
    message: str


Node: TypeAlias = (
    Str
    | Path
    | Number
    | Var
    | Outer
    | Select
    | HasAttr
    | Apply
    | Lambda
    | Let
    | With
    | If
    | Operation
    | ListNode
    | AttrSet
    | Broken
)
