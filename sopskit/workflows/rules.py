"""The rules that a scan has: listing them, and trying their own lines and other texts against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UsageError
from sopskit.repo.discovery import Repository
from sopskit.scanner.loading import built_in_rules
from sopskit.scanner.masking import masked
from sopskit.scanner.own_rules import require_unique
from sopskit.scanner.own_search import OwnSearch
from sopskit.scanner.structural import KINDS
from sopskit.text.shown import shown
from sopskit.workflows.scan_accepted import Files, read_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sopskit.scanner.own_rules import OwnRule
    from sopskit.scanner.rule import Rule


class Known(NamedTuple):
    """A rule.

    Attributes:
        rule: it.
        own: where it stands, where it is not one that comes with sopskit.
        kind: `format`, or `structure`, which has no pattern.
    """

    rule: Rule
    own: OwnRule | None = None
    kind: str = "format"


class Failure(NamedTuple):
    """An example that is not found, or a counterexample that is."""

    known: Known
    message: str


class Found(NamedTuple):
    """What a rule finds in a text; lines and columns count from 1, columns in bytes."""

    line: int
    column: int
    shown: str


def known_rules(start: Path, files: Sequence[Path] = ()) -> list[Known]:
    """All rules, by id.

    Args:
        start: a folder of the repository whose own rules count.
        files: of more rules.

    Raises:
        ConfigurationError: a rule cannot be used, or two have one id.
        FailedError: a file cannot be read.
    """
    own = read_accepted(Repository.open(start), None, Files(None, tuple(files))).rules
    rules = [*map(Known, built_in_rules()), *(Known(kind.rule, None, "structure") for kind in KINDS)]
    require_unique(own, {each.rule.id for each in rules})
    rules += [Known(each.rule, each) for each in own]
    return sorted(rules, key=lambda each: each.rule.id)


def rule_named(rules: Sequence[Known], id_: str) -> Known:
    """The rule of an id.

    Raises:
        UsageError: there is none.
    """
    for each in rules:
        if each.rule.id == id_:
            return each
    from difflib import get_close_matches

    close = get_close_matches(id_, [each.rule.id for each in rules], n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "sopskit rules list shows all"
    raise UsageError(f"there is no rule {shown(id_)}", hint=hint)


def failures(known: Known) -> Iterator[Failure]:
    """What of a rule's own lines goes wrong; an own rule without an example is not tested."""
    rule = known.rule
    if known.kind != "format":
        return
    if not rule.examples:
        yield Failure(known, "has no example: write a line in which it is found")
    for number, line in enumerate(rule.examples, start=1):
        if not list(_matches(known, line.encode())):
            yield Failure(known, f"does not find its example {number}")
    for number, line in enumerate(rule.counterexamples, start=1):
        if list(_matches(known, line.encode())):
            yield Failure(known, f"finds its counterexample {number}")


def tried(known: Known, content: bytes) -> list[Found]:
    """What a rule finds in a text.

    Raises:
        UsageError: it has no pattern.
    """
    if known.kind != "format":
        raise UsageError(f"{known.rule.id} goes by structure", hint="sopskit scan FILE tries it")
    found = []
    for start, end in _matches(known, content):
        line = content.count(b"\n", 0, start) + 1
        column = start - (content.rfind(b"\n", 0, start) + 1) + 1
        found.append(Found(line, column, masked(content[start:end])))
    return found


def example_of(rule: Rule) -> str | None:
    """A line in which it is found, with the secret masked; None where it has none."""
    for line in rule.examples:
        content = line.encode()
        for start, end in _matches(Known(rule), content):
            return (content[:start] + masked(content[start:end]).encode() + content[end:]).decode(
                "utf-8", "replace"
            )
    return None


def _matches(known: Known, content: bytes) -> Iterator[tuple[int, int]]:
    if known.own is not None:
        yield from ((each.start, each.end) for each in OwnSearch([known.rule]).matches(content))
        return
    from sopskit.scanner.confirm import matches_in

    yield from ((each.start, each.end) for each in matches_in(known.rule, content))
