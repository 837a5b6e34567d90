"""What a repository says to a scan: its settings, own rules and baseline, of one moment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit import settings
from sopskit.errors import FailedError
from sopskit.repo import git
from sopskit.repo.trees import require_git
from sopskit.scanner import baseline as baselines
from sopskit.scanner.ignoring import NOTHING, Ignoring
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sopskit.repo.discovery import Repository
    from sopskit.scanner.baseline import Baseline
    from sopskit.scanner.own_rules import OwnRule
    from sopskit.workflows.scan_known import Known

#: The index, as `git cat-file` names what is in it.
INDEX = ""

#: More than a settings file or a baseline may have.
_LIMIT = 65 << 20


class Accepted(NamedTuple):
    """What is not reported, and what is looked for besides.

    Attributes:
        ignoring: what the settings say.
        baseline: known findings; None where there is no baseline.
        rules: own rules.
        known: decrypted values.
    """

    ignoring: Ignoring = NOTHING
    baseline: Baseline | None = None
    rules: tuple[OwnRule, ...] = ()
    known: Known | None = None


class Files(NamedTuple):
    """Files that the command names, and what it has found out beforehand.

    Attributes:
        baseline: the baseline, instead of the one at the root.
        rules: rules, besides those of the settings.
        known: decrypted values.
    """

    baseline: Path | None = None
    rules: tuple[Path, ...] = ()
    known: Known | None = None


NO_FILES = Files()


def read_accepted(repository: Repository, revision: str | None = None, files: Files = NO_FILES) -> Accepted:
    """Settings, own rules and baseline of a repository.

    Args:
        repository: whose.
        revision: a commit's id, or `INDEX`; None for the work tree.
        files: that the command names.

    Raises:
        ConfigurationError: one of them cannot be used, or a plain folder has no commits.
        FailedError: one cannot be read, or git failed.
    """
    if revision is not None:
        require_git(repository)
    names = (settings.SETTINGS_NAME, baselines.NAME)
    said, known = (
        _in_work_tree(repository, names) if revision is None else _in_git(repository, revision, names)
    )
    scan = settings.ScanSettings() if said is None else settings.parse(said).scan
    rules = (*_rules_of(scan), *named_rules(files.rules))
    baseline = None if known is None else baselines.parse(known)
    if files.baseline is not None:
        baseline = baselines.parse(_read(files.baseline), shown(str(files.baseline)))
    return Accepted(NOTHING if said is None else _ignoring(scan), baseline, rules, files.known)


def named_rules(files: Iterable[Path]) -> tuple[OwnRule, ...]:
    """The rules of files.

    Raises:
        ConfigurationError: one of them cannot be used.
        FailedError: a file cannot be read.
    """
    rules: list[OwnRule] = []
    for file in files:
        from sopskit.scanner.own_rules import read_own_rules

        rules += read_own_rules(_read(file), shown(str(file)))
    return tuple(rules)


def _rules_of(said: settings.ScanSettings) -> tuple[OwnRule, ...]:
    if not said.rule:
        return ()
    from sopskit.scanner.own_rules import own_rules

    return own_rules(said.rule)


def _ignoring(said: settings.ScanSettings) -> Ignoring:
    stopwords = tuple((each.word.encode("utf-8", "surrogateescape"), each.id) for each in said.stopwords)
    return Ignoring(frozenset(said.skip), said.ignore, said.exclude, stopwords, said.severity)


def _in_work_tree(repository: Repository, names: Iterable[str]) -> list[bytes | None]:
    return [repository.read(name).content if repository.has(name) else None for name in names]


def _in_git(repository: Repository, revision: str, names: Iterable[str]) -> list[bytes | None]:
    found: list[bytes | None] = []
    with git.conversation(repository.root, "cat-file", "--batch") as conversation:
        for name in names:
            header = conversation.ask(f"{revision}:{name}".encode()).split(b" ")
            if header[-1] == b"missing":
                found.append(None)
                continue
            size = int(header[2])
            if size > _LIMIT:
                raise FailedError("is too large", path=name)
            found.append(conversation.read(size + 1)[:-1])
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FailedError(error.strerror or "cannot be read", path=shown(os.fspath(path))) from None
