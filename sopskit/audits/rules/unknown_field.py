"""A field of a rule that sops does not know, and ignores."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.rules import places
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops_yaml import field_edits
from sopskit.sops_yaml.schema import CREATION_RULE, KEY_GROUP
from sopskit.text.shown import shown
from sopskit.text.yaml_tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.sops_yaml.model import Rule

#: What people write for a field; misspellings are found by likeness.
_MEANT = {
    **dict.fromkeys(
        ("path", "paths", "regex", "file", "files", "filename", "pattern", "match"), "path_regex"
    ),
    **dict.fromkeys(("file_regex", "filename_regex", "path_pattern", "path_glob"), "path_regex"),
    **dict.fromkeys(("gpg", "fp", "fingerprint", "pgp_fingerprint"), "pgp"),
    **dict.fromkeys(("threshold", "shamir"), "shamir_threshold"),
    **dict.fromkeys(("groups", "keys", "key_group"), "key_groups"),
    **dict.fromkeys(("vault", "hc_vault", "hc_vault_transit"), "hc_vault_transit_uri"),
    "azure_kv": "azure_keyvault",
    "ages": "age",
}
_ALIKE = 0.8


def detect(subject: Subject) -> Iterator[Finding]:
    """Find unknown fields of rules and of their key groups."""
    for config in subject.configs():
        for rule in config.document.rules:
            for name in rule.unknown_fields:
                yield _finding(config, rule, name)
            yield from _in_groups(config, rule)


def meant_field(rule: Rule, name: str) -> str | None:
    """The field that an unknown one of a rule was meant for; None where that is not clear."""
    meant = _meant(name, tuple(CREATION_RULE.fields))
    return meant if meant is not None and places.field(rule, meant) is None else None


@lru_cache(maxsize=256)
def _meant(name: str, known: tuple[str, ...]) -> str | None:
    import difflib

    plain = name.lower().replace("-", "_")
    if plain in known or _MEANT.get(plain) in known:
        return plain if plain in known else _MEANT[plain]
    close = difflib.get_close_matches(plain[:100], known, n=1, cutoff=_ALIKE)
    return close[0] if close else None


def _finding(config: Config, rule: Rule, name: str) -> Finding:
    meant = meant_field(rule, name)
    message = f"rule {rule.number} has a field {shown(name)}, which sops does not know, and ignores"
    if meant == "path_regex" and not rule.path_regex:
        message += ": without a path_regex the rule claims every file"
    return AUDIT.finding(
        places.of_field(config, rule, name),
        message,
        name,
        str(rule.path_regex),
        hint=None if meant is None else f"write {meant}",
        severity=Severity.WARNING if meant is None else None,
        confidence=Confidence.MEDIUM if meant is None else None,
    )


def _in_groups(config: Config, rule: Rule) -> Iterator[Finding]:
    """Unknown fields of key groups: a key below one of them reads nothing."""
    field = places.field(rule, "key_groups")
    groups = config.document.document.resolved(field.value) if field is not None else None
    for item in groups.items if isinstance(groups, Sequence) else ():
        group = config.document.document.resolved(item)
        for pair in group.pairs if isinstance(group, Mapping) else ():
            name = pair.key.value if isinstance(pair.key, Scalar) else ""
            if not name or name in (*KEY_GROUP.fields, "<<"):
                continue
            meant = _meant(name, tuple(KEY_GROUP.fields))
            message = (
                f"a key group has a field {shown(name)}, which sops does not know: its keys read nothing"
            )
            yield AUDIT.finding(
                places.of_node(config, pair.key),
                message,
                name,
                hint=f"write {meant}" if meant else f"a key group has: {', '.join(KEY_GROUP.fields)}",
            )


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Rename the field, where what comes out is a rule that claims a file."""
    for config in subject.configs():
        for rule in config.document.rules if config.path == finding.path else ():
            for name in rule.unknown_fields:
                meant = meant_field(rule, name)
                if meant is not None and places.of_field(config, rule, name) == finding.place:
                    return _renaming(subject, config, rule, name, meant)
    return None


def _renaming(subject: Subject, config: Config, rule: Rule, name: str, meant: str) -> Repair | None:
    number = rule.number
    try:
        after = field_edits.rename_field(config.document, number, name, meant).rules[number - 1]
        paths = map(config.relative, subject.claims.governed(config))
        if meant == "path_regex" and not any(map(after.claims, paths)):
            return None  # it may have been a glob
    except SopskitError:
        return None
    return Repair(
        f"rename {shown(name)} of rule {number} to {meant}",
        edit=lambda document: field_edits.rename_field(document, number, name, meant),
    )


AUDIT = Audit(
    id="unknown-field",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="sops does not know a field of a rule, and ignores it",
    hint="a comment says as much, and cannot be mistaken for a setting",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
