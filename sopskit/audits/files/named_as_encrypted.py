"""Files whose name says that sops encrypts them, where no rule with a pattern says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.inventory.secret_files import SecretFile

_NAME = re.compile(r"[^/]\.sops\.(?:ya?ml|json|env|ini|toml|conf|txt|key|pem|bin)$")

SAYS = "although its name says that sops encrypts it, and no path_regex claims it"


def unclaimed(subject: Subject) -> Iterator[SecretFile]:
    """Files called `name.sops.yaml` and the like that carry no metadata, and that the plan leaves out."""
    planned = {plan.path for plan in subject.plan.files}
    for path in subject.paths():
        if _NAME.search(path) and path not in planned:
            file = subject.inventory.file(path)
            if file.encryption is None and file.problem is None:
                yield file
