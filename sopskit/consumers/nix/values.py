"""What a Nix expression comes to, as far as can be told without running Nix: known, maybe, or unknown.

Texts, numbers, truth values and null are Python's own; a list is a tuple of thunks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sopskit.consumers.nix.scopes import Scope
    from sopskit.consumers.nix.syntax import Lambda, Node

#: What an expression comes to: one of this module's types, `str`, `int`, `float`, `bool`, None or a tuple.
Value: TypeAlias = object


class Span(NamedTuple):
    """A place in a file, as offsets."""

    path: str
    start: int
    end: int


class Unknown(NamedTuple):
    """What cannot be told.

    Attributes:
        reason: why, lowercase.
        trail: the names by which it was reached: `("inputs", "nixpkgs", "lib")`.
        span: where it begins to be unknown.
    """

    reason: str
    trail: tuple[str, ...] = ()
    span: Span | None = None


class RepositoryPath(NamedTuple):
    """A file or folder of the repository, or the root: "" (then it is the flake, too).

    Attributes:
        path: relative to the repository, not above it.
        literal: written as a path, not as a text that begins with the flake.
    """

    path: str
    literal: bool


class OtherPath(NamedTuple):
    """A path literal outside of the repository: `/etc/x`, `~/x`, `<nixpkgs>`."""

    path: str


class Thunk:
    """An expression in its scope, or its value once it was asked for."""

    __slots__ = ("busy", "node", "scope", "value")

    def __init__(self, node: Node | None, scope: Scope | None, value: Value = None) -> None:
        self.node, self.scope, self.value, self.busy = node, scope, value, False


class Slot(NamedTuple):
    """An attribute's value, and where it is bound."""

    thunk: Thunk
    span: Span | None


class Attributes(NamedTuple):
    """A set.

    Attributes:
        slots: its attributes by name.
        unnamed: attributes whose names cannot be told.
    """

    slots: Mapping[str, Slot]
    unnamed: tuple[Slot, ...] = ()


class Closure(NamedTuple):
    """A function written in Nix."""

    node: Lambda
    scope: Scope


class Native(NamedTuple):
    """A function that this package knows, with the arguments that it has so far."""

    name: str
    arity: int
    call: Callable[..., Value]
    arguments: tuple[Thunk, ...] = ()


class Conditional(NamedTuple):
    """`mkIf`, `optionalAttrs`: there if a condition holds that cannot be told; or with a priority."""

    thunk: Thunk
    maybe: bool
    priority: int = 100


class Merged(NamedTuple):
    """`mkMerge`, and `a // b` where one is not known: all of these, later ones win."""

    thunks: tuple[Thunk, ...]


class Choice(NamedTuple):
    """One of these: `if` with a condition that cannot be told."""

    values: tuple[Value, ...]


class ConfigOption(NamedTuple):
    """`config.a.b`: what a host's modules together say.

    Attributes:
        context: of which host; known to who looks it up.
        names: of the option.
    """

    context: object
    names: tuple[str, ...]


class System(NamedTuple):
    """What `nixosSystem` and its like are given.

    Attributes:
        kind: `nixos`, `darwin` or `home`.
        argument: the set with `modules` and `specialArgs`.
    """

    kind: str
    argument: Thunk


class Option(NamedTuple):
    """What `mkOption` is given."""

    argument: Thunk


def known(value: Value) -> Thunk:
    """A thunk of a value."""
    return Thunk(None, None, value)


def attributes(values: Mapping[str, Value]) -> Attributes:
    """A set of known values, bound nowhere."""
    return Attributes({name: Slot(known(value), None) for name, value in values.items()})
