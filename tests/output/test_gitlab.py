"""The report for GitLab: what its schema asks for, and nothing of the secret or of a hostile name."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sopskit.cli.main import main
from sopskit.findings import Confidence, Finding, Place, Severity
from sopskit.output import gitlab
from sopskit.output.findings import Skipped
from tests.scanner.built_in import CACHE
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FINDING = Finding(
    "rule", Place("a\x1b[2Jb", 3, 1, 4, 2), Severity.ERROR, Confidence.HIGH, "A token: ab...", "do", "f" * 16
)


def require_fields(report: dict[str, Any]) -> None:
    """What schema 15.0.7 requires, and the forms that it gives."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", report["version"])
    scan = report["scan"]
    assert scan["type"] == "secret_detection"
    assert scan["status"] in ("success", "failure")
    for name in ("start_time", "end_time"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", scan[name])
    for name in ("analyzer", "scanner"):
        assert all(scan[name][field] for field in ("id", "name", "version"))
        assert scan[name]["vendor"]["name"]
    for message in scan["messages"]:
        assert message["level"] in ("info", "warn", "fatal")
        assert message["value"]
    for each in report["vulnerabilities"]:
        UUID(each["id"])
        assert len(each["name"]) <= 255
        assert each["severity"] in ("Info", "Unknown", "Low", "Medium", "High", "Critical")
        assert len(each["solution"]) <= 7000
        assert all(one["type"] and one["name"] and one["value"] for one in each["identifiers"])
        assert each["identifiers"]
        assert each["location"]["commit"]["sha"]
        assert isinstance(each["location"]["file"], str)


def test_a_report_has_what_is_required() -> None:
    findings = [FINDING, FINDING._replace(fingerprint="e" * 16, commit="c" * 40, place=Place("b"))]
    report = json.loads(gitlab.report(findings, [Skipped(None, "x", "gone")], NOW, NOW))
    require_fields(report)
    assert report["scan"]["status"] == "failure"
    assert report["scan"]["messages"] == [{"level": "warn", "value": "x: gone"}]
    one, other = report["vulnerabilities"]
    assert one["id"] != other["id"]
    assert one["name"] == "A token"
    assert one["location"] == {
        "file": "a\\x1b[2Jb",
        "commit": {"sha": "0000000"},
        "start_line": 3,
        "end_line": 4,
    }
    assert other["location"] == {"file": "b", "commit": {"sha": "c" * 40}}


def test_it_is_the_same_again() -> None:
    assert gitlab.report([FINDING], [], NOW, NOW) == gitlab.report([FINDING], [], NOW, NOW)


def test_of_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    git = Git(tmp_path / "repository")
    commit = git.commit({"a": token(1)})
    monkeypatch.chdir(git.root)
    assert main(["scan", "--history", "--format", "gitlab"]) == 1
    text = capsys.readouterr().out
    report = json.loads(text)
    require_fields(report)
    (finding,) = report["vulnerabilities"]
    assert finding["identifiers"][0]["value"] == RULE
    assert finding["location"]["commit"]["sha"] == commit
    assert token(1)[4:] not in text
