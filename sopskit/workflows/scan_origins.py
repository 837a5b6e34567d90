"""Contents of git with findings: which commit brought them first, as which path, what is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UsageError
from sopskit.findings import in_order
from sopskit.repo.git_history import first_changes, objects_here, read_commits
from sopskit.repo.history_contents import Origin
from sopskit.repo.objects import Named
from sopskit.repo.trees import commit_tree
from sopskit.workflows.scan_blobs import ReadBlobs, read_blobs, report_of
from sopskit.workflows.scan_report import in_order_of_place, without_known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sopskit.findings import Finding
    from sopskit.repo.discovery import Repository
    from sopskit.scanner.detector import Detector
    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_report import Report

#: More ids do not go on a command line, where git finds their commits quickly; then all commits are read.
_MOST_NAMED = 256

_KIND = 0o170000
_REGULAR = 0o100000


def origins_of(
    repository: Repository, revisions: Sequence[str], blobs: Collection[str]
) -> dict[Named, Origin]:
    """Where contents came from, for each path that they have; nothing of those that no commit has.

    Args:
        repository: in git.
        revisions: see `read_commits`.
        blobs: ids of the contents.

    Raises:
        FailedError: git failed.
    """
    origins: dict[Named, Origin] = {}
    if not blobs:
        return origins
    # In a partial clone git would look into contents that are not there.
    few = len(blobs) <= _MOST_NAMED and objects_here(repository) is None
    named = sorted(blobs) if few else ()
    commits = first_changes(read_commits(repository, revisions, named))
    for order, (commit, changes) in enumerate(commits):
        for change in changes:
            if change.blob in blobs and change.mode & _KIND == _REGULAR:
                origins.setdefault(Named(change.blob, change.path), Origin(commit.id, order))
    return origins


class Secrets(NamedTuple):
    """What finds secrets in contents whose origin is known, and says where they came from.

    Attributes:
        detector: what finds secrets.
        repository: in git.
        tips: ids of the commits that are the present.
    """

    detector: Detector
    repository: Repository
    tips: Sequence[str]

    def report(self, origins: Mapping[Named, Origin], accepted: Accepted) -> Report:
        """Scan contents again, which hold something, now for each of their paths.

        Each secret is reported once, for the first commit and path where it is not accepted.

        Args:
            origins: of the contents.
            accepted: what is not reported.

        Raises:
            FailedError: git failed.
        """
        contents = [each for each in origins if not accepted.ignoring.takes_file(each.path)]
        read = read_blobs(self.detector, self.repository, contents, accepted.ignoring)
        report = without_known(report_of(self._dated(read, origins)), accepted.baseline)
        order = {origin.commit: origin.order for origin in origins.values()}
        by_finding = {id(each.finding): each for each in report.ignored}
        ignored = _first((each.finding for each in report.ignored), order)
        return report._replace(
            findings=tuple(in_order(_first(report.findings, order))),
            ignored=in_order_of_place(by_finding[id(each)] for each in ignored),
        )

    def _dated(self, read: ReadBlobs, origins: Mapping[Named, Origin]) -> ReadBlobs:
        """The same, each finding with its commit, and whether a tip has its secret still."""
        present = self._present()
        still = {
            finding.fingerprint
            for each in read.told
            if each.content.blob in present
            for finding in (*each.findings, *(ignored.finding for ignored in each.ignored))
        }

        def dated(finding: Finding, content: Named) -> Finding:
            return finding._replace(commit=origins[content].commit, at_head=finding.fingerprint in still)

        told = []
        for each in read.told:
            findings = tuple(dated(finding, each.content) for finding in each.findings)
            ignored = tuple(one._replace(finding=dated(one.finding, each.content)) for one in each.ignored)
            told.append(each._replace(findings=findings, ignored=ignored))
        return read._replace(told=told)

    def _present(self) -> set[str]:
        trees = (commit_tree(self.repository, tip) for tip in self.tips)
        return {entry.blob for tree in trees for entry in tree.entries.values()}


def _first(findings: Iterable[Finding], order: Mapping[str, int]) -> list[Finding]:
    """Of findings of one secret the one that came first."""
    by_secret: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda each: (order[each.commit or ""], each.place)):
        by_secret.setdefault(finding.fingerprint, finding)
    return list(by_secret.values())


def head_of(repository: Repository) -> tuple[str, ...]:
    """The id of HEAD's commit; nothing where there is none yet."""
    from sopskit.repo import git

    try:
        return (git.commit_id(repository.root, "HEAD"),)
    except UsageError:
        return ()
