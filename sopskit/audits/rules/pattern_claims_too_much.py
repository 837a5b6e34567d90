"""A pattern that claims files which it plainly does not mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits import accidents
from sopskit.audits.interface import Audit, Repair
from sopskit.audits.rules import places
from sopskit.audits.rules.catch_all_first import is_catch_all
from sopskit.audits.wording import some
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops_yaml import field_edits
from sopskit.text import patterns
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.accidents import Beside, Slip
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import SopsYaml

_NAMED = 10

_WORD = re.compile("[0-9A-Za-z]{2}")
_EVERYTHING = "write the pattern so that it needs what it names; for every file, leave it out"

_BESIDE = (
    "no harm is done; to have sops leave them alone, end the pattern with the extensions that secrets have"
)


def detect(subject: Subject) -> Iterator[Finding]:
    """Find patterns with a slip, and what lies beside secrets and is claimed with them."""
    for config in subject.configs():
        everything = [rule for rule in config.document.rules if rule.path_regex and is_catch_all(rule)]
        for rule in everything:
            if not _WORD.search(rule.path_regex):
                continue  # as it says: `.*`
            place = places.of_value(config, rule, "path_regex")
            message = f"any path matches the pattern of rule {rule.number}, {shown(rule.path_regex)}"
            yield AUDIT.finding(place, message, rule.path_regex, hint=_EVERYTHING)
        for slip in accidents.slips(subject, config):
            yield _of_slip(config, slip)
        for each in accidents.beside(subject, config):
            if each.rule not in everything:
                yield _of_beside(config, each)


def _of_slip(config: Config, slip: Slip) -> Finding:
    return AUDIT.finding(
        places.of_value(config, slip.rule, "path_regex"),
        f"rule {slip.rule.number} claims {some(slip.paths, most=_NAMED)} by accident: {slip.why}",
        slip.rule.path_regex,
        slip.why,
        hint=f"write {shown(slip.meant)}",
    )


def _of_beside(config: Config, each: Beside) -> Finding:
    return AUDIT.finding(
        places.of_value(config, each.rule, "path_regex"),
        f"rule {each.rule.number} claims {some(each.paths, most=_NAMED)}, hardly meant to be secret",
        each.rule.path_regex,
        hint=_BESIDE,
        severity=Severity.INFO,
    )


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Escape the dots, or close the end; where a beginning was meant is not certain."""
    for config in subject.configs():
        for slip in accidents.slips(subject, config) if config.path == finding.path else ():
            if _of_slip(config, slip).fingerprint == finding.fingerprint:
                uncertain = slip.meant.startswith(r"\b") or not _keeps_the_others(subject, config, slip)
                return None if uncertain else _repaired(config, slip)
    return None


def _repaired(config: Config, slip: Slip) -> Repair | None:
    number = slip.rule.number

    def mended(document: SopsYaml) -> SopsYaml:
        """With what other repairs of the pattern have made of it."""
        pattern = document.rules[number - 1].path_regex
        meant = dict(accidents.meanings(pattern)).get(slip.why, pattern)
        return field_edits.set_pattern(document, number, meant)

    try:
        mended(config.document)
    except SopskitError:
        return None
    return Repair(f"write the pattern of rule {number} as {shown(slip.meant)}", edit=mended)


def _keeps_the_others(subject: Subject, config: Config, slip: Slip) -> bool:
    pattern = patterns.compile(slip.meant)
    others = set(subject.claims.by_rule(config, slip.rule)).difference(slip.paths)
    return all(pattern.search(config.relative(path)) for path in others)


AUDIT = Audit(
    id="pattern-claims-too-much",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    title="a pattern claims files that it plainly does not mean",
    hint="escape the dots, and begin the pattern with ^ and end it with $",
    detect=detect,
    repair=repair,
)
