"""A file whose values are not those that were encrypted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.interface import Audit, Need, Scope
from sopskit.audits.wording import naming
from sopskit.errors import BrokenFileError, SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.sops.formats import format_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.engines.interface import Engine
    from sopskit.findings import Finding
    from sopskit.repo.trees import Tree


class _Verdict(NamedTuple):
    """What became of one file; a worker sends back no value of it."""

    path: str
    message: str | None = None
    line: int = 0


def detect(subject: Subject) -> Iterator[Finding]:
    """Open every file that an identity of this machine opens, and hold its values against its MAC."""
    if subject.engine is None:
        return
    paths = [plan.path for plan in subject.plans() if plan.file.encryption is not None]
    for path, message, line in subject.map_many(
        partial(_verify, subject.engine, subject.inventory.tree), paths
    ):
        if message is not None:
            place = Place(path, line, 1, line, 1) if line else Place(path)
            yield AUDIT.finding(place, message, "", hint=naming(AUDIT.hint, path))


def _verify(engine: Engine, tree: Tree, path: str) -> _Verdict:
    from sopskit.engines.file_encryption import decrypt_file

    try:
        decrypt_file(engine, tree.read(path).content, format_of(path), path)
    except BrokenFileError as error:
        return _Verdict(path, shown(error.message), error.line or 0)
    except SopskitError:
        pass  # nobody here opens it
    return _Verdict(path)


AUDIT = Audit(
    id="mac-mismatch",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a file's values are not those that were encrypted",
    hint="sops refuses it. Compare with git history; if the change was meant, sopskit edit --ignore-mac FILE"
    " makes a new MAC",
    detect=detect,
    scope=Scope.FILE,
    needs=frozenset({Need.IDENTITY}),
)
