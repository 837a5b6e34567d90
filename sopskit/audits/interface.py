"""What an audit is: an id, its documentation, a function that finds, and perhaps one that repairs."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Confidence, Finding, Severity, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sopskit.audits.subject import Subject
    from sopskit.findings import Place
    from sopskit.sops_yaml.model import SopsYaml


class Need(Enum):
    """What an audit cannot do without; where it is not there, the audit is reported as not run."""

    HISTORY = auto()  # the facts of every commit, read with --history or remembered
    IDENTITY = auto()  # private keys


class Scope(Enum):
    """What an audit looks at."""

    REPOSITORY = auto()  # rules and files held together: runs on the whole repository only
    FILE = auto()  # one file and the rule that claims it: runs on staged files and on each commit too


class Repair(NamedTuple):
    """The one safe repair of a finding; a workflow carries it out.

    Attributes:
        summary: one line: `remove the unused anchor &old`.
        edit: gives the new text of the `.sops.yaml` named by the finding's place, as others leave it before
            (raises `SopskitError` where it has nothing more to do); None for none.
        sync: files to make what their rules say: re-wrapped or rotated.
        encrypt: files to encrypt in place.
        ignore: lines to add to the `.gitignore` at the root.
    """

    summary: str
    edit: Callable[[SopsYaml], SopsYaml] | None = None
    sync: tuple[str, ...] = ()
    encrypt: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Audit(NamedTuple):
    """One check of a repository; one file of this room holds each.

    Attributes:
        id: its name in output, settings and docs: `rule-matches-nothing`.
        severity: of its findings, unless one says otherwise.
        confidence: as `severity`.
        title: one line for the docs and for SARIF, lowercase.
        hint: what to do, unless a finding says otherwise.
        detect: finds; it does not raise for a broken file, which is the finding of another audit.
        repair: the repair of a finding of this audit, or None where there is no single safe one.
        scope: what it looks at.
        needs: what it cannot do without.
    """

    id: str
    severity: Severity
    confidence: Confidence
    title: str
    hint: str
    detect: Callable[[Subject], Iterable[Finding]]
    repair: Callable[[Subject, Finding], Repair | None] | None = None
    scope: Scope = Scope.REPOSITORY
    needs: frozenset[Need] = frozenset()

    def finding(
        self,
        place: Place,
        message: str,
        *subject: str,
        hint: str | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        commit: str | None = None,
        at_head: bool = True,
        effect: str | None = None,
    ) -> Finding:
        """One finding of this audit.

        Args:
            place: where.
            message: what is wrong.
            subject: names the thing within the file, for the fingerprint; the message by default.
            hint: what to do here, if it is not the audit's own.
            severity: as `hint`.
            confidence: as `hint`.
            commit: where it was found, if not at present.
            at_head: whether it still is so.
            effect: of a consumer's finding: `fails`, `ciphertext` or `advice`.
        """
        return Finding(
            self.id,
            place,
            severity or self.severity,
            confidence or self.confidence,
            message,
            hint or self.hint,
            fingerprint(self.id, place.path, *(subject or (message,))),
            commit,
            at_head,
            effect,
        )
