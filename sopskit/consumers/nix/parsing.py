"""Nix expressions, read into a syntax tree. A binding that is no Nix is left out; what follows is read.

Why not tree-sitter: a tree of its nodes is walked at a method call each, and had to be rebuilt in Python for
the evaluator; its grammar's only release on PyPI is of 2025. This one is as fast, and bounded.

Source: Nix's own grammar, https://github.com/NixOS/nix/blob/master/src/libexpr/parser.y.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix.lexing import NixSyntaxError, tokens
from sopskit.consumers.nix.syntax import (
    Apply,
    AttrSet,
    Binding,
    Broken,
    Formal,
    HasAttr,
    If,
    Lambda,
    Let,
    ListNode,
    Number,
    Operation,
    Outer,
    Path,
    Select,
    Str,
    Var,
    With,
)

if TYPE_CHECKING:
    from sopskit.consumers.nix.lexing import Token, Tokens
    from sopskit.consumers.nix.syntax import Node

#: Expressions in expressions; each takes up to nine calls of Python's 1,000.
_DEEPEST = 70

#: Operators by how tightly they bind, and whether they group to the right.
_OPERATORS = {
    "->": (1, True),
    "|>": (1, False),
    "<|": (1, True),
    "||": (2, False),
    "&&": (3, False),
    "==": (4, False),
    "!=": (4, False),
    "<": (5, False),
    ">": (5, False),
    "<=": (5, False),
    ">=": (5, False),
    "//": (6, True),
    "+": (8, False),
    "-": (8, False),
    "*": (9, False),
    "/": (9, False),
    "++": (10, True),
}
_NOT, _HAS, _MINUS = 7, 11, 12
_KEYWORDS = frozenset(("if", "then", "else", "assert", "with", "let", "in", "rec", "inherit"))


def parse(text: str) -> Node:
    """The expression that a file is.

    Raises:
        NixSyntaxError: it is none, and nothing of it can be read.
    """
    parser = _Parser(tokens(text), 0)
    try:
        node = parser.expression()
    except RecursionError:
        raise NixSyntaxError("nested too deeply", 0) from None
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, found: Tokens, depth: int) -> None:
        self._tokens = found
        self._at = 0
        self._depth = depth

    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise NixSyntaxError("the text ends too early", token.start)
        self._at += 1
        return token

    def _is(self, sign: str, ahead: int = 0) -> bool:
        at = self._at + ahead
        return at < len(self._tokens) and self._tokens[at].text == sign and self._tokens[at].kind != "string"

    def _take(self, text: str) -> Token:
        token = self._tokens[self._at]
        if token.text != text:
            raise NixSyntaxError(f"{text!r} is missing", token.start)
        self._at += 1
        return token

    def expect_end(self) -> None:
        token = self._token()
        if token.kind != "end":
            raise NixSyntaxError("more than one expression", token.start)

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NixSyntaxError("nested too deeply", self._token().start)
        try:
            return self._expression()
        finally:
            self._depth -= 1

    def _expression(self) -> Node:
        token = self._token()
        if token.kind == "name":
            read = {
                "let": self._let,
                "with": self._with,
                "assert": self._assert,
                "if": self._if,
            }.get(token.text)
            if read is not None:
                return read(token.start)
            if self._is(":", 1):
                self._at += 2
                body = self.expression()
                return Lambda(token.start, body.end, token.text, None, body)
            if self._is("@", 1):
                self._at += 2
                return self._lambda(token.start, token.text)
        elif token.text == "{" and self._formals_follow():
            return self._lambda(token.start, None)
        return self._operation(0)

    def _formals_follow(self) -> bool:
        if self._is("...", 1):
            return True
        if self._is("}", 1):
            return self._is(":", 2) or self._is("@", 2)
        if self._tokens[self._at + 1].kind != "name":
            return False
        return (
            self._is(",", 2)
            or self._is("?", 2)
            or (self._is("}", 2) and (self._is(":", 3) or self._is("@", 3)))
        )

    def _lambda(self, start: int, name: str | None) -> Node:
        self._take("{")
        formals: list[Formal] = []
        while not self._is("}"):
            if self._is("..."):
                self._at += 1
            else:
                formals.append(self._formal())
            if not self._is("}"):
                self._take(",")
        self._take("}")
        if self._is("@"):
            self._at += 1
            name = self._name()
        self._take(":")
        body = self.expression()
        return Lambda(start, body.end, name, tuple(formals), body)

    def _formal(self) -> Formal:
        name = self._name()
        if not self._is("?"):
            return Formal(name, None)
        self._at += 1
        return Formal(name, self.expression())

    def _name(self) -> str:
        token = self._token()
        if token.kind != "name":
            raise NixSyntaxError("a name is missing", token.start)
        self._at += 1
        return token.text

    def _let(self, start: int) -> Node:
        self._at += 1
        bindings = self._bindings("in")
        self._take("in")
        body = self.expression()
        return Let(start, body.end, bindings, body)

    def _with(self, start: int) -> Node:
        self._at += 1
        subject = self.expression()
        self._take(";")
        body = self.expression()
        return With(start, body.end, subject, body)

    def _assert(self, _start: int) -> Node:
        self._at += 1
        self.expression()
        self._take(";")
        return self.expression()

    def _if(self, start: int) -> Node:
        self._at += 1
        condition = self.expression()
        self._take("then")
        then = self.expression()
        self._take("else")
        otherwise = self.expression()
        return If(start, otherwise.end, condition, then, otherwise)

    def _operation(self, least: int) -> Node:
        token = self._token()
        if token.text in ("!", "-") and token.kind == "sign":
            self._at += 1
            operand = self._operation(_NOT if token.text == "!" else _MINUS)
            left: Node = Operation(token.start, operand.end, token.text, None, operand)
        else:
            left = self._application()
        while True:
            token = self._token()
            if token.kind != "sign":
                return left
            if token.text == "?" and least <= _HAS:
                self._at += 1
                names = self._attribute_path()
                left = HasAttr(left.start, self._tokens[self._at - 1].end, left, names)
                continue
            binding, right_grouping = _OPERATORS.get(token.text, (-1, False))
            if binding < max(least, 0) or binding < 0:
                return left
            self._at += 1
            right = self._operand(binding, right_grouping)
            left = Operation(left.start, right.end, token.text, left, right)

    def _operand(self, binding: int, right_grouping: bool) -> Node:
        self._depth += right_grouping
        if self._depth > _DEEPEST:
            raise NixSyntaxError("nested too deeply", self._token().start)
        operand = self._operation(binding if right_grouping else binding + 1)
        self._depth -= right_grouping
        return operand

    def _application(self) -> Node:
        function = self._selection()
        while self._begins_operand():
            argument = self._selection()
            function = Apply(function.start, argument.end, function, argument)
        return function

    def _begins_operand(self) -> bool:
        token = self._token()
        if token.kind == "sign":
            return token.text in ("{", "(", "[")
        if token.kind == "name":
            return token.text not in _KEYWORDS or token.text in ("rec", "let")
        return token.kind != "end"

    def _selection(self) -> Node:
        base = self._simple()
        while self._is("."):
            self._at += 1
            names = self._attribute_path()
            end = self._tokens[self._at - 1].end
            default = None
            if self._is("or"):
                self._at += 1
                default = self._selection()
                end = default.end
            base = Select(base.start, end, base, names, default)
        return base

    def _attribute_path(self) -> tuple[str | Node, ...]:
        names = [self._attribute()]
        while self._is("."):
            self._at += 1
            names.append(self._attribute())
        return tuple(names)

    def _attribute(self) -> str | Node:
        token = self._next()
        if token.kind == "name":
            return token.text
        if token.kind == "string":
            if all(isinstance(part, str) for part in token.parts):
                return "".join(part for part in token.parts if isinstance(part, str))
            return self._parts(token)
        if token.text == "${":
            code = self.expression()
            self._take("}")
            return code
        raise NixSyntaxError("an attribute's name is missing", token.start)

    def _simple(self) -> Node:
        token = self._next()
        if token.kind == "name":
            if token.text == "rec":
                return self._set(token.start, recursive=True)
            if token.text == "let":  # the old `let { body = ...; }`
                self._set(token.start, recursive=True)
                return Broken(token.start, token.end, "the old form of let")
            if token.text not in _KEYWORDS:
                return Var(token.start, token.end, token.text)
        elif token.kind in ("string", "path"):
            return self._parts(token)
        elif token.kind == "number":
            number = float(token.text) if not token.text.isdigit() else int(token.text[:20])
            return Number(token.start, token.end, number)
        elif token.text == "(":
            inner = self.expression()
            self._take(")")
            return inner
        elif token.text == "{":
            self._at -= 1
            return self._set(token.start, recursive=False)
        elif token.text == "[":
            return self._list(token.start)
        raise NixSyntaxError("an expression is missing", token.start)

    def _parts(self, token: Token) -> Node:
        parts: list[str | Node] = []
        for part in token.parts:
            if isinstance(part, str):
                parts.append(part)
            else:
                inner = _Parser(part, self._depth)
                parts.append(inner.expression())
                inner.expect_end()
        kind = Str if token.kind == "string" else Path
        return kind(token.start, token.end, tuple(parts))

    def _list(self, start: int) -> Node:
        items: list[Node] = []
        self._depth += 1
        while not self._is("]"):
            if self._depth > _DEEPEST:
                raise NixSyntaxError("nested too deeply", start)
            items.append(self._selection())
        self._depth -= 1
        return ListNode(start, self._take("]").end, tuple(items))

    def _set(self, start: int, *, recursive: bool) -> Node:
        self._take("{")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NixSyntaxError("nested too deeply", start)
        bindings = self._bindings("}")
        self._depth -= 1
        return AttrSet(start, self._take("}").end, recursive, bindings)

    def _bindings(self, closing: str) -> tuple[Binding, ...]:
        found: list[Binding] = []
        while not self._is(closing):
            begin, depth = self._at, self._depth
            try:
                if self._is("inherit"):
                    found.extend(self._inherit())
                else:
                    found.append(self._binding())
            except NixSyntaxError as error:
                if str(error.args[0]) == "nested too deeply" or self._token().kind == "end":
                    raise
                self._depth = depth
                found.append(self._skipped(begin, closing, error))
        return tuple(found)

    def _binding(self) -> Binding:
        start = self._token().start
        names = self._attribute_path()
        self._take("=")
        value = self.expression()
        end = self._take(";").end
        return Binding(start, end, names, value)

    def _skipped(self, begin: int, closing: str, error: NixSyntaxError) -> Binding:
        """What is no Nix, up to the `;` that ends it or to the end of the set."""
        self._at, open_ = begin, 0
        start = self._token().start
        while True:
            token = self._token()
            if token.kind == "end":
                raise error
            if token.kind == "sign" and token.text in ("{", "(", "[", "${"):
                open_ += 1
            elif token.kind == "sign" and token.text in ("}", ")", "]"):
                if open_ == 0:
                    if token.text != closing or self._at == begin:
                        raise error
                    break
                open_ -= 1
            self._at += 1
            if token.text == ";" and open_ == 0:
                break
        end = self._tokens[self._at - 1].end
        return Binding(start, end, (), Broken(start, end, str(error.args[0])))

    def _inherit(self) -> list[Binding]:
        start = self._take("inherit").start
        source = None
        if self._is("("):
            self._at += 1
            source = self.expression()
            self._take(")")
        found = []
        while not self._is(";"):
            token = self._token()
            name = self._attribute()
            if not isinstance(name, str):
                raise NixSyntaxError("a name is missing", start)
            value: Node = Outer(token.start, token.end, name)
            if source is not None:
                value = Select(token.start, token.end, source, (name,), None)
            found.append(Binding(token.start, token.end, (name,), value))
        self._at += 1
        return found
