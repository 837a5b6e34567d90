"""Rules of a repository or an organisation, in the format of ours (see `sopskit.scanner.rule`).

Whoever writes them may be hostile, so that RE2 searches for them, in time linear in pattern and text, and
their number and size are limited.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

from sopskit import toml_text
from sopskit.errors import ConfigurationError
from sopskit.scanner.rule import RuleError, rule_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sopskit.scanner.rule import Rule
    from sopskit.toml_text import Table

_MOST_RULES = 200
_LONGEST_PATTERN = 1000
_MOST_KEYWORDS = 50

_REQUIRED = ("id", "description", "pattern")
_DEFAULTS = {"provider": "where it was issued", "severity": "error", "confidence": "medium"}

_HINTS = {
    "pattern": "docs/how-to/write-own-rules.md says what a pattern may have",
    "id": "lowercase letters, digits and dashes: acme-deploy-token",
    "keywords": "words of the name that it is assigned to, in lowercase",
}


class OwnRule(NamedTuple):
    """A rule that somebody has added.

    Attributes:
        rule: it.
        path: of the file that has it.
        line: where it begins there.
    """

    rule: Rule
    path: str
    line: int


def read_own_rules(content: bytes, path: str) -> tuple[OwnRule, ...]:
    """The rules of a file that has nothing else: `[[rule]]`, as in those that come with sopskit.

    Args:
        content: the file's bytes.
        path: the file's name in errors.

    Raises:
        ConfigurationError: it is no TOML, has something else, or a rule cannot be used.
    """
    text = toml_text.decoded(content, path)
    document = toml_text.load(text, path)
    items = document.get("rule")
    if list(document) != ["rule"] or not isinstance(items, list):
        raise ConfigurationError("has something else than rules", hint="each begins with [[rule]]", path=path)
    return own_rules(toml_text.tables(text, "rule", items, path))


def own_rules(tables: Sequence[Table]) -> tuple[OwnRule, ...]:
    """The rules that tables say.

    Raises:
        ConfigurationError: one cannot be used, or there are too many.
    """
    if len(tables) > _MOST_RULES:
        place = tables[_MOST_RULES]
        raise ConfigurationError(f"has more than {_MOST_RULES} rules", path=place.path, line=place.line)
    return tuple(OwnRule(_rule(table), table.path, table.line) for table in tables)


def require_unique(rules: Iterable[OwnRule], taken: Collection[str]) -> None:
    """Refuse a rule whose id is that of another.

    Args:
        rules: to look at.
        taken: ids of what comes with sopskit.

    Raises:
        ConfigurationError: there are two of one id.
    """
    places: dict[str, OwnRule] = {}
    for each in rules:
        id_ = each.rule.id
        if id_ in taken:
            hint = f"choose another; skip = [{id_!r}] below [scan] switches that one off"
            message = f"rule {id_}: a rule that comes with sopskit has this id"
            raise ConfigurationError(message, hint=hint, path=each.path, line=each.line)
        if id_ in places:
            hint = f"the other is in {places[id_].path}, line {places[id_].line}"
            message = f"rule {id_}: there is another of this id"
            raise ConfigurationError(message, hint=hint, path=each.path, line=each.line)
        places[id_] = each


def _rule(table: Table) -> Rule:
    try:
        rule = _read(table.content)
        _require_safe(rule)
    except RuleError as error:
        name = table.content.get("id") if isinstance(table.content, dict) else None
        named = f"rule {shown(name[:100])}: " if isinstance(name, str) else "a rule "
        raise ConfigurationError(
            f"{named}{shown(str(error))}",
            hint=_HINTS.get(error.key),
            path=table.path,
            line=table.line_of(error.key),
        ) from None
    return rule


def _read(content: object) -> Rule:
    """The rule of a table.

    Raises:
        RuleError: it says none, or `re` and RE2 may read its pattern in different ways.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)  # of `re`: sets within sets, one day
        try:
            rule = rule_of(content, _REQUIRED, _DEFAULTS)
        except FutureWarning:
            raise RuleError(
                "the pattern has a class in which [, --, && or || is not escaped", "pattern"
            ) from None
    if "{," in rule.pattern:
        raise RuleError("the pattern has {, which not everything reads alike: write {0,", "pattern")
    return rule


def _require_safe(rule: Rule) -> None:
    """Refuse what could make a search slow."""
    from sopskit.scanner.own_search import problem_of

    if len(rule.pattern) > _LONGEST_PATTERN:
        raise RuleError(f"the pattern has more than {_LONGEST_PATTERN} characters", "pattern")
    if len(rule.keywords) > _MOST_KEYWORDS:
        raise RuleError(f"it has more than {_MOST_KEYWORDS} keywords", "keywords")
    problem = problem_of(rule)
    if problem is not None:
        raise RuleError(problem, "pattern")
