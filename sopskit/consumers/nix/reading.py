"""A repository's NixOS hosts and what each says to sops-nix, read without running Nix."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.nix import syntax
from sopskit.consumers.nix.declarations import (
    NO_OPTIONS,
    NOTHING,
    Field,
    Options,
    Secret,
    Unclear,
    options_of,
)
from sopskit.consumers.nix.evaluation import Evaluator
from sopskit.consumers.nix.hosts import contexts, host_of_folder
from sopskit.consumers.nix.modules import Context, Definition
from sopskit.consumers.nix.scopes import Scope
from sopskit.consumers.nix.sites import Site, sites
from sopskit.consumers.nix.values import Closure, ConfigOption, Option, Span, Thunk, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.consumers.interface import Source
    from sopskit.consumers.nix.values import Value

_CANDIDATE = re.compile(r"\bsops\b")
#: Calls of Python that may be in each other.
_CALLS = 4_000
_BINDING = re.compile(r"(?<![\w.'-])([A-Za-z_][\w'-]*)\s*=")
#: Names that are looked for in all files.
_MOST_NAMES = 500


class NixHost(NamedTuple):
    """A NixOS host, a Darwin host, a user's home, or a module whose host is not known.

    Attributes:
        name: of the host, `USER@HOST` of a home; of a module its path.
        kind: `nixos`, `darwin`, `home` or `module`.
        options: what it says to sops-nix.
        default: its `defaultSopsFile`; where its modules set none, those that others set, as maybe.
        span: where it is declared.
    """

    name: str
    kind: str
    options: Options
    default: Field
    span: Span

    def file_of(self, secret: Secret) -> Field:
        """The file of a secret."""
        own = secret.field("sopsFile")
        return own if own != NOTHING else self.default


class Reading(NamedTuple):
    """All that was found.

    Attributes:
        hosts: in the order of the flake's outputs; modules whose host is not known come last.
        unclear: imports and files that are not known.
    """

    hosts: tuple[NixHost, ...] = ()
    unclear: tuple[Unclear, ...] = ()


def read_hosts(source: Source) -> Reading:
    """Every NixOS host of a repository, and what it says to sops-nix."""
    candidates = [path for path in source.paths if path.endswith(".nix") and _mentions(source, path)]
    if not candidates:
        return Reading()
    with _deep_calls():
        return _Reader(source, candidates).read()


@contextmanager
def _deep_calls() -> Iterator[None]:
    """Modules refer to each other through many calls; what is still deeper is cut off."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Reader:
    def __init__(self, source: Source, candidates: list[str]) -> None:
        self._source, self._candidates = source, candidates
        self._evaluator = Evaluator(source)
        self._evaluator.named = _Named(self._evaluator).value
        self._found: list[tuple[Context, Options]] = []
        self._modules: list[tuple[Context, Options]] = []
        self._defaults: list[tuple[str, Site]] = []
        self._unclear: list[Unclear] = []

    def read(self) -> Reading:
        self._hosts()
        self._left()
        hosts = [self._host(context, options) for context, options in (*self._found, *self._modules)]
        return Reading(tuple(hosts), tuple(dict.fromkeys(self._unclear)))

    def _hosts(self) -> None:
        bindings = self._source.bindings
        wanted = frozenset(name.removeprefix("nix:") for name in bindings if name.startswith("nix:"))
        for context in contexts(self._evaluator, wanted):
            self._evaluator.start()
            options = options_of(self._evaluator, context.definitions(("sops",)))
            self._unclear += [
                Unclear(f"an import: {each.reason}", each.span) for each in context.unclear if each.span
            ]
            if options != NO_OPTIONS:
                self._found.append((context, options))
            self._evaluator.start()

    def _left(self) -> None:
        """What no host is known to import."""
        seen: dict[str, list[Span]] = {}
        for _, options in self._found:
            for span in _spans(options):
                seen.setdefault(span.path, []).append(span)
        for path in self._candidates:
            node = self._evaluator.syntax_of(path)
            if isinstance(node, Unknown):
                self._unclear.append(Unclear(node.reason, node.span or Span(path, 0, 0)))
                continue
            self._defaults += [(path, site) for site in sites(node, "sops") if _sets_default(site)]
            spans = _Covered(seen.get(path, ()))
            groups: dict[tuple[str, ...], list[Site]] = {}
            for site in sites(node, "sops"):
                if not spans.overlap(site.binding.start, site.binding.end):
                    groups.setdefault(site.prefix, []).append(site)
            for group in groups.values():
                self._module(path, group)

    def _module(self, path: str, group: list[Site]) -> None:
        self._evaluator.start()
        context = Context(self._evaluator, host_of_folder(path) or "", "module", {})
        context.span = Span(path, 0, 0)
        found = [each for site in group for each in _definitions(self._evaluator, context, path, site)]
        options = options_of(self._evaluator, found)
        if options == NO_OPTIONS:
            return
        self._modules.append((context, options))

    def _host(self, context: Context, options: Options) -> NixHost:
        span = context.span or Span("flake.nix", 0, 0)
        default = options.option("defaultSopsFile")
        if default == NOTHING and any(each.field("sopsFile") == NOTHING for each in options.secrets):
            default = self._default_of(context)
        return NixHost(context.name or span.path, context.kind, options, default, span)

    def _default_of(self, context: Context) -> Field:
        """The default that a module sets of which it is not known that the host imports it."""
        named = [each for each, _ in (*self._found, *self._modules) if each.name]
        contexts_ = [context] if context.name else named
        found = []
        for each in contexts_ or [context]:
            for path, site in self._defaults:
                if host_of_folder(path) in (None, each.machine):
                    found += list(_definitions(self._evaluator, each, path, site))
        options = options_of(self._evaluator, [each._replace(maybe=True) for each in found])
        field = options.option("defaultSopsFile")
        if not context.name:
            others = [each.option("defaultSopsFile") for _, each in self._found]
            values = [*field.values, *(value for other in others for value in other.values)]
            span = next((each.span for each in (field, *others) if each.span is not None), None)
            if values:
                field = Field(tuple(dict.fromkeys(values)), certain=False, span=span, unclear=None)
        return field._replace(certain=False) if field != NOTHING else field


class _Covered:
    """Spans of one file, put together where they overlap."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in sorted(spans):
            if self._ends and span.start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], span.end)
            else:
                self._starts.append(span.start)
                self._ends.append(span.end)

    def overlap(self, start: int, end: int) -> bool:
        """Whether one of them has a part of this."""
        last = bisect_left(self._starts, end) - 1  # the last that begins before the end
        return last >= 0 and self._ends[last] > start


def _mentions(source: Source, path: str) -> bool:
    text = source.text(path)
    return text is not None and _CANDIDATE.search(text) is not None


def _spans(options: Options) -> set[Span]:
    found = {span for each in options.secrets for span in each.spans} | {
        each.span for each in options.unclear
    }
    return found | {each.span for each in options.options.values() if each.span is not None}


def _sets_default(site: Site) -> bool:
    names = [site.rest[1:]]
    if len(site.rest) == 1 and isinstance(site.binding.value, syntax.AttrSet):
        names = [each.names for each in site.binding.value.bindings]
    return any(each[:1] == ("defaultSopsFile",) for each in names)


def _definitions(evaluator: Evaluator, context: Context, path: str, site: Site) -> Iterator[Definition]:
    if {"options", "inputs"} & set(site.prefix):
        return
    binding = site.binding
    inner: syntax.Node = binding.value
    if len(site.rest) > 1:
        rest = binding._replace(names=site.rest[1:])
        inner = syntax.AttrSet(binding.start, binding.end, False, (rest,))
    value = evaluator.concrete(evaluator.evaluate(inner, scope_of(evaluator, context, path, site)))
    if not isinstance(value, Unknown | ConfigOption | Option) or len(site.rest) > 1:
        yield Definition(value, Span(path, binding.start, binding.end))


def scope_of(evaluator: Evaluator, context: Context, path: str, site: Site) -> Scope:
    """The scope at a place of a file: what functions around it take is known by its name, if at all."""
    scope = Scope(None, {}, path)
    for node in site.around:
        if isinstance(node, syntax.Lambda):
            names: dict[str, Thunk] = {}
            if node.name is not None:
                names[node.name] = known(Unknown(f"{node.name} is not known", (node.name,)))
            for formal in node.formals or ():
                missing = known(Unknown(f"{formal.name} is not known", (formal.name,)))
                names[formal.name] = context.arguments.get(formal.name, missing)
            scope = scope.inner(names)
        elif isinstance(node, syntax.With):
            scope = scope.inner({}, Thunk(node.subject, scope))
        elif isinstance(node, syntax.Let | syntax.AttrSet):
            scope = evaluator.let_scope(node, scope)
    return scope


class _Named:
    """What the repository binds to a name, where one place does: a helper of its own."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._found: dict[str, Value] = {}
        self._searched = 0

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        """The files that bind each name, by the look of it."""
        source = self._evaluator.source
        found: dict[str, list[str]] = {}
        for path in source.paths:
            text = source.text(path) if path.endswith(".nix") else None
            for name in sorted(set(_BINDING.findall(text or ""))):
                found.setdefault(name, []).append(path)
        return found

    def value(self, name: str) -> Value:
        """The function of that name; unknown where there is none, or several."""
        if name not in self._found:
            self._found[name] = Unknown(f"{name} is not known", (name,))
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> Value:
        paths = self._paths.get(name, ())
        self._searched += bool(paths)
        values = []
        for path in paths if self._searched <= _MOST_NAMES else ():
            node = self._evaluator.syntax_of(path)
            for site in sites(node, name) if not isinstance(node, Unknown) else ():
                value = self._site(path, site, name)
                if value is not None:
                    values.append(value)
        return values[0] if len(values) == 1 else self._found[name]

    def _site(self, path: str, site: Site, name: str) -> Value:
        if site.rest != (name,):
            return None
        scope = scope_of(self._evaluator, Context(self._evaluator, "", "module", {}), path, site)
        value = self._evaluator.evaluate(site.binding.value, scope)
        return value if isinstance(value, Closure) or type(value).__name__ == "Native" else None


__all__ = ["NOTHING", "NixHost", "Reading", "read_hosts"]
