"""What to do about a finding in a file that sops could keep: the rules of `.sops.yaml` know."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.inventory.governing import Configs
from sopskit.scanner.known_secrets import KNOWN
from sopskit.scanner.rule import KEEP
from sopskit.scanner.structural import SOPS
from sopskit.sops.formats import Format, format_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.findings import Finding
    from sopskit.workflows.scan_report import Report

#: These are in encrypted files, or say themselves which file is meant.
_OWN_ADVICE = frozenset((SOPS.id, KNOWN.id))


def advised(report: Report, root: Path) -> Report:
    """A report whose findings name `sopskit encrypt FILE` where a rule claims the file, or could.

    Args:
        report: of a scan.
        root: the top folder of the work tree; what is not there (any more) cannot be encrypted.
    """
    if not report.findings:
        return report
    advice = _Advice(root)
    return report._replace(findings=tuple(advice.given(each) for each in report.findings))


class _Advice:
    """What to do about files, each looked at once."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._configs = Configs(None)
        self._known: dict[str, str] = {}

    def given(self, finding: Finding) -> Finding:
        """The finding with what to do about its file."""
        if finding.id in _OWN_ADVICE or not finding.at_head:
            return finding
        if finding.path not in self._known:
            self._known[finding.path] = self._for(finding.path)
        words = self._known[finding.path]
        return finding._replace(hint=f"{finding.hint.removesuffix(KEEP)}; {words}") if words else finding

    def _for(self, path: str) -> str:
        """What to do about a file; "" where sops is not for it."""
        if not _is_file(f"{self._root}/{path}"):
            return ""
        try:
            governing = self._configs.governing(f"{self._root}/{path}")
            rule = None if governing is None else governing.rule
        except SopskitError:  # sopskit check says what is wrong with it
            return ""
        command = f"sopskit encrypt {shlex.quote(shown(path))}"
        if rule is not None:
            return f"a rule of .sops.yaml claims this file: {command}"
        if format_of(path) is Format.BINARY:
            return ""
        if governing is None:
            return f"sops can keep it encrypted in this file: sopskit init, then {command}"
        return f"sops can keep it encrypted in this file: add a rule to .sops.yaml, then {command}"


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
