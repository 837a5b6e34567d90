"""A rule that makes sops fail once it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.audits.rules import places
from sopskit.audits.rules.two_selectors import selectors_of
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import target_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule


def detect(subject: Subject) -> Iterator[Finding]:
    """Find bad patterns, bad keys, rules without a key, and thresholds that cannot be met."""
    for config in subject.configs():
        for rule in config.document.rules:
            problem = _problem(rule)
            if problem is not None:
                message = f"rule {rule.number} cannot be used: {shown(problem.message)}"
                yield AUDIT.finding(
                    _place(config, rule, problem), message, problem.message, hint=problem.hint
                )
            elif not all(rule.groups):
                where = "" if len(rule.groups) == 1 else " in one of its key groups"
                message = f"rule {rule.number} has no key{where}"
                yield AUDIT.finding(places.of_rule(config, rule), message, hint="give it a key")


def _problem(rule: Rule) -> SopskitError | None:
    """Why sops would fail; two selectors are another audit's."""
    try:
        rule.claims("")
        if rule.error is not None:
            return None if len(selectors_of(rule)) > 1 else rule.error
        target_of(rule)
    except SopskitError as error:
        return error
    return None


def _place(config: Config, rule: Rule, problem: SopskitError) -> Place:
    if problem.line is None or problem.line == rule.line:
        return places.of_rule(config, rule)
    return Place.of_line(config.path, config.document.text, problem.line)


AUDIT = Audit(
    id="unusable-rule",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="sops fails on a rule once a file reaches it",
    hint="correct the rule; sops fails for every file that no earlier rule claims",
    detect=detect,
    scope=Scope.FILE,
)
