"""A key under `keys:` that no rule uses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Repair
from sopskit.audits.keys.spelled_keys import place_of
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops_yaml import editing
from sopskit.text.shown import shown
from sopskit.text.yaml_tree import Alias, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.sops_yaml.model import NamedKey, SopsYaml
    from sopskit.text.splice import Span


def detect(subject: Subject) -> Iterator[Finding]:
    """Find anchors that no alias means, of keys that no rule spells out."""
    for config in subject.configs():
        for key in unused_keys(config.document):
            yield AUDIT.finding(place_of(config, key), f"no rule uses the key {shown(key.name)}", key.name)


def unused_keys(document: SopsYaml) -> Iterator[NamedKey]:
    """The keys of one `.sops.yaml` that nothing in it refers to."""
    if not document.rules:
        return
    targets = list(_targets(document))
    in_rules = {member.recipient for rule in document.rules for group in rule.uses for member in group}
    for key in document.keys:
        if key.recipient is None or key.node is None or key.recipient in in_rules:
            continue
        start = key.node.span.start
        if not any(span.start <= start < span.end for span in targets):
            yield key


def _targets(document: SopsYaml) -> Iterator[Span]:
    """What aliases stand for: a key, or a list of keys."""
    for root in document.document.roots:
        for node in walk(root):
            if isinstance(node, Alias):
                yield document.document.target(node).span


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Take the key out of `keys:`, unless a file can still be read by it."""
    for config in subject.configs():
        for key in unused_keys(config.document) if config.path == finding.path else ():
            if place_of(config, key) == finding.place:
                if key.recipient in subject.inventory.readers():
                    return None  # it may be the rule that is wrong
                edit = partial(editing.remove_key, anchor=key.name)
                return _possible(config.document, Repair(f"remove the unused key {shown(key.name)}", edit))
    return None


def _possible(document: SopsYaml, wanted: Repair) -> Repair | None:
    """The repair, unless the text is of a shape that cannot be edited safely."""
    try:
        if wanted.edit is not None:
            wanted.edit(document)
    except SopskitError:
        return None
    return wanted


AUDIT = Audit(
    id="unused-key",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a key has a name that no rule uses",
    hint="add it to the rules whose files it should read (sopskit add-host), or remove it",
    detect=detect,
    repair=repair,
)
