"""A rule that says in two ways which values are encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.audits.rules import places
from sopskit.findings import Confidence, Severity
from sopskit.sops_yaml.model import SELECTORS
from sopskit.text.yaml_tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.sops_yaml.model import Rule


def detect(subject: Subject) -> Iterator[Finding]:
    """Find rules with several selectors, which sops refuses."""
    for config in subject.configs():
        for rule in config.document.rules:
            names = selectors_of(rule)
            if len(names) > 1 and rule.error is not None:
                message = f"rule {rule.number} has {' and '.join(names)}, of which sops takes one"
                yield AUDIT.finding(places.of_field(config, rule, names[1]), message)


def selectors_of(rule: Rule) -> list[str]:
    """The selectors that a rule spells out, in the order of the text."""
    if not isinstance(rule.node, Mapping):
        return []
    keys = [pair.key.value for pair in rule.node.pairs if isinstance(pair.key, Scalar)]
    return [key for key in keys if key in SELECTORS]


AUDIT = Audit(
    id="two-selectors",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a rule has more than one selector",
    hint="keep one: encrypted_regex names what is encrypted, unencrypted_regex what is not",
    detect=detect,
    scope=Scope.FILE,
)
