"""Files for which sops, started in the root, takes other rules than those nearest to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.configs import Config
from sopskit.inventory.plan import target_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.plan import FilePlan, Target


def detect(subject: Subject) -> Iterator[Finding]:
    """Find configs below the root whose files the root's rules give to others (getsops/sops#242)."""
    configs = subject.inventory.configs
    root = configs.by_folder.get("")
    if configs.override or not isinstance(root, Config):
        return
    for config in subject.configs():
        plans = [
            plan for plan in subject.plan.files if plan.config is not None and plan.config.path == config.path
        ]
        others = [plan.path for plan in plans if _goes_to_others(root, plan)] if config.folder else []
        if others:
            message = f"sops, started in the root, takes {root.path} for {some(others)}, and other recipients"
            hint = (
                f"run sops in {shown(config.folder)}, or give these files the same recipients in {root.path}"
            )
            yield AUDIT.finding(Place(config.path), message, "", hint=hint)


def _goes_to_others(root: Config, plan: FilePlan) -> bool:
    try:
        rule = root.rule_for(plan.path)
        if rule is None or plan.rule is None:
            return False  # sops would fail, which is no harm
        return _readers(target_of(rule)) != _readers(plan.target or target_of(plan.rule))
    except SopskitError:
        return False


def _readers(target: Target) -> tuple[object, ...]:
    return target.threshold, [set(group) for group in target.groups]


AUDIT = Audit(
    id="other-config-at-root",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    title="sops, started in the root, takes other rules for some files",
    hint="sops looks for .sops.yaml upward from the working directory; sopskit takes the nearest to a file",
    detect=detect,
)
