"""A rule whose pattern matches no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.rules import places
from sopskit.audits.rules.windows_separator import meant_paths
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity
from sopskit.inventory.plan import State
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule

#: What sops is given as the name of a file that comes through a pipe; a rule for it is meant so.
_PIPE = "/dev/stdin"

#: The first word of a pattern: files that have it in their path are those that it may have been meant for.
_WORD = re.compile(r"[0-9A-Za-z_-]{3,}")


def detect(subject: Subject) -> Iterator[Finding]:
    """Rules that no path matches, those of earlier rules included."""
    for config in subject.configs():
        for rule in config.document.rules:
            if rule.path_regex and not _matches(subject, config, rule):
                place = places.of_value(config, rule, "path_regex")
                message = f"rule {rule.number} matches no file: {shown(rule.path_regex)}"
                yield AUDIT.finding(place, message, rule.path_regex, hint=_hint(subject, config, rule))


def _matches(subject: Subject, config: Config, rule: Rule) -> bool:
    if subject.claims.by_rule(config, rule) or subject.claims.refused(rule):
        return True
    if rule.claims(_PIPE) or subject.claims.matching(config, rule):
        return True
    return bool(meant_paths(subject, config, rule))  # then its backslashes are the finding


def _hint(subject: Subject, config: Config, rule: Rule) -> str | None:
    """What the rule may have been meant for: encrypted files without a rule."""
    word = _WORD.search(rule.path_regex)
    orphans = [
        each.path
        for each in subject.plan.with_state(State.ORPHAN)
        if each.config is not None and each.config.path == config.path and word is not None
        if word[0] in each.path
    ]
    if not orphans:
        return None
    verb, it = ("is", "it") if len(orphans) == 1 else ("are", "them")
    return f"{some(orphans)} {verb} encrypted, and no rule claims {it}; is the pattern meant for {it}?"


AUDIT = Audit(
    id="rule-matches-nothing",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a rule matches no file",
    hint="correct the pattern, which is matched against paths below the folder of .sops.yaml, or remove it",
    detect=detect,
)
