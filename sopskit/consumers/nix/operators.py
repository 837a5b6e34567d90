"""The operators of Nix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix.evaluation import choice
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Conditional,
    Merged,
    RepositoryPath,
    Thunk,
    Unknown,
    known,
)

if TYPE_CHECKING:
    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Span, Value

_LONGEST_LIST = 1 << 16


def operate(evaluator: Evaluator, operator: str, left: Thunk | None, right: Thunk, span: Span) -> Value:
    """`left operator right`."""

    def value(thunk: Thunk) -> Value:
        return evaluator.concrete(evaluator.force(thunk))

    if left is None:
        operand = value(right)
        if operator == "!":
            return not operand if isinstance(operand, bool) else _unclear(span)
        return -operand if isinstance(operand, int | float) else _unclear(span)
    if operator in ("&&", "||", "->"):
        return _logic(operator, value(left), lambda: value(right), span)
    if operator == "|>":
        return evaluator.apply(value(right), left, span)
    if operator == "<|":
        return evaluator.apply(value(left), right, span)
    if operator == "//":
        return updated(evaluator, left, right)
    if operator == "++":
        return concatenated(evaluator, value(left), value(right), span)
    if operator == "+":
        return _plus(evaluator, value(left), value(right), span)
    return _compared(operator, value(left), value(right), span)


def _unclear(span: Span) -> Unknown:
    return Unknown("a condition that is not known", (), span)


def _logic(operator: str, left: Value, right: object, span: Span) -> Value:
    deciding = operator == "||"
    if operator == "->":
        left = not left if isinstance(left, bool) else left
        deciding = True
    if left is deciding:
        return deciding
    other = right() if callable(right) else None
    if other is deciding:
        return deciding
    return other if isinstance(left, bool) and isinstance(other, bool) else _unclear(span)


def _plus(evaluator: Evaluator, left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    return evaluator.plus(left, right, span)


def _compared(operator: str, left: Value, right: Value, span: Span) -> Value:
    plain = (str, int, float, bool, type(None), RepositoryPath)
    if isinstance(left, Choice) or not isinstance(left, plain) or not isinstance(right, plain):
        return _compared_lists(operator, left, right, span)
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    if (
        type(left) is type(right)
        and isinstance(left, str | int | float)
        and isinstance(right, str | int | float)
    ):
        return _arithmetic(operator, left, right, span)
    return _unclear(span)


def _compared_lists(operator: str, left: Value, right: Value, span: Span) -> Value:
    empty = ((), Attributes({}))
    if left in empty and right in empty and operator in ("==", "!="):
        return (left == right) == (operator == "==")
    if operator in ("==", "!="):
        for one, other in ((left, right), (right, left)):
            filled = isinstance(one, tuple) and type(one) is tuple and one
            if (filled and other == ()) or (one is None and isinstance(other, Attributes | RepositoryPath)):
                return operator == "!="
    return _unclear(span)


def _arithmetic(operator: str, left: str | float, right: str | float, span: Span) -> Value:
    if operator in ("<", ">", "<=", ">="):
        less = left < right  # type: ignore[operator]
        return {"<": less, ">": not less and left != right, "<=": less or left == right, ">=": not less}[
            operator
        ]
    if isinstance(left, str) or isinstance(right, str):
        return _unclear(span)
    if operator == "/" and right:
        return left // right if isinstance(left, int) and isinstance(right, int) else left / right
    return {"-": left - right, "*": left * right}.get(operator, _unclear(span))


def updated(evaluator: Evaluator, left: Thunk, right: Thunk) -> Value:
    """`left // right`."""
    one, other = evaluator.concrete(evaluator.force(left)), evaluator.concrete(evaluator.force(right))
    if isinstance(one, Attributes) and isinstance(other, Attributes):
        return Attributes({**one.slots, **other.slots}, (*one.unnamed, *other.unnamed))
    return Merged((known(one), known(other)))


def concatenated(evaluator: Evaluator, left: Value, right: Value, span: Span) -> Value:
    """`left ++ right`; a list of which nothing is known becomes one item that is not known."""
    one, other = items(evaluator, left, span), items(evaluator, right, span)
    if len(one) + len(other) > _LONGEST_LIST:
        return Unknown("it takes too long to work out", (), span)
    return one + other


def items(evaluator: Evaluator, value: Value, span: Span) -> tuple[Thunk, ...]:
    """The items of a list, those that are only maybe there as `Conditional`."""
    value = evaluator.concrete(value)
    if type(value) is tuple:
        return value
    if isinstance(value, Conditional):
        inner = items(evaluator, evaluator.force(value.thunk), span)
        return tuple(known(Conditional(item, value.maybe)) for item in inner)
    if isinstance(value, Choice):
        return tuple(
            known(Conditional(item, maybe=True))
            for each in value.values
            for item in items(evaluator, each, span)
        )
    if isinstance(value, Merged):
        return tuple(
            item for thunk in value.thunks for item in items(evaluator, evaluator.force(thunk), span)
        )
    if isinstance(value, Unknown):
        return (known(value),)
    return (known(Unknown("it is no list", (), span)),)


__all__ = ["choice", "concatenated", "items", "operate", "updated"]
