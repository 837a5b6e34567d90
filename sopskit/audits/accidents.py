"""Plaintext files that a rule claims by accident, and how its pattern was plainly meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.rules import pattern_tokens
from sopskit.errors import SopskitError
from sopskit.inventory.plan import State, compare, target_of
from sopskit.text import patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.inventory.configs import Config
    from sopskit.inventory.plan import FilePlan
    from sopskit.sops_yaml.model import Rule

#: Copies of secrets that people leave beside them: that they are claimed is no mistake of the pattern.
_COPIES = ("~", ".bak", ".orig", ".old", ".dec", ".decrypted", ".plain", ".tmp", ".swp", ".rej")

#: What lies beside secrets and is none, by the end of its name.
_NO_SECRETS = (
    ".md", ".rst", ".adoc", ".pub", ".nix", ".example", ".sample", ".dist", ".gitignore", ".gitkeep",
    ".gitattributes", "/.keep", "/kustomization.yaml", "/kustomization.yml", "/README", "/LICENSE",
)  # fmt: skip


class Slip(NamedTuple):
    """A pattern that claims too much.

    Attributes:
        rule: whose pattern it is.
        why: what is missing in it.
        meant: how it would be written with that.
        paths: the files that this leaves out.
    """

    rule: Rule
    why: str
    meant: str
    paths: list[str]


class Beside(NamedTuple):
    """Files that a rule claims, with a pattern that has no slip, and that are hardly secrets."""

    rule: Rule
    paths: list[str]


def paths(subject: Subject) -> frozenset[str]:
    """All files that are claimed by accident."""
    found: set[str] = set()
    for config in subject.inventory.configs.all():
        found.update(*(slip.paths for slip in slips(subject, config)))
        found.update(*(each.paths for each in beside(subject, config)))
    return frozenset(found)


def slips(subject: Subject, config: Config) -> Iterator[Slip]:
    """Patterns with an unescaped dot, an open end or an open beginning that claim files for want of it."""
    for rule, claimed in _claimed(subject, config):
        suspects = [plan for plan in claimed if _is_accident(config, rule, plan)]
        for why, meant in meanings(rule.path_regex) if suspects else ():
            try:
                pattern = patterns.compile(meant)
            except patterns.PatternError:
                continue
            left_out = [plan.path for plan in suspects if not pattern.search(config.relative(plan.path))]
            if left_out:
                yield Slip(rule, why, meant, left_out)


def meanings(pattern: str) -> Iterator[tuple[str, str]]:
    """What may be missing in a pattern, and how it would be written with it."""
    readings = (
        ("a dot that is not escaped matches any character", pattern_tokens.with_escaped_dots(pattern)),
        ("without a $ at its end the name may go on", pattern_tokens.with_closed_end(pattern)),
        ("without a ^ it begins in the middle of a name", pattern_tokens.with_whole_first_word(pattern)),
    )
    for why, meant in readings:
        if meant != pattern:
            yield why, meant


def beside(subject: Subject, config: Config) -> Iterator[Beside]:
    """Documentation, public keys and the like that lie among the secrets of a rule."""
    by_slip = {path for slip in slips(subject, config) for path in slip.paths}
    for rule, claimed in _claimed(subject, config):
        found = [
            plan.path
            for plan in claimed
            if plan.state is State.PLAINTEXT
            and f"/{plan.path}".endswith(_NO_SECRETS)
            and plan.path not in by_slip
            and plan.path.rpartition(".")[2] not in rule.path_regex
        ]
        if found:
            yield Beside(rule, found)


def _claimed(subject: Subject, config: Config) -> Iterator[tuple[Rule, list[FilePlan]]]:
    """The secret files of each rule that has a pattern."""
    by_rule: dict[int, list[FilePlan]] = {}
    for plan in subject.plan.files:
        if plan.rule is not None and plan.config is not None and plan.config.path == config.path:
            by_rule.setdefault(plan.rule.number, []).append(plan)
    for rule in config.document.rules:
        if rule.path_regex and rule.number in by_rule:
            yield rule, by_rule[rule.number]


def _is_accident(config: Config, rule: Rule, plan: FilePlan) -> bool:
    """Whether a file shows that the rule is not for it: it is plaintext, or just what a later rule wants."""
    if plan.state is State.PLAINTEXT:
        return not plan.path.endswith(_COPIES)
    encryption = plan.file.encryption
    if plan.state is not State.DRIFT or encryption is None:
        return False
    try:
        other = config.document.next_claiming(rule, config.relative(plan.path))
        return other is not None and other.path_regex != "" and not any(compare(encryption, target_of(other)))
    except SopskitError:
        return False
