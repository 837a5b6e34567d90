"""Functions over lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix.operators import items
from sopskit.consumers.nix.values import Choice, Conditional, Span, Thunk, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value

NOWHERE = Span("", 0, 0)


def value_of(evaluator: Evaluator, thunk: Thunk) -> Value:
    """The value of an argument."""
    return evaluator.concrete(evaluator.force(thunk))


def items_of(evaluator: Evaluator, thunk: Thunk) -> tuple[Thunk, ...]:
    """The items of an argument that is a list."""
    return items(evaluator, evaluator.force(thunk), NOWHERE)


def called(evaluator: Evaluator, function: Thunk, *arguments: Thunk) -> Value:
    """What a function gives."""
    result = evaluator.force(function)
    for argument in arguments:
        result = evaluator.apply(result, argument, NOWHERE)
    return result


def is_unknown(evaluator: Evaluator, item: Thunk) -> bool:
    """Whether nothing is known of an item."""
    return isinstance(value_of(evaluator, item), Unknown | Conditional)


def map_(evaluator: Evaluator, function: Thunk, list_: Thunk) -> Value:
    """`map`; an item that is only maybe there gives one that is."""
    return tuple(_mapped(evaluator, function, item) for item in items_of(evaluator, list_))


def _mapped(evaluator: Evaluator, function: Thunk, item: Thunk) -> Thunk:
    value = value_of(evaluator, item)
    if isinstance(value, Conditional):
        return known(value._replace(thunk=known(called(evaluator, function, value.thunk))))
    return known(called(evaluator, function, item))


def filter_(evaluator: Evaluator, function: Thunk, list_: Thunk) -> Value:
    """`filter`; an item of which it cannot be told stays, maybe."""
    kept = []
    for item in items_of(evaluator, list_):
        wanted = evaluator.concrete(called(evaluator, function, item))
        if wanted is True:
            kept.append(item)
        elif wanted is not False:
            kept.append(known(Conditional(item, maybe=True)))
    return tuple(kept)


def concat_map(evaluator: Evaluator, function: Thunk, list_: Thunk) -> Value:
    """`concatMap`."""
    return flat(evaluator, known(map_(evaluator, function, list_)), deep=False)


def flat(evaluator: Evaluator, list_: Thunk, *, deep: bool = True, depth: int = 0) -> Value:
    """`flatten`, `concatLists`."""
    found: list[Thunk] = []
    for item in items_of(evaluator, list_):
        value = value_of(evaluator, item)
        if type(value) is tuple or isinstance(value, Choice):
            inner = items(evaluator, value, NOWHERE)
            if deep and depth < 20:
                inner = tuple(items_of(evaluator, known(flat(evaluator, known(inner), depth=depth + 1))))
            found.extend(inner)
        else:
            found.append(item)
    return tuple(found)


def optionals(evaluator: Evaluator, condition: Thunk, list_: Thunk) -> Value:
    """`optionals`."""
    holds = value_of(evaluator, condition)
    if isinstance(holds, bool):
        return evaluator.force(list_) if holds else ()
    return tuple(known(Conditional(item, maybe=True)) for item in items_of(evaluator, list_))


def optional(evaluator: Evaluator, condition: Thunk, item: Thunk) -> Value:
    """`optional`."""
    return optionals(evaluator, condition, known((item,)))


def fold(evaluator: Evaluator, function: Thunk, start: Thunk, list_: Thunk) -> Value:
    """`foldl'`."""
    result = start
    for item in items_of(evaluator, list_):
        result = known(called(evaluator, function, result, item))
    return evaluator.force(result)


def fold_right(evaluator: Evaluator, function: Thunk, start: Thunk, list_: Thunk) -> Value:
    """`foldr`."""
    result = start
    for item in reversed(items_of(evaluator, list_)):
        result = known(called(evaluator, function, item, result))
    return evaluator.force(result)


def at(evaluator: Evaluator, list_: Thunk, index: int) -> Value:
    """The item at an index."""
    found = items_of(evaluator, list_)
    if any(is_unknown(evaluator, item) for item in found[: index + 1]) or not -len(found) <= index < len(
        found
    ):
        return Unknown("it is not known what is in a list")
    return evaluator.force(found[index])


def element(evaluator: Evaluator, item: Thunk, list_: Thunk) -> Value:
    """`elem`."""
    wanted = value_of(evaluator, item)
    found = [value_of(evaluator, each) for each in items_of(evaluator, list_)]
    if isinstance(wanted, str | int | None) and wanted in [
        each for each in found if isinstance(each, str | int | None)
    ]:
        return True
    plain = isinstance(wanted, str | int) and all(isinstance(each, str | int) for each in found)
    return False if plain else Unknown("it is not known what is in a list")


def _element_at(evaluator: Evaluator, list_: Thunk, index: Thunk) -> Value:
    number = value_of(evaluator, index)
    return at(evaluator, list_, number) if isinstance(number, int) else Unknown("an index that is not known")


def _some(evaluator: Evaluator, function: Thunk, list_: Thunk) -> Value:
    answers = [evaluator.concrete(called(evaluator, function, item)) for item in items_of(evaluator, list_)]
    if True in [each for each in answers if isinstance(each, bool)]:
        return True
    return False if all(each is False for each in answers) else Unknown("it is not known what is in a list")


def _unique(evaluator: Evaluator, list_: Thunk) -> Value:
    seen: set[str] = set()
    found = []
    for item in items_of(evaluator, list_):
        value = value_of(evaluator, item)
        if not isinstance(value, str) or value not in seen:
            found.append(item)
            seen.update([value] if isinstance(value, str) else [])
    return tuple(found)


def _length(evaluator: Evaluator, list_: Thunk) -> Value:
    found = items_of(evaluator, list_)
    unknown = any(is_unknown(evaluator, item) for item in found)
    return Unknown("it is not known what is in a list") if unknown else len(found)


def _generated(evaluator: Evaluator, function: Thunk, count: Thunk) -> Value:
    number = value_of(evaluator, count)
    if not isinstance(number, int) or number > 10_000:
        return Unknown("it is not known how long a list is")
    return tuple(known(called(evaluator, function, known(index))) for index in range(number))


def _range(evaluator: Evaluator, first: Thunk, last: Thunk) -> Value:
    begin, end = value_of(evaluator, first), value_of(evaluator, last)
    if not isinstance(begin, int) or not isinstance(end, int) or end - begin > 10_000:
        return Unknown("it is not known how long a list is")
    return tuple(known(number) for number in range(begin, end + 1))


def _pipe(evaluator: Evaluator, start: Thunk, functions: Thunk) -> Value:
    result = start
    for function in items_of(evaluator, functions):
        result = known(called(evaluator, function, result))
    return evaluator.force(result)


TABLE: dict[str, tuple[int, Callable[..., Value]]] = {
    "map": (2, map_),
    "forEach": (2, lambda e, list_, function: map_(e, function, list_)),
    "filter": (2, filter_),
    "concatMap": (2, concat_map),
    "concatLists": (1, lambda e, list_: flat(e, list_, deep=False)),
    "flatten": (1, flat),
    "optionals": (2, optionals),
    "optional": (2, optional),
    "foldl": (3, fold),
    "foldl'": (3, fold),
    "foldr": (3, fold_right),
    "fold": (3, fold_right),
    "head": (1, lambda e, list_: at(e, list_, 0)),
    "last": (1, lambda e, list_: at(e, list_, -1)),
    "tail": (1, lambda e, list_: items_of(e, list_)[1:]),
    "elemAt": (2, _element_at),
    "elem": (2, element),
    "any": (2, _some),
    "unique": (1, _unique),
    "length": (1, _length),
    "genList": (2, _generated),
    "sort": (2, lambda e, _before, list_: items_of(e, list_)),  # nothing here depends on the order
    "naturalSort": (1, items_of),
    "range": (2, _range),
    "pipe": (2, _pipe),
    "toList": (1, lambda e, value: items_of(e, value) if type(value_of(e, value)) is tuple else (value,)),
    "singleton": (1, lambda _e, value: (value,)),
    "id": (1, lambda e, value: e.force(value)),
    "const": (2, lambda e, value, _other: e.force(value)),
    "flip": (3, lambda e, function, one, other: called(e, function, other, one)),
    "seq": (2, lambda e, _first, second: e.force(second)),
    "deepSeq": (2, lambda e, _first, second: e.force(second)),
    "trace": (2, lambda e, _message, value: e.force(value)),
    "warn": (2, lambda e, _message, value: e.force(value)),
    "assertMsg": (2, lambda e, condition, _message: e.force(condition)),
    "throw": (1, lambda _e, _message: Unknown("it throws")),
    "abort": (1, lambda _e, _message: Unknown("it throws")),
    "throwIf": (3, lambda e, _condition, _message, value: e.force(value)),
    "throwIfNot": (3, lambda e, _condition, _message, value: e.force(value)),
}
