"""The hosts of a repository: of its flake, of a hive, by the folders where people keep them.

Sources: https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake#flake-format,
https://colmena.cli.rs, https://flake.parts, https://snowfall.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.consumers.nix.evaluation import SELF, Evaluator
from sopskit.consumers.nix.modules import Context, Definition, definitions, together
from sopskit.consumers.nix.set_functions import set_of
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Closure,
    Conditional,
    ConfigOption,
    Merged,
    RepositoryPath,
    Slot,
    Span,
    System,
    Unknown,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.nix.values import Thunk, Value

_OUTPUTS = (
    ("nixosConfigurations", "nixos"),
    ("darwinConfigurations", "darwin"),
    ("homeConfigurations", "home"),
    ("colmena", "hive"),
    ("colmenaHive", "hive"),
)
_NO_NODE = ("meta", "defaults", "network")

# Where people keep a host's configuration: hosts/NAME/default.nix, hosts/NAME.nix, machines/NAME/.
_HOST = re.compile(
    r"(?:^|/)(?:hosts?|machines?|nodes?|servers?|systems?|nixos-configurations)"
    r"(?:/(?:[a-z0-9_]+-)?(?:linux|darwin|nixos))?/(?P<name>[^/]+?)(?:\.nix$|/)"
)
_NO_HOST = frozenset(
    (
        "common",
        "shared",
        "modules",
        "default",
        "profiles",
        "lib",
        "optional",
        "global",
        "features",
        "services",
    )
)
_MAIN = ("default.nix", "configuration.nix", "system.nix")
_TOP = Span("flake.nix", 0, 0)


class Flake:
    """The outputs of a repository's flake, worked out as they are asked for."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._outputs: Value = None
        self._context: Context | None = None
        self._asked: set[tuple[str, ...]] = set()

    def output(self, names: tuple[str, ...]) -> Value:
        """An output by its names."""
        if names in self._asked:
            return Unknown(f"{'.'.join(names)} is defined by itself")
        self._asked.add(names)
        try:
            found = list(self._definitions(names))
        finally:
            self._asked.discard(names)
        missing = Unknown(f"{'.'.join(names)} is not known", ("\0self", *names))
        return together(found) if found else missing

    def _definitions(self, names: tuple[str, ...]) -> Iterator[Definition]:
        outputs = self.outputs()
        yield from definitions(self._evaluator, outputs, names)
        if self._context is not None:
            yield from self._context.definitions(("flake", *names))

    def outputs(self) -> Value:
        """What `outputs` gives; of flake-parts, the modules are read too."""
        if self._outputs is None:
            self._outputs = Unknown("the flake is not known")
            self._outputs = self._read()
        return self._outputs

    def _read(self) -> Value:
        evaluator = self._evaluator
        if "flake.nix" not in evaluator.folders[""]:
            return Unknown("there is no flake")
        function = evaluator.concrete(evaluator.select(evaluator.import_file("flake.nix"), "outputs", _TOP))
        inputs = known(Unknown("inputs is not known", ("inputs",)))
        outputs = evaluator.concrete(evaluator.apply(function, inputs, _TOP))
        if isinstance(outputs, System) and outputs.kind == "flake":
            return self._of_modules(outputs)
        for each in outputs.thunks if isinstance(outputs, Merged) else ():
            part = evaluator.concrete(evaluator.force(each))
            if isinstance(part, System) and part.kind == "flake":
                self._of_modules(part)
        return outputs

    def _of_modules(self, system: System) -> Value:
        arguments = {"inputs": known(Unknown("inputs is not known", ("inputs",)))}
        self._context = Context(self._evaluator, "", "flake", arguments)
        self._context.add((system.argument,), _TOP)
        return Attributes({})


def contexts(evaluator: Evaluator, wanted: frozenset[str]) -> Iterator[Context]:
    """Every host that is found, and each user's home on it.

    Args:
        evaluator: of the repository.
        wanted: names of hosts that settings name.
    """
    flake = Flake(evaluator)
    evaluator.output = flake.output
    evaluator.option = lambda context, names: (
        context.option(names) if isinstance(context, Context) else Unknown("config is not known", ("config",))
    )
    found: dict[str, Context] = {}
    for output, kind in _OUTPUTS:
        for name, slot in _named(evaluator, flake.output((output,))):
            for context in _of_output(evaluator, name, kind, slot):
                found.setdefault(f"{kind}:{name}", context)
    if "hive.nix" in evaluator.folders[""]:
        for name, slot in _named(evaluator, evaluator.import_file("hive.nix")):
            for context in _of_output(evaluator, name, "hive", slot):
                found.setdefault(f"hive:{name}", context)
    covered = {path for context in found.values() for path in context.files}
    names = {context.machine for context in found.values() if context.files}
    yield from found.values()
    for context in found.values():
        yield from homes(context)
    for context in _of_folders(evaluator, covered, names, wanted):
        yield context
        yield from homes(context)


def _named(evaluator: Evaluator, value: Value) -> list[tuple[str, Slot]]:
    value = evaluator.concrete(value)
    if isinstance(value, Unknown):
        return []
    return list(set_of(evaluator, known(value)).slots.items())


def _of_output(evaluator: Evaluator, name: str, kind: str, slot: Slot) -> Iterator[Context]:
    if kind == "hive":
        if name not in _NO_NODE:
            context = Context(evaluator, name, "nixos", {"name": known(name)})
            context.span = slot.span
            context.add((slot.thunk,), slot.span or _TOP)
            yield context
        return
    for system in _systems(evaluator, evaluator.force(slot.thunk)):
        yield _of_system(evaluator, name, system, slot)


def _systems(evaluator: Evaluator, value: Value, depth: int = 0) -> Iterator[System]:
    value = evaluator.concrete(value)
    if isinstance(value, System):
        yield value
    elif depth < 10:
        inner: list[Value] = []
        if isinstance(value, Conditional):
            inner = [evaluator.force(value.thunk)]
        elif isinstance(value, Merged):
            inner = [evaluator.force(each) for each in value.thunks]
        elif isinstance(value, Choice):
            inner = list(value.values)
        for each in inner:
            yield from _systems(evaluator, each, depth + 1)


def _of_system(evaluator: Evaluator, name: str, system: System, slot: Slot) -> Context:
    arguments: dict[str, Thunk] = {}
    given = set_of(evaluator, system.argument)
    for special in ("specialArgs", "extraSpecialArgs"):
        if special in given.slots:
            arguments.update(
                (each, inner.thunk)
                for each, inner in set_of(evaluator, given.slots[special].thunk).slots.items()
            )
    context = Context(evaluator, name, system.kind, arguments)
    context.span = slot.span
    for part in ("modules", "configuration"):
        if part in given.slots:
            modules = evaluator.force(given.slots[part].thunk)
            context.add((known(modules),) if part == "configuration" else modules, slot.span or _TOP)
    return context


def homes(context: Context) -> list[Context]:
    """The homes that home-manager makes on a host."""
    evaluator, found = context.evaluator, {}
    shared = list(context.definitions(("home-manager", "sharedModules")))
    special: dict[str, Thunk] = {}
    for each in context.definitions(("home-manager", "extraSpecialArgs")):
        special.update(
            (name, slot.thunk) for name, slot in set_of(evaluator, known(each.value)).slots.items()
        )
    for each in context.definitions(("home-manager", "users")):
        users = set_of(evaluator, known(each.value))
        unnamed = [(None, slot) for slot in users.unnamed]
        for user, slot in [*users.slots.items(), *unnamed]:
            name = f"{user or '*'}@{context.name}"
            if name not in found:
                found[name] = Context(
                    evaluator, name, "home", {"name": known(user), **context.arguments, **special}
                )
                own = found[name]
                own.arguments |= {
                    "config": known(ConfigOption(own, ())),
                    "osConfig": known(ConfigOption(context, ())),
                    "nixosConfig": known(ConfigOption(context, ())),
                }
                own.parent, own.span = context, slot.span
                for module in shared:
                    own.add(module.value, module.span or _TOP)
            found[name].add((slot.thunk,), slot.span or _TOP)
    return list(found.values())


def host_of_folder(path: str) -> str | None:
    """The name of the host whose folder a file lies in."""
    match = _HOST.search(path)
    return match["name"] if match and match["name"] not in _NO_HOST else None


def _of_folders(
    evaluator: Evaluator, covered: set[str], names: set[str], wanted: frozenset[str]
) -> Iterator[Context]:
    """Hosts whose folders no output of the flake reads."""
    folders: dict[str, list[str]] = {}
    for path in evaluator.source.paths:
        if path.endswith(".nix") and path not in covered:
            name = host_of_folder(path)
            if name is not None and name not in names:
                folders.setdefault(name, []).append(path)
    for name, paths in folders.items():
        main = [path for path in paths if _is_main(path, name)] or (paths if name in wanted else paths[:0])
        context = Context(
            evaluator, name, "nixos", {each: known(name) for each in ("hostname", "hostName", "host")}
        )
        context.add(tuple(known(RepositoryPath(path, literal=True)) for path in main or paths), _TOP)
        context.span = Span((main or paths)[0], 0, 0)
        yield context


def _is_main(path: str, name: str) -> bool:
    return path.endswith((f"/{name}.nix", *(f"/{name}/{main}" for main in _MAIN)))


__all__ = ["SELF", "Closure", "Flake", "contexts", "homes", "host_of_folder"]
