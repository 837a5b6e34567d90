"""A catch-all before other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.audits.rules import places
from sopskit.audits.rules.unknown_field import meant_field
from sopskit.errors import ConfigurationError
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.sops_yaml.model import Rule

#: Paths of which no pattern speaks that means some files and not others.
_PROBES = ("~", "0", "~0/~.~")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find rules that claim every file, with rules behind them that none reaches."""
    for config in subject.configs():
        rules = config.document.rules
        first = next((rule for rule in rules[:-1] if is_catch_all(rule)), None)
        if first is None or any(meant_field(first, name) == "path_regex" for name in first.unknown_fields):
            continue  # of the second kind a misspelt field is the reason
        number = first.number
        behind = f"rule {number + 1}" if number + 1 == len(rules) else f"rules {number + 1} to {len(rules)}"
        pattern = f"the pattern {shown(first.path_regex)}" if first.path_regex else "no path_regex"
        message = f"rule {number} has {pattern} and claims every file, so that none reaches {behind}"
        yield AUDIT.finding(places.of_rule(config, first), message, first.path_regex)


def is_catch_all(rule: Rule) -> bool:
    """Whether a rule claims every file: it has no pattern, or one that any path matches."""
    try:
        return all(map(rule.claims, _PROBES))
    except ConfigurationError:
        return False


AUDIT = Audit(
    id="catch-all-first",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a rule that claims every file stands before others",
    hint="sops takes the first rule that matches: move this one to the end, or give it a path_regex",
    detect=detect,
    scope=Scope.FILE,
)
