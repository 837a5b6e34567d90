"""Functions over sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix.list_functions import NOWHERE, called, items_of, value_of
from sopskit.consumers.nix.operators import updated
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Conditional,
    Merged,
    RepositoryPath,
    Slot,
    Thunk,
    Unknown,
    attributes,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value

_NOT_KNOWN = "it is not known what is in a set"


def set_of(evaluator: Evaluator, thunk: Thunk) -> Attributes:
    """The attributes of an argument, what is not known of it as one without a name."""
    value = value_of(evaluator, thunk)
    if isinstance(value, Attributes):
        return value
    if isinstance(value, Merged):
        parts = [set_of(evaluator, each) for each in value.thunks]
        slots = {name: slot for part in parts for name, slot in part.slots.items()}
        return Attributes(slots, tuple(slot for part in parts for slot in part.unnamed))
    if isinstance(value, Conditional):
        inner = set_of(evaluator, value.thunk)
        return Attributes({name: _maybe(slot) for name, slot in inner.slots.items()}, inner.unnamed)
    if isinstance(value, Choice):
        return set_of(
            evaluator,
            known(Merged(tuple(known(Conditional(known(each), maybe=True)) for each in value.values))),
        )
    reason = value if isinstance(value, Unknown) else Unknown(_NOT_KNOWN)
    return Attributes({}, (Slot(known(reason), reason.span),))


def _maybe(slot: Slot) -> Slot:
    return slot._replace(thunk=known(Conditional(slot.thunk, maybe=True)))


def generated(evaluator: Evaluator, names: Thunk, function: Thunk) -> Value:
    """`genAttrs`."""
    slots: dict[str, Slot] = {}
    unnamed: list[Slot] = []
    for item in items_of(evaluator, names):
        name = value_of(evaluator, item)
        maybe = isinstance(name, Conditional)
        if isinstance(name, Conditional):
            item, name = name.thunk, value_of(evaluator, name.thunk)  # noqa: PLW2901
        value: Value = _Later(function, item)
        slot = Slot(value, item.scope and None)  # type: ignore[arg-type]
        slot = _maybe(slot) if maybe else slot
        if isinstance(name, str):
            slots[name] = slot
        else:
            unnamed.append(Slot(known(name), None))
    return Attributes(slots, tuple(unnamed))


class _Later(Thunk):
    """A call that is made when its value is asked for."""

    __slots__ = ()

    def __init__(self, function: Thunk, *arguments: Thunk) -> None:
        from sopskit.consumers.nix import syntax
        from sopskit.consumers.nix.scopes import Scope

        names = {"\0function": function}
        node: syntax.Node = syntax.Var(0, 0, "\0function")
        for number, argument in enumerate(arguments):
            names[f"\0{number}"] = argument
            node = syntax.Apply(0, 0, node, syntax.Var(0, 0, f"\0{number}"))
        super().__init__(node, Scope(None, names, ""))


def mapped(evaluator: Evaluator, function: Thunk, set_: Thunk) -> Value:
    """`mapAttrs`."""
    found = set_of(evaluator, set_)
    return Attributes(
        {
            name: slot._replace(thunk=_Later(function, known(name), slot.thunk))
            for name, slot in found.slots.items()
        },
        found.unnamed,
    )


def mapped_names(evaluator: Evaluator, function: Thunk, set_: Thunk) -> Value:
    """`mapAttrs'`."""
    return from_list(evaluator, known(to_list(evaluator, function, set_)))


def to_list(evaluator: Evaluator, function: Thunk, set_: Thunk) -> Value:
    """`mapAttrsToList`."""
    found = set_of(evaluator, set_)
    known_items = [_Later(function, known(name), slot.thunk) for name, slot in sorted(found.slots.items())]
    return (*known_items, *(slot.thunk for slot in found.unnamed))


def from_list(evaluator: Evaluator, list_: Thunk) -> Value:
    """`listToAttrs`."""
    slots: dict[str, Slot] = {}
    unnamed: list[Slot] = []
    for item in items_of(evaluator, list_):
        pair = value_of(evaluator, item)
        maybe = isinstance(pair, Conditional)
        pair = value_of(evaluator, pair.thunk) if isinstance(pair, Conditional) else pair
        if isinstance(pair, Attributes) and "name" in pair.slots and "value" in pair.slots:
            name = value_of(evaluator, pair.slots["name"].thunk)
            slot = pair.slots["value"]
            if isinstance(name, str):
                slots[name] = _maybe(slot) if maybe else slot
                continue
            pair = name
        unnamed.append(Slot(known(pair if isinstance(pair, Unknown) else Unknown(_NOT_KNOWN)), None))
    return Attributes(slots, tuple(unnamed))


def filtered(evaluator: Evaluator, function: Thunk, set_: Thunk) -> Value:
    """`filterAttrs`; of what it cannot be told stays, maybe."""
    found = set_of(evaluator, set_)
    slots = {}
    for name, slot in found.slots.items():
        wanted = evaluator.concrete(called(evaluator, function, known(name), slot.thunk))
        if wanted is not False:
            slots[name] = slot if wanted is True else _maybe(slot)
    return Attributes(slots, found.unnamed)


def recursive(evaluator: Evaluator, left: Thunk, right: Thunk, depth: int = 0) -> Value:
    """`recursiveUpdate`."""
    one, other = value_of(evaluator, left), value_of(evaluator, right)
    if not isinstance(one, Attributes) or not isinstance(other, Attributes) or depth > 20:
        return updated(evaluator, left, right)
    slots = dict(one.slots)
    for name, slot in other.slots.items():
        if name in slots and isinstance(value_of(evaluator, slot.thunk), Attributes):
            slot = slot._replace(thunk=known(recursive(evaluator, slots[name].thunk, slot.thunk, depth + 1)))  # noqa: PLW2901
        slots[name] = slot
    return Attributes(slots, (*one.unnamed, *other.unnamed))


def _names(evaluator: Evaluator, set_: Thunk) -> Value:
    found = set_of(evaluator, set_)
    names = []
    for name, slot in sorted(found.slots.items()):
        maybe = slot.thunk.node is None and isinstance(slot.thunk.value, Conditional)
        names.append(known(Conditional(known(name), maybe=True) if maybe else name))
    return (
        *names,
        *(slot.thunk if slot.thunk.node is None else known(Unknown(_NOT_KNOWN)) for slot in found.unnamed),
    )


def _values(evaluator: Evaluator, set_: Thunk) -> Value:
    found = set_of(evaluator, set_)
    return (*(slot.thunk for _, slot in sorted(found.slots.items())), *(slot.thunk for slot in found.unnamed))


def _removed(evaluator: Evaluator, set_: Thunk, names: Thunk) -> Value:
    found = set_of(evaluator, set_)
    removed = {
        value_of(evaluator, name)
        for name in items_of(evaluator, names)
        if isinstance(value_of(evaluator, name), str)
    }
    return Attributes(
        {name: slot for name, slot in found.slots.items() if name not in removed}, found.unnamed
    )


def _attribute(evaluator: Evaluator, name: Thunk, set_: Thunk) -> Value:
    wanted = value_of(evaluator, name)
    if not isinstance(wanted, str):
        return Unknown("an attribute's name is not known")
    return evaluator.select(evaluator.force(set_), wanted, NOWHERE)


def _has(evaluator: Evaluator, name: Thunk, set_: Thunk) -> Value:
    wanted, found = value_of(evaluator, name), value_of(evaluator, set_)
    if not isinstance(wanted, str) or not isinstance(found, Attributes) or found.unnamed:
        return Unknown(_NOT_KNOWN)
    return wanted in found.slots


def _by_path(evaluator: Evaluator, path: Thunk, default: Thunk, set_: Thunk) -> Value:
    value = evaluator.force(set_)
    for item in items_of(evaluator, path):
        name = value_of(evaluator, item)
        if not isinstance(name, str):
            return Unknown("an attribute's name is not known")
        value = evaluator.concrete(evaluator.select(value, name, NOWHERE))
    missing = isinstance(value, Unknown) and value.reason.startswith("there is no ")
    return evaluator.force(default) if missing else value


def _pair(_evaluator: Evaluator, name: Thunk, value: Thunk) -> Value:
    return Attributes({"name": Slot(name, None), "value": Slot(value, None)})


def _merged_list(evaluator: Evaluator, list_: Thunk) -> Value:
    result: Thunk = known(Attributes({}))
    for item in items_of(evaluator, list_):
        result = known(updated(evaluator, result, item))
    return evaluator.force(result)


def _pairs(evaluator: Evaluator, set_: Thunk) -> Value:
    found = set_of(evaluator, set_)
    return tuple(
        known(Attributes({"name": Slot(known(name), None), "value": slot}))
        for name, slot in sorted(found.slots.items())
    ) + tuple(slot.thunk for slot in found.unnamed)


def _system_sets(evaluator: Evaluator, function: Thunk) -> Value:
    """`eachDefaultSystem`: hosts and modules in it are not known by system."""
    return called(evaluator, function, known("x86_64-linux"))


def _is(kind: type) -> tuple[int, Callable[..., Value]]:
    def test(evaluator: Evaluator, thunk: Thunk) -> Value:
        value = value_of(evaluator, thunk)
        if isinstance(value, Unknown | Choice | Conditional):
            return Unknown("its type is not known")
        return type(value) is kind

    return 1, test


TABLE: dict[str, tuple[int, Callable[..., Value]]] = {
    "genAttrs": (2, generated),
    "genAttrs'": (
        2,
        lambda e, list_, function: from_list(
            e, known(tuple(known(called(e, function, item)) for item in items_of(e, list_)))
        ),
    ),
    "mapAttrs": (2, mapped),
    "mapAttrs'": (2, mapped_names),
    "mapAttrsToList": (2, to_list),
    "concatMapAttrs": (2, lambda e, function, set_: _merged_list(e, known(to_list(e, function, set_)))),
    "listToAttrs": (1, from_list),
    "filterAttrs": (2, filtered),
    "recursiveUpdate": (2, recursive),
    "attrNames": (1, _names),
    "attrValues": (1, _values),
    "removeAttrs": (2, _removed),
    "getAttr": (2, _attribute),
    "hasAttr": (2, _has),
    "attrByPath": (3, _by_path),
    "getAttrFromPath": (2, lambda e, path, set_: _by_path(e, path, known(Unknown(_NOT_KNOWN)), set_)),
    "nameValuePair": (2, _pair),
    "mergeAttrsList": (1, _merged_list),
    "attrsToList": (1, _pairs),
    "eachDefaultSystem": (1, _system_sets),
    "isAttrs": _is(Attributes),
    "isString": _is(str),
    "isList": _is(tuple),
    "isBool": _is(bool),
    "isPath": _is(RepositoryPath),
    "isNull": (1, lambda e, thunk: value_of(e, thunk) is None),
}

__all__ = ["TABLE", "attributes", "set_of"]
