"""A rule whose selector names keys that none of its files has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.rules import places
from sopskit.audits.wording import some
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops import documents
from sopskit.sops.formats import Format, format_of
from sopskit.sops.metadata import Selector
from sopskit.sops.selectors import selects
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule

#: Of `unencrypted_suffix` no file need have a key: it is there for those to come.
_JUDGED = ("encrypted_regex", "encrypted_suffix", "unencrypted_regex")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find selectors that match no key in any file of the rule."""
    for config in subject.configs():
        for rule in config.document.rules:
            if rule.selector is not None and rule.selector[0] in _JUDGED and rule.error is None:
                yield from _finding(subject, config, rule, Selector(*rule.selector))


def _finding(subject: Subject, config: Config, rule: Rule, selector: Selector) -> Iterator[Finding]:
    judged = []
    for path in subject.claims.by_rule(config, rule):
        has = _has_selected(subject, path, selector)
        if has:
            return
        if has is not None and (rule.path_regex or subject.inventory.file(path).encryption is not None):
            judged.append(path)
    if not judged:
        return
    nothing = selector.name.startswith("encrypted")
    says = f"rule {rule.number} has {selector.name}: {shown(selector.value)}"
    message = f"{says}, and no key in {some(judged)} matches"
    yield AUDIT.finding(
        places.of_value(config, rule, selector.name),
        f"{message}: by it nothing in {'them' if len(judged) > 1 else 'it'} is encrypted"
        if nothing
        else message,
        rule.path_regex,
        selector.value,
        severity=None if nothing else Severity.INFO,
        hint=None if nothing else "if all of it is to be encrypted, the rule needs no selector",
    )


def _has_selected(subject: Subject, path: str, selector: Selector) -> bool | None:
    """Whether a file has a key that the selector names; None where that cannot be told."""
    content = subject.content(path)
    kind = format_of(path)
    if content is None or kind is Format.BINARY:
        return None
    try:
        leaves = documents.read(content, kind).leaves
    except SopskitError:
        return None
    selected = selects(selector)
    wanted = selector.name.startswith("encrypted")
    values = [leaf for leaf in leaves if not leaf.is_comment]
    return any(selected(leaf) is wanted for leaf in values) if values else None


AUDIT = Audit(
    id="selector-matches-nothing",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a rule's selector names keys that none of its files has",
    hint="correct the selector, then sopskit sync; a value that was committed in clear is no secret any more",
    detect=detect,
)
