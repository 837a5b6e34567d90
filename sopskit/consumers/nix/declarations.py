"""What a configuration says to sops-nix: the secrets of each host, and with which keys it opens them.

Source: https://github.com/Mic92/sops-nix, modules/sops/default.nix and modules/home-manager/sops.nix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.nix.modules import Definition, definitions
from sopskit.consumers.nix.set_functions import set_of
from sopskit.consumers.nix.values import (
    Attributes,
    Choice,
    ConfigOption,
    Merged,
    Option,
    OtherPath,
    RepositoryPath,
    Span,
    Unknown,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.consumers.nix.evaluation import Evaluator
    from sopskit.consumers.nix.values import Value

_FIELDS = ("sopsFile", "key", "format", "owner", "uid", "group", "gid", "mode", "neededForUsers", "path",
           "restartUnits", "reloadUnits", "name")  # fmt: skip


class Field(NamedTuple):
    """What an option is set to.

    Attributes:
        values: all that it may be: texts, truth values, `RepositoryPath`, tuples of texts.
        certain: whether it is set for sure, to the one value.
        span: where it is set; None for a default.
        unclear: why it cannot be told; None where `values` are all.
    """

    values: tuple[Value, ...]
    certain: bool
    span: Span | None
    unclear: str | None

    def text(self, default: str = "") -> str | None:
        """The text that it is for sure; None where that cannot be told."""
        if not self.values and self.unclear is None:
            return default
        value = self.values[0] if len(self.values) == 1 and self.certain else None
        return value if isinstance(value, str) else None


NOTHING = Field((), certain=True, span=None, unclear=None)


class Secret(NamedTuple):
    """A `sops.secrets.NAME` of a host.

    Attributes:
        name: its name.
        span: where it is declared.
        spans: of all that say something of it, those of the sets that it is put together in too.
        maybe: whether it is cannot be told.
        fields: what is set of it, by the option's name.
    """

    name: str
    span: Span
    spans: tuple[Span, ...]
    maybe: bool
    fields: Mapping[str, Field]

    def field(self, name: str) -> Field:
        """What an option of it is set to."""
        return self.fields.get(name, NOTHING)


class Unclear(NamedTuple):
    """What cannot be told, and where."""

    message: str
    span: Span


class Options(NamedTuple):
    """What a host's modules say to sops-nix.

    Attributes:
        secrets: what they declare.
        options: all else, by dotted names: `defaultSopsFile`, `age.keyFile`.
        templates: names of `sops.templates`, and where.
        unclear: declarations that cannot be told.
    """

    secrets: tuple[Secret, ...]
    options: Mapping[str, Field]
    templates: tuple[tuple[str, Span], ...]
    unclear: tuple[Unclear, ...]

    def option(self, name: str) -> Field:
        """What an option is set to."""
        return self.options.get(name, NOTHING)


NO_OPTIONS = Options((), {}, (), ())

_OPTIONS = (
    "defaultSopsFile", "defaultSopsFormat", "defaultSopsKey", "validateSopsFiles", "defaultSymlinkPath",
    "age.keyFile", "age.sshKeyPaths", "age.generateKey", "gnupg.home", "gnupg.sshKeyPaths",
)  # fmt: skip


def options_of(evaluator: Evaluator, found: Iterable[Definition]) -> Options:
    """What definitions of `sops` come to."""
    found = [each for each in found if not isinstance(each.value, Option | ConfigOption)]
    unclear: list[Unclear] = []
    secrets: dict[str, list[Definition]] = {}
    spans: dict[str, list[Span]] = {}
    templates: dict[str, Span] = {}
    for each in _below(evaluator, found, ("secrets",)):
        for name, inner in _named(evaluator, each, unclear, "secrets"):
            secrets.setdefault(name, []).append(inner)
            spans.setdefault(name, []).extend(filter(None, (inner.span, each.span)))
    for each in _below(evaluator, found, ("templates",)):
        for name, inner in _named(evaluator, each, [], "templates"):
            if inner.span is not None:
                templates.setdefault(name, inner.span)
    options = {}
    for name in _OPTIONS:
        field = field_of(evaluator, _below(evaluator, found, tuple(name.split("."))))
        if field != NOTHING:
            options[name] = field
    read = (_secret(evaluator, name, parts, tuple(spans[name])) for name, parts in secrets.items())
    return Options(
        tuple(filter(None, read)), options, tuple(templates.items()), tuple(dict.fromkeys(unclear))
    )


def _below(evaluator: Evaluator, found: Iterable[Definition], names: tuple[str, ...]) -> Iterator[Definition]:
    for each in found:
        yield from definitions(evaluator, each.value, names, each)


def _named(
    evaluator: Evaluator, each: Definition, unclear: list[Unclear], what: str
) -> Iterator[tuple[str, Definition]]:
    """The attributes of a set of secrets; those that cannot be told are noted."""
    if isinstance(each.value, Option) or each.span is None:
        return
    if isinstance(each.value, Unknown):
        unclear.append(Unclear(_reason(each.value), each.span))
        return
    if not isinstance(each.value, Attributes):
        unclear.append(Unclear(f"{what} are no set", each.span))
        return
    for name, slot in each.value.slots.items():
        yield name, each._replace(value=evaluator.force(slot.thunk), span=slot.span or each.span)
    for slot in each.value.unnamed:
        value = evaluator.concrete(evaluator.force(slot.thunk))
        reason = _reason(value) if isinstance(value, Unknown) else "a name that is not known"
        unclear.append(Unclear(reason, slot.span or each.span))


def _reason(value: Unknown) -> str:
    return value.reason or "it is not known"


def _secret(
    evaluator: Evaluator, name: str, found: list[Definition], spans: tuple[Span, ...]
) -> Secret | None:
    parts = [part for each in found for part in definitions(evaluator, each.value, (), each)]
    span = next((each.span for each in found if each.span is not None), None)
    if span is None or not parts:
        return None
    fields = {}
    for field in _FIELDS:
        read = field_of(evaluator, _below(evaluator, parts, (field,)))
        if read != NOTHING:
            fields[field] = read
    certain = any(not part.maybe for part in parts)
    return Secret(name, span, spans, not certain, fields)


def field_of(evaluator: Evaluator, found: Iterable[Definition]) -> Field:
    """What an option is set to, by all that say something of it."""
    parts = list(found)
    if not parts:
        return NOTHING
    certain = [each for each in parts if not each.maybe]
    best = min((each.priority for each in certain), default=10_000)
    winning = [each for each in certain if each.priority == best]
    winning += [each for each in parts if each.maybe and each.priority <= best]
    values: list[Value] = []
    unclear = None
    for each in winning:
        for value in _plain(evaluator, each.value):
            if isinstance(value, Unknown):
                unclear = unclear or _reason(value)
            elif value not in values:
                values.append(value)
    is_list = len(values) > 1 and all(type(value) is tuple for value in values)
    if is_list:
        values = [
            tuple(dict.fromkeys(item for value in values if isinstance(value, tuple) for item in value))
        ]
    is_certain = bool(certain) and len(values) <= 1 and unclear is None
    return Field(tuple(values), is_certain, winning[0].span, unclear)


def _plain(evaluator: Evaluator, value: Value, depth: int = 0) -> list[Value]:
    """The values that a value may be, lists with their items."""
    value = evaluator.concrete(value)
    if depth > 10:
        return [Unknown("nested too deeply")]
    if isinstance(value, Choice):
        return [each for inner in value.values for each in _plain(evaluator, inner, depth + 1)]
    if type(value) is tuple:
        items = [_plain(evaluator, evaluator.force(each), depth + 1) for each in value]
        if any(isinstance(each, Unknown) for item in items for each in item):
            return [Unknown("a list with items that are not known")]
        return [tuple(each for item in items for each in item)]
    if isinstance(value, Attributes) and "outPath" in value.slots:
        return _plain(evaluator, evaluator.force(value.slots["outPath"].thunk), depth + 1)
    if isinstance(value, Merged):
        value = set_of(evaluator, known(value))
    if isinstance(value, str | bool | int | float | RepositoryPath | OtherPath | None):
        return [value]
    return [value if isinstance(value, Unknown) else Unknown("a value of another type")]
