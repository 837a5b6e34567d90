"""Writing the baseline: apart from reading it, which a hook does and which must import little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.repo.staging import stage
from sopskit.repo.targets import Target
from sopskit.repo.transaction import Transaction
from sopskit.scanner import baseline as baselines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sopskit.findings import Finding
    from sopskit.repo.discovery import Repository
    from sopskit.scanner.baseline import Baseline


def write_baseline(repository: Repository, known: Baseline | None, findings: Iterable[Finding]) -> bool:
    """Add findings to the baseline at the root; returns whether that changes it.

    Raises:
        ConfigurationError: the file leads out of the repository.
        FailedError: it cannot be written.
    """
    content = baselines.render((known or baselines.empty()).added(findings))
    with Transaction(repository) as transaction:
        if repository.has(baselines.NAME):
            snapshot = repository.read(baselines.NAME)
            if snapshot.content == content:
                return False
            target = Target.replacing(snapshot)
        else:
            target = Target.new(baselines.NAME)
        (draft,) = transaction.plan([target])
        stage(draft, content)
        transaction.commit()
    return True
