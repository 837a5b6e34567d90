"""What a host's modules say: imports followed, options put together as the module system does.

Source: https://nixos.org/manual/nixos/stable/#sec-writing-modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.nix.evaluation import SELF, choice
from sopskit.consumers.nix.operators import items
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Closure,
    Conditional,
    ConfigOption,
    Merged,
    Option,
    RepositoryPath,
    Slot,
    Span,
    Thunk,
    Unknown,
    attributes,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value

_NOWHERE = Span("", 0, 0)
_MOST_MODULES = 5_000
_MOST_DEPTH = 30

#: Arguments that every module may take; of these nothing is known but their names.
_USUAL = ("lib", "pkgs", "inputs", "modulesPath", "options", "utils")


class Definition(NamedTuple):
    """What one module says of an option.

    Attributes:
        value: what it says.
        span: where.
        maybe: whether it does cannot be told.
        priority: as `mkOverride` has it: the lowest wins.
    """

    value: Value
    span: Span | None
    maybe: bool = False
    priority: int = 100


_NO_DEFINITION = Definition(None, None)


class Context:
    """The modules of one host, or of one user's home.

    Attributes:
        name: of the host: that in `nixosConfigurations`; `user@host` for a home; "" where it is not known.
        kind: `nixos`, `darwin`, `home` or `flake`.
        modules: each module, its arguments given.
        files: the files that they are from.
        unclear: imports that are not known.
    """

    def __init__(self, evaluator: Evaluator, name: str, kind: str, arguments: Mapping[str, Thunk]) -> None:
        self.evaluator, self.name, self.kind = evaluator, name, kind
        self.machine = name.rpartition("@")[2]
        self.parent: Context | None = None
        self.span: Span | None = None
        self.modules: list[Value] = []
        self.files: set[str] = set()
        self.unclear: list[Unknown] = []
        self._options: dict[tuple[str, ...], Value] = {}
        self._asked: set[tuple[str, ...]] = set()
        self.arguments = {
            **{usual: known(Unknown(f"{usual} is not known", (usual,))) for usual in _USUAL},
            "self": known(SELF),
            "outputs": known(Unknown("outputs is not known", ("\0self",))),
            "flake": known(SELF),
            "config": known(ConfigOption(self, ())),
            "osConfig": known(ConfigOption(self, ())),
            "nixosConfig": known(ConfigOption(self, ())),
            **arguments,
        }

    def add(self, modules: Value, span: Span) -> None:
        """Add modules and all that they import."""
        queue = list(reversed(items(self.evaluator, modules, span)))
        while queue and len(self.modules) < _MOST_MODULES:
            queue.extend(reversed(self._added(self.evaluator.force(queue.pop()), span)))

    def _added(self, value: Value, span: Span) -> Sequence[Thunk]:
        """Add one module; what it imports."""
        value = self.evaluator.concrete(value)
        if isinstance(value, Merged):
            return value.thunks
        value = self._content(value)
        if isinstance(value, Merged) and any(_is_module(self.evaluator, each) for each in value.thunks):
            return value.thunks
        if isinstance(value, Unknown):
            self._note(value)
            return ()
        if value is None:
            return ()
        self.modules.append(value)
        found: list[Thunk] = []
        for each in definitions(self.evaluator, value, ("imports",)):
            found.extend(items(self.evaluator, each.value, each.span or span))
        return found

    def _content(self, value: Value, depth: int = 0) -> Value:
        """What a module is, its arguments given; None where it was added before."""
        value = self.evaluator.concrete(value)
        if isinstance(value, Attributes) and "outPath" in value.slots:
            value = self.evaluator.force(value.slots["outPath"].thunk)
        if depth > _MOST_DEPTH:
            return Unknown("modules in modules")
        if isinstance(value, RepositoryPath):
            path = self.evaluator.file(value.path)
            if path in self.files:
                return None
            self.files.add(path)
            return self._content(self.evaluator.import_file(path), depth + 1)
        if isinstance(value, Closure):
            return self._content(self.call(value), depth + 1)
        if isinstance(value, Conditional):
            return self._content(self.evaluator.force(value.thunk), depth + 1)
        if isinstance(value, Choice):
            parts = [self._content(each, depth + 1) for each in value.values]
            return Merged(
                tuple(known(Conditional(known(each), maybe=True)) for each in parts if each is not None)
            )
        if isinstance(value, Attributes | Merged | Unknown):
            return value
        return Unknown("an import that is no module")

    def call(self, module: Closure) -> Value:
        """A module that is a function, with this host's arguments."""
        names: dict[str, Thunk] = {}
        scope = module.scope.inner(names)
        if module.node.name is not None:
            names[module.node.name] = known(
                Attributes({name: Slot(thunk, None) for name, thunk in self.arguments.items()}, (_ANY,))
            )
        for formal in module.node.formals or ():
            names[formal.name] = self._argument(formal.name, formal.default is not None)
            if formal.default is not None and isinstance(names[formal.name].value, Unknown):
                names[formal.name] = Thunk(formal.default, scope)
        return self.evaluator.evaluate(module.node.body, scope)

    def _argument(self, name: str, defaulted: bool) -> Thunk:
        if name in self.arguments:
            return self.arguments[name]
        if defaulted:
            return known(Unknown("a default"))
        return known(ConfigOption(self, ("_module", "args", name)))

    def _note(self, value: Unknown) -> None:
        """An import that is not known: of another flake it is none of ours."""
        if "inputs" not in value.trail and "modulesPath" not in value.trail and value.span is not None:
            self.unclear.append(value)

    def definitions(self, names: tuple[str, ...]) -> Iterator[Definition]:
        """What each module says of an option; that of which it is not known whether it does too."""
        for module in list(self.modules):
            yield from definitions(self.evaluator, module, names)
            yield from definitions(self.evaluator, module, ("config", *names))

    def option(self, names: tuple[str, ...]) -> Value:
        """What `config.a.b` is."""
        if names not in self._options:
            if names in self._asked:
                return Unknown(f"config.{'.'.join(names)} is defined by itself", ("config", *names))
            self._asked.add(names)
            try:
                self._options[names] = self._option(names)
            finally:
                self._asked.discard(names)
        return self._options[names]

    def _option(self, names: tuple[str, ...]) -> Value:
        if not names:
            return Unknown("config is not known", ("config",))
        found = list(self.definitions(names))
        # A set of several modules is asked for by its parts only.
        value = together(found) if found else self._default(names)
        if isinstance(value, Unknown) or value is None:
            if names == ("networking", "hostName") and self.machine:
                return self.machine
            if self.parent is not None and value is not None:
                return self.parent.option(names)
            if self.kind == "home" and names == ("home", "username") and "@" in self.name:
                return self.name.partition("@")[0]
        return value

    def _default(self, names: tuple[str, ...]) -> Value:
        for module in list(self.modules):
            for each in definitions(self.evaluator, module, ("options", *names)):
                if isinstance(each.value, Option):
                    argument = self.evaluator.force(each.value.argument)
                    value = self.evaluator.select(argument, "default", each.span or _NOWHERE)
                    # Of a text it is likely that something sets it that was not understood: a name, a path.
                    is_sure = isinstance(value, bool | Unknown)
                    return value if is_sure else choice((value, Unknown("whether a default holds")))
        if names[:2] == ("_module", "args"):
            return Unknown(f"the module argument {'.'.join(names[2:])} is not known", names)
        return Unknown(f"config.{'.'.join(names)} is not known", ("config", *names))


def _is_module(evaluator: Evaluator, thunk: Thunk) -> bool:
    return isinstance(evaluator.concrete(evaluator.force(thunk)), Closure | RepositoryPath)


_ANY = Slot(known(Unknown("a module argument")), None)


def definitions(
    evaluator: Evaluator,
    value: Value,
    names: tuple[str, ...],
    at: Definition = _NO_DEFINITION,
    depth: int = 0,
) -> Iterator[Definition]:
    """What a module says of an option: none, one, or several that are merged.

    Of a set in which names are not known, and in a set of which nothing is known, it may say something:
    that is given, as unknown, from the second name on.
    """
    value = evaluator.concrete(value) if not isinstance(value, Conditional) else value
    if depth > _MOST_DEPTH:
        return
    if isinstance(value, Conditional):
        inner = at._replace(
            maybe=at.maybe or value.maybe, priority=at.priority if value.maybe else value.priority
        )
        yield from definitions(evaluator, evaluator.force(value.thunk), names, inner, depth + 1)
    elif isinstance(value, Merged):
        for thunk in value.thunks:
            yield from definitions(evaluator, evaluator.force(thunk), names, at, depth + 1)
    elif isinstance(value, Choice):
        for each in value.values:
            yield from definitions(evaluator, each, names, at._replace(maybe=True), depth + 1)
    elif not names:
        yield at._replace(value=value)
    elif isinstance(value, Attributes):
        slot = value.slots.get(names[0])
        if slot is not None:
            inner = at._replace(span=slot.span or at.span)
            yield from definitions(evaluator, evaluator.force(slot.thunk), names[1:], inner, depth + 1)
    elif isinstance(value, Unknown) and at.span is not None and depth:
        yield at._replace(value=value, maybe=True)


def together(found: Sequence[Definition]) -> Value:
    """What an option is, by all that modules say of it."""
    certain = [each for each in found if not each.maybe]
    best = min((each.priority for each in certain), default=10_000)
    winning = [each for each in certain if each.priority == best]
    maybe = [each.value for each in found if each.maybe and each.priority <= best]
    # Sets are merged, and so are modules as values: https://flake.parts/options/flake-parts-modules.html
    if len(winning) > 1 and all(isinstance(each.value, Attributes | Closure | Merged) for each in winning):
        winning = [Definition(Merged(tuple(known(each.value) for each in winning)), None)]
    values = [each.value for each in winning] + maybe
    return choice(values)


__all__ = ["Context", "Definition", "attributes", "definitions", "together"]
