"""A small lazy evaluator of Nix. It runs nothing, reads files of the repository only, and stops in time.

What it does not know it calls unknown, and goes on: of `{ a = 1; } // something` it knows `a`, maybe.

Source: https://nix.dev/manual/nix/latest/language.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from sopskit.consumers.nix import syntax
from sopskit.consumers.nix.lexing import NixSyntaxError
from sopskit.consumers.nix.parsing import parse
from sopskit.consumers.nix.scopes import Scope
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    Closure,
    Conditional,
    ConfigOption,
    Merged,
    Native,
    OtherPath,
    RepositoryPath,
    Slot,
    Span,
    Thunk,
    Unknown,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sopskit.consumers.interface import Source
    from sopskit.consumers.nix.syntax import Node
    from sopskit.consumers.nix.values import Value

#: Values asked for in all. The largest of 25 public repositories has 49 hosts.
_MOST_STEPS = 2_000_000
#: Of them for one host, or one module without a host: some 2 s.
_MOST_STEPS_AT_ONCE = 200_000
#: Values that need values; each takes up to ten calls of Python.
_DEEPEST = 250
_LONGEST_TEXT = 1 << 16
#: Of a file, in characters: some 1.5 s. What people write by hand is far shorter.
_LONGEST_FILE = 1 << 18
_LONGEST_TRAIL = 30
_MOST_CHOICES = 8

#: Helpers that put the root of the repository in front of a text, where it does not define them itself.
FROM_ROOT_NAMES = frozenset(("relativeToRoot", "fromRoot", "relative_to_root"))

SELF = RepositoryPath("", literal=False)
TOO_MUCH = Unknown("it takes too long to work out")


class Evaluator:
    """Works out values of the files of one repository.

    Attributes:
        source: the repository.
        folders: every folder of the repository, with the names in it; True for a folder.
        option: what a host's modules say of an option (`config.a.b`); set by who knows them.
        named: the value that the repository binds to a name; for what arrives by unknown ways.
        output: an output of the repository's flake, by its names.
    """

    def __init__(self, source: Source) -> None:
        from sopskit.consumers.nix.functions import FUNCTIONS

        self.source = source
        self.folders = _folders(source.paths)
        self.option: Callable[[object, tuple[str, ...]], Value] = lambda _context, _names: Unknown("")
        self.named: Callable[[str], Value] = lambda _name: Unknown("")
        self.output: Callable[[tuple[str, ...]], Value] = lambda _names: Unknown("")
        self._functions = FUNCTIONS
        self._parsed: dict[str, Node | Unknown] = {}
        self._files: dict[str, Thunk] = {}
        self._steps = 0
        self._last_step = _MOST_STEPS_AT_ONCE
        self._depth = 0
        self._nodes: dict[type, Callable[..., Value]] = {
            syntax.Str: self._text,
            syntax.Path: self._path,
            syntax.Number: lambda node, _scope: node.value,
            syntax.Var: lambda node, scope: self.lookup(node, scope, scope),
            syntax.Outer: lambda node, scope: self.lookup(node, scope, scope.parent or scope),
            syntax.Select: self._select,
            syntax.HasAttr: self._has_attribute,
            syntax.Apply: lambda node, scope: self.apply(
                self.evaluate(node.function, scope), Thunk(node.argument, scope), _span(node, scope)
            ),
            syntax.Lambda: Closure,
            syntax.Let: lambda node, scope: self.evaluate(node.body, self.let_scope(node, scope)),
            syntax.With: lambda node, scope: self.evaluate(
                node.body, scope.inner({}, Thunk(node.subject, scope))
            ),
            syntax.If: self._if,
            syntax.Operation: self._operation,
            syntax.ListNode: lambda node, scope: tuple(Thunk(item, scope) for item in node.items),
            syntax.AttrSet: self._set,
            syntax.Broken: lambda node, scope: Unknown(node.message, (), _span(node, scope)),
        }

    def start(self) -> None:
        """Begin with another host or module, which has steps of its own, as long as there are any."""
        self._last_step = min(_MOST_STEPS, self._steps + _MOST_STEPS_AT_ONCE)

    # Files

    def syntax_of(self, path: str) -> Node | Unknown:
        """The syntax tree of a file."""
        if path not in self._parsed:
            self._parsed[path] = self._parse(path)
        return self._parsed[path]

    def _parse(self, path: str) -> Node | Unknown:
        text = self.source.text(path)
        if text is None:
            return Unknown(f"{path} cannot be read", (), Span(path, 0, 0))
        if len(text) > _LONGEST_FILE:
            return Unknown(f"it is longer than {_LONGEST_FILE >> 10} KiB", (), Span(path, 0, 0))
        try:
            return parse(text)
        except NixSyntaxError as error:
            message, start = error.args
            return Unknown(f"it is no Nix: {message}", (), Span(path, start, start + 1))

    def file(self, path: str) -> str:
        """The file that `import` takes: a folder's `default.nix`."""
        path = path.rstrip("/")
        return posixpath.join(path, "default.nix") if path in self.folders else path

    def import_file(self, path: str) -> Value:
        """What a file evaluates to."""
        path = self.file(path)
        if path not in self._files:
            node = self.syntax_of(path)
            if isinstance(node, Unknown):
                self._files[path] = known(node)
            else:
                self._files[path] = Thunk(node, Scope(None, {}, path))
        return self.force(self._files[path])

    # Values

    def force(self, thunk: Thunk) -> Value:
        """The value of a thunk."""
        self._steps += 1  # a list of lists may be short, and have no end when it is walked
        if self._steps > self._last_step:
            return TOO_MUCH
        if thunk.node is None:
            return thunk.value
        if thunk.busy:
            return Unknown("it is defined by itself")
        if thunk.scope is None:
            return Unknown("it has no scope")
        thunk.busy = True
        try:
            thunk.value = self.evaluate(thunk.node, thunk.scope)
        finally:
            thunk.busy = False
        thunk.node = thunk.scope = None
        return thunk.value

    def evaluate(self, node: Node, scope: Scope) -> Value:
        """The value of an expression."""
        self._steps += 1
        if self._steps > self._last_step or self._depth > _DEEPEST:
            return TOO_MUCH
        self._depth += 1
        try:
            return self._nodes[type(node)](node, scope)
        except RecursionError:
            return TOO_MUCH
        finally:
            self._depth -= 1

    def concrete(self, value: Value) -> Value:
        """A value without priorities, `config.a.b` looked up; what is only maybe there stays so."""
        for _ in range(20):
            if isinstance(value, ConfigOption):
                value = self.option(value.context, value.names)
            elif isinstance(value, Conditional) and not value.maybe:
                value = self.force(value.thunk)
            else:
                break
        return value

    def lookup(self, node: syntax.Var | syntax.Outer, inner: Scope, start: Scope) -> Value:
        """What a name means."""
        name, scope = node.name, start
        subjects = []
        at: Scope | None = scope
        while at is not None:
            thunk = at.names.get(name)
            if thunk is not None:
                return self.force(thunk)
            if at.subject is not None:
                subjects.append(at.subject)
            at = at.parent
        function = self._functions.get(name)
        for subject in subjects:
            value = self.force(subject)
            if isinstance(value, ConfigOption | Merged):
                found = self.select(value, name, _span(node, inner))
                found = self.concrete(found)
                if not isinstance(found, Unknown):
                    return found
                continue
            found = self.concrete(value)
            if isinstance(found, Attributes) and name in found.slots:
                return self.force(found.slots[name].thunk)
            if isinstance(found, Unknown) and function is None:
                return Unknown(f"{name} is not known", (*found.trail, name), _span(node, inner))
        if function is not None:
            return function
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        return Unknown(f"{name} is not known", (name,), _span(node, inner))

    def select(self, base: Value, name: str, span: Span) -> Value:  # noqa: C901
        """`base.name`."""
        if isinstance(base, ConfigOption):
            return base._replace(names=(*base.names, name))
        base = self.concrete(base)
        if isinstance(base, Attributes):
            slot = base.slots.get(name)
            if slot is not None:
                return self.force(slot.thunk)
            if base.unnamed:
                return Unknown(f"{name} is not known", (name,), span)
            return Unknown(f"there is no {name}", (name,), span)
        if isinstance(base, RepositoryPath) and not base.path:
            return self._of_flake((name,), span)
        if isinstance(base, Choice):
            return choice(self.select(each, name, span) for each in base.values)
        if isinstance(base, Conditional):
            return self.select(self.force(base.thunk), name, span)
        if isinstance(base, Merged):
            for thunk in reversed(base.thunks):
                found = self.select(self.force(thunk), name, span)
                if not isinstance(found, Unknown):
                    return found
            return Unknown(f"{name} is not known", (name,), span)
        if isinstance(base, Unknown):
            return self._of_unknown(base, name, span)
        if isinstance(base, Native):  # `lib.path.append`
            return self._functions.get(name, Unknown(f"{name} is not known", (name,), span))
        return Unknown(f"{name} is not known", (name,), span)

    def _of_flake(self, names: tuple[str, ...], span: Span) -> Value:
        if names == ("outPath",):
            return SELF
        if names[0] in ("inputs", "sourceInfo", "lastModified", "rev", "shortRev"):
            return Unknown(f"{names[0]} is not known", names, span)
        return self.output(names)

    def _of_unknown(self, base: Unknown, name: str, span: Span) -> Value:
        if len(base.trail) > _LONGEST_TRAIL:
            return base
        if base.trail[-1:] == ("inputs",) and name == "self":
            return SELF
        if base.trail[:1] == ("\0self",):
            return self._of_flake((*base.trail[1:], name), span)
        function = self._functions.get(name)
        if function is not None:
            return function
        # what began to be unknown further in front is the reason
        reason = (
            base.reason if base.trail in ((), ("pkgs",)) else f"{'.'.join((*base.trail, name))} is not known"
        )
        return Unknown(reason, (*base.trail, name), base.span or span)

    # Calls

    def apply(self, function: Value, argument: Thunk, span: Span) -> Value:
        """`function argument`."""
        function = self.concrete(function)
        if isinstance(function, Unknown) and function.trail:
            named = self.named(function.trail[-1])
            function = self._by_name(function) if isinstance(named, Unknown) else named
        if isinstance(function, Closure):
            return self._call(function, argument)
        if isinstance(function, Native):
            arguments = (*function.arguments, argument)
            if len(arguments) < function.arity:
                return function._replace(arguments=arguments)
            self._depth += 1
            try:
                return TOO_MUCH if self._depth > _DEEPEST else function.call(self, *arguments)
            finally:
                self._depth -= 1
        if isinstance(function, Choice):
            return choice(self.apply(each, argument, span) for each in function.values)
        if isinstance(function, Attributes) and "__functor" in function.slots:
            return Unknown("a set that is called", (), span)
        if isinstance(function, Unknown):
            return Unknown(function.reason, ("\0call", *function.trail), function.span or span)
        return Unknown("it is called, and is no function", (), span)

    def _by_name(self, function: Unknown) -> Value:
        from sopskit.consumers.nix.functions import FROM_ROOT

        name = function.trail[-1]
        return FROM_ROOT if name in FROM_ROOT_NAMES else self._functions.get(name, function)

    def _call(self, function: Closure, argument: Thunk) -> Value:
        return self.evaluate(function.node.body, self.call_scope(function, argument))

    def call_scope(self, function: Closure, argument: Thunk) -> Scope:
        """The scope of a function's body."""
        node = function.node
        names: dict[str, Thunk] = {}
        scope = function.scope.inner(names)
        if node.name is not None:
            names[node.name] = argument
        for formal in node.formals or ():
            names[formal.name] = _Formal(argument, formal, scope)
        return scope

    def let_scope(self, node: syntax.Let | syntax.AttrSet, scope: Scope) -> Scope:
        """The scope in a `let`, or a `rec` set."""
        names: dict[str, Thunk] = {}
        inner = scope.inner(names)
        for name, (value, _) in self._grouped(node.bindings, inner)[0].items():
            names[name] = _in_scope(value, inner)
        return inner

    # Expressions

    def _set(self, node: syntax.AttrSet, scope: Scope) -> Value:
        inner = self.let_scope(node, scope) if node.recursive else scope
        named, unnamed = self._grouped(node.bindings, inner)
        # `Outer` looks in the parent's scope: of a set that is not recursive that is this one.
        slots = {
            name: Slot(
                inner.names[name]
                if node.recursive
                else Thunk(syntax.Var(*value) if isinstance(value, syntax.Outer) else value, scope),
                Span(scope.path, binding.start, binding.end),
            )
            for name, (value, binding) in named.items()
        }
        return Attributes(
            slots,
            tuple(Slot(Thunk(value, inner), Span(scope.path, at.start, at.end)) for value, at in unnamed),
        )

    def _grouped(
        self, bindings: Iterable[syntax.Binding], scope: Scope
    ) -> tuple[dict[str, tuple[Node, syntax.Binding]], list[tuple[Node, syntax.Binding]]]:
        """The bindings of a set by their first names, those of one name put together."""
        named: dict[str, list[syntax.Binding]] = {}
        unnamed: list[tuple[Node, syntax.Binding]] = []
        for binding in bindings:
            name = self.name_of(binding.names[0], scope) if binding.names else None
            if name is None:
                unnamed.append((_rest(binding), binding))
            else:
                named.setdefault(name, []).append(binding)
        return {name: (_together(found), found[0]) for name, found in named.items()}, unnamed

    def name_of(self, name: str | Node, scope: Scope) -> str | None:
        """An attribute's name; None where it cannot be told."""
        if isinstance(name, str):
            return name
        value = self.concrete(self.evaluate(name, scope))
        return value if isinstance(value, str) else None

    def _select(self, node: syntax.Select, scope: Scope) -> Value:
        value = self.evaluate(node.base, scope)
        span = _span(node, scope)
        for each in node.names:
            name = self.name_of(each, scope)
            if name is None:
                trail = (*value.trail, "?") if isinstance(value, Unknown) else ()
                value = Unknown("an attribute's name is not known", trail, span)
                continue
            value = self.select(value, name, span)
        if node.default is not None:
            value = self.concrete(value)
            if isinstance(value, Unknown):
                other = self.evaluate(node.default, scope)
                return other if value.reason.startswith("there is no ") else choice((value, other))
        return value

    def _has_attribute(self, node: syntax.HasAttr, scope: Scope) -> Value:
        value: Value = self.evaluate(node.base, scope)
        for each in node.names:
            name, value = self.name_of(each, scope), self.concrete(value)
            if name is None or not isinstance(value, Attributes) or value.unnamed:
                return Unknown("it is not known what is in a set", (), _span(node, scope))
            if name not in value.slots:
                return False
            value = self.force(value.slots[name].thunk)
        return True

    def _if(self, node: syntax.If, scope: Scope) -> Value:
        condition = self.concrete(self.evaluate(node.condition, scope))
        if isinstance(condition, bool):
            return self.evaluate(node.then if condition else node.otherwise, scope)
        return choice((self.evaluate(node.then, scope), self.evaluate(node.otherwise, scope)))

    def _operation(self, node: syntax.Operation, scope: Scope) -> Value:
        from sopskit.consumers.nix.operators import operate

        left = Thunk(node.left, scope) if node.left is not None else None
        return operate(self, node.operator, left, Thunk(node.right, scope), _span(node, scope))

    def _text(self, node: syntax.Str, scope: Scope) -> Value:
        if len(node.parts) == 1 and isinstance(node.parts[0], str):
            return node.parts[0]
        return self.joined(self._part_values(node, scope), _span(node, scope))

    def _path(self, node: syntax.Path, scope: Scope) -> Value:
        value = self.joined(self._part_values(node, scope), _span(node, scope))
        if not isinstance(value, str):
            return (
                value
                if isinstance(value, Choice | Unknown)
                else Unknown("a path of paths", (), _span(node, scope))
            )
        return self.path(value, scope.path, _span(node, scope))

    def path(self, text: str, path: str, span: Span) -> Value:
        """What a path literal in a file means."""
        if text.startswith(("/", "~", "<")):
            return OtherPath(text)
        inside = within(posixpath.dirname(path), text)
        return (
            Unknown("a path out of the repository", (), span)
            if inside is None
            else RepositoryPath(inside, literal=True)
        )

    def _part_values(self, node: syntax.Str | syntax.Path, scope: Scope) -> list[Value]:
        return [
            part if isinstance(part, str) else self.concrete(self.evaluate(part, scope))
            for part in node.parts
        ]

    def joined(self, values: list[Value], span: Span) -> Value:
        """Texts and paths one behind the other."""
        total: Value = ""
        for number, value in enumerate(values):
            if isinstance(value, Choice):
                return choice(
                    self.joined([total, each, *values[number + 1 :]], span) for each in value.values
                )
            if isinstance(value, bool) or value is None:
                return Unknown("it is put into a text, and is none", (), span)
            if isinstance(value, int | float):
                value = str(value)  # noqa: PLW2901
            total = self._added(total, value, span)
            if isinstance(total, Unknown):
                return total
        return total

    def _added(self, left: Value, right: Value, span: Span) -> Value:
        if isinstance(right, Unknown):
            return _of_input(right) if left == "" else right
        if isinstance(right, OtherPath) and not isinstance(left, str):
            right = right.path
        if isinstance(right, Conditional):
            return self._added(left, self.force(right.thunk), span)
        if isinstance(right, Attributes) and "outPath" in right.slots:
            right = self.force(right.slots["outPath"].thunk)
        if isinstance(right, OtherPath):
            return right if left == "" else Unknown("a path within a text", (), span)
        if isinstance(right, RepositoryPath):
            if isinstance(left, str) and not left:
                return RepositoryPath(right.path, literal=False) if right.path or not right.literal else right
            return Unknown("a path within a text", (), span)
        if not isinstance(right, str):
            return Unknown("it is put into a text, and is none", (), span)
        if isinstance(left, RepositoryPath):
            return self._lengthened(left, right, span)
        if isinstance(left, OtherPath):
            return OtherPath(left.path + right)
        if not isinstance(left, str):
            return (
                left if isinstance(left, Unknown) else Unknown("it is put into a text, and is none", (), span)
            )
        return TOO_MUCH if len(left) + len(right) > _LONGEST_TEXT else left + right

    def _lengthened(self, left: RepositoryPath, right: str, span: Span) -> Value:
        inside = within("", f"{left.path}{right}".lstrip("/"))
        if inside is None:
            return Unknown("a path out of the repository", (), span)
        # of a path Nix drops a `/` at the end, of a text that begins with a path it does not
        is_open = not left.literal and right.endswith("/") and inside
        return RepositoryPath(f"{inside}/" if is_open else inside, left.literal)

    def plus(self, left: Value, right: Value, span: Span) -> Value:
        """`left + right` of texts and paths."""
        if isinstance(left, Choice | Conditional) or isinstance(right, Choice):
            return self.joined([left, right], span)
        if isinstance(left, Unknown):
            left = _of_input(left)
        return self._added(left, right, span) if not isinstance(left, Unknown) else left


class _Formal(Thunk):
    """An attribute that a function takes out of its argument."""

    __slots__ = ()

    def __init__(self, argument: Thunk, formal: syntax.Formal, scope: Scope) -> None:
        node = syntax.Select(0, 0, syntax.Var(0, 0, "\0argument"), (formal.name,), None)
        inner = scope.inner({"\0argument": argument})
        if formal.default is not None:
            node = node._replace(default=formal.default)
        super().__init__(node, inner)


def choice(values: Iterable[Value]) -> Value:
    """One of these values; one where all are the same."""
    found: list[Value] = []
    for value in values:
        for each in value.values if isinstance(value, Choice) else (value,):
            if each not in found:
                found.append(each)
    if len(found) > _MOST_CHOICES:
        return Unknown("it is one of very many")
    return found[0] if len(found) == 1 else Choice(tuple(found))


def within(folder: str, path: str) -> str | None:
    """A path below a folder of the repository, relative to its root; None outside of it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".":
        return ""
    return None if joined.startswith(("../", "/")) or joined == ".." else joined


def _of_input(value: Unknown) -> Value:
    """An input of the flake, as a folder: files in it are those of another repository."""
    is_input = len(value.trail) > 1 and value.trail[0].endswith("inputs")
    return OtherPath(".".join(value.trail)) if is_input else value


def _span(node: Node, scope: Scope) -> Span:
    return Span(scope.path, node.start, node.end)


def _rest(binding: syntax.Binding) -> Node:
    """The value of a binding's first name."""
    names = binding.names[1:]
    if not names:
        return binding.value
    return syntax.AttrSet(binding.start, binding.end, False, (binding._replace(names=names),))


def _together(bindings: list[syntax.Binding]) -> Node:
    """The value of all bindings of one name."""
    if len(bindings) == 1:
        return _rest(bindings[0])
    inner: list[syntax.Binding] = []
    for binding in bindings:
        value = _rest(binding)
        if not isinstance(value, syntax.AttrSet):
            return value
        inner.extend(value.bindings)
    return syntax.AttrSet(bindings[0].start, bindings[0].end, False, tuple(inner))


def _in_scope(value: Node, inner: Scope) -> Thunk:
    return Thunk(value, inner)


def _folders(paths: Iterable[str]) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {"": {}}
    for path in paths:
        parts, is_folder = path, False
        while parts:
            folder, _, name = parts.rpartition("/")
            known_names = found.setdefault(folder, {})
            if name in known_names:
                break
            known_names[name] = is_folder
            parts, is_folder = folder, True
    return found


__all__ = ["SELF", "TOO_MUCH", "Evaluator", "choice", "known", "within"]
