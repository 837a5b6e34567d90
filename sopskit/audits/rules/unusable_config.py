"""A `.sops.yaml` that sops cannot load, or takes for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.configs import CONFIG_NAME
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_MISNAMED = ".sops.yml"


def detect(subject: Subject) -> Iterator[Finding]:
    """Find configs with an error, without rules, and with a name that sops does not read."""
    for folder, config in subject.inventory.configs.by_folder.items():
        path = f"{folder}/{CONFIG_NAME}".lstrip("/")
        if isinstance(config, SopskitError):
            path, line = config.path or path, config.line or 0
            place = Place(path, line, 1, line, 1) if line else Place(path)
            yield AUDIT.finding(place, shown(config.message), "", hint=config.hint)
        elif not config.document.rules and not config.document.destinations:
            message = "has no creation_rules, so that sops takes it for no configuration"
            yield AUDIT.finding(Place(config.path), message, "")
    for path in subject.paths():
        if path.rpartition("/")[2] == _MISNAMED:
            message = f"is read by nobody: sops reads {CONFIG_NAME} only"
            yield AUDIT.finding(Place(path), message, "", hint=f"rename it to {CONFIG_NAME}")


AUDIT = Audit(
    id="unusable-config",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="sops cannot use a .sops.yaml",
    hint="correct the file; until then sops encrypts nothing by it",
    detect=detect,
    scope=Scope.FILE,
)
