"""Functions of the module system, and those that make a host of modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix.list_functions import items_of, value_of
from sopskit.consumers.nix.values import (
    Attributes,
    Conditional,
    Merged,
    Option,
    Slot,
    System,
    Thunk,
    Unknown,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value


def only_if(evaluator: Evaluator, condition: Thunk, content: Thunk) -> Value:
    """`mkIf`, `optionalAttrs`."""
    holds = value_of(evaluator, condition)
    if holds is False:
        return Merged(())
    return evaluator.force(content) if holds is True else Conditional(content, maybe=True)


def _optional_set(evaluator: Evaluator, condition: Thunk, content: Thunk) -> Value:
    value = only_if(evaluator, condition, content)
    return Attributes({}) if value == Merged(()) else value


def _priority(number: int) -> tuple[int, Callable[..., Value]]:
    return 1, lambda _e, content: Conditional(content, maybe=False, priority=number)


def _override(evaluator: Evaluator, priority: Thunk, content: Thunk) -> Value:
    number = value_of(evaluator, priority)
    return Conditional(content, maybe=False, priority=number if isinstance(number, int) else 100)


def _system(kind: str) -> tuple[int, Callable[..., Value]]:
    return 1, lambda _e, argument: System(kind, argument)


TABLE: dict[str, tuple[int, Callable[..., Value]]] = {
    "mkIf": (2, only_if),
    "optionalAttrs": (2, _optional_set),
    "mkMerge": (1, lambda e, list_: Merged(items_of(e, list_))),
    "mkDefault": _priority(1000),
    "mkForce": _priority(50),
    "mkOverride": (2, _override),
    "mkBefore": (1, lambda e, content: e.force(content)),
    "mkAfter": (1, lambda e, content: e.force(content)),
    "mkOrder": (2, lambda e, _order, content: e.force(content)),
    "mkOption": (1, lambda _e, argument: Option(argument)),
    "mkEnableOption": (1, lambda _e, _text: Option(known(Attributes({"default": Slot(known(False), None)})))),
    "mkFlake": (2, lambda _e, _arguments, module: System("flake", module)),  # flake-parts
    "nixosSystem": _system("nixos"),
    "darwinSystem": _system("darwin"),
    "homeManagerConfiguration": _system("home"),
    "tryEval": (
        1,
        lambda _e, value: Attributes(
            {"value": Slot(value, None), "success": Slot(known(Unknown("whether it fails")), None)}
        ),
    ),
}
