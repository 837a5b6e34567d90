"""A pattern with backslashes where paths have slashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Repair
from sopskit.audits.rules import places
from sopskit.audits.rules.pattern_tokens import tokens
from sopskit.audits.wording import some
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops_yaml import field_edits
from sopskit.text import patterns
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule

#: Escapes that stand for a character no path has, and are a folder's first letter: `secrets\nova`.
_CONTROL = re.compile(r"\\[abfnrtv]")

_EITHER = r"[/\\]"


def detect(subject: Subject) -> Iterator[Finding]:
    """Find patterns that match no file, and do with slashes in the place of backslashes."""
    for config in subject.configs():
        for rule in config.document.rules:
            found = meant_paths(subject, config, rule)
            if found:
                message = (
                    f"rule {rule.number} matches no file, since its pattern has backslashes between folders"
                )
                hint = f"write / (or {_EITHER}, for sops on Windows too): then it matches {some(found)}"
                place = places.of_value(config, rule, "path_regex")
                yield AUDIT.finding(place, message, rule.path_regex, hint=hint)


def meant_paths(subject: Subject, config: Config, rule: Rule) -> list[str]:
    """The files that a rule would match with slashes; none where it has no backslashes, or matches a file."""
    pattern = with_slashes(rule.path_regex)
    if pattern == rule.path_regex or subject.claims.matching(config, rule):
        return []
    try:
        compiled = patterns.compile(pattern)
    except patterns.PatternError:
        return []
    return [path for path in subject.claims.governed(config) if compiled.search(config.relative(path))]


def with_slashes(pattern: str) -> str:
    r"""The pattern with `[/\\]` for each backslash that can only be meant as a separator."""
    parts = []
    for part in tokens(pattern):
        if part == "\\\\":
            parts.append(_EITHER)
        elif _CONTROL.fullmatch(part):
            parts.append(_EITHER + part[1])
        else:
            parts.append(part)
    return "".join(parts)


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Write separators that match on every system."""
    for config in subject.configs():
        for rule in config.document.rules if config.path == finding.path else ():
            if places.of_value(config, rule, "path_regex") == finding.place:
                return _repaired(config, rule)
    return None


def _repaired(config: Config, rule: Rule) -> Repair | None:
    number, pattern = rule.number, with_slashes(rule.path_regex)
    try:
        field_edits.set_pattern(config.document, number, pattern)
    except SopskitError:
        return None
    return Repair(
        f"write the pattern of rule {number} as {shown(pattern)}",
        edit=lambda document: field_edits.set_pattern(document, number, pattern),
    )


AUDIT = Audit(
    id="windows-separator",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a pattern has backslashes between folders",
    hint="write / between folders",
    detect=detect,
    repair=repair,
)
