"""What anyone may see of a finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE

if TYPE_CHECKING:
    from pathlib import Path


def of_json(output: dict[str, Any]) -> list[str]:
    return [each["fingerprint"] for each in output["findings"]]


def of_sarif(output: dict[str, Any]) -> list[str]:
    return [str(each["partialFingerprints"]) for each in output["runs"][0]["results"]]


@pytest.mark.parametrize(("name", "read"), [("json", of_json), ("sarif", of_sarif)])
def test_a_fingerprint_says_nothing_of_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, read: Any
) -> None:
    """Else a weak password could be guessed from a public log."""
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    monkeypatch.chdir(tmp_path)
    found = []
    for password in ("xk3Vq9tLw2", "hR7pZ4mYd8"):
        lines = [f"{key}: postgres://admin:{password}@db.lan/{key}\n" for key in "ab"]
        (tmp_path / "config.yaml").write_text("".join(lines))
        main(["scan", "--format", name])
        found.append(read(json.loads(capsys.readouterr().out)))
    assert found[0] == found[1]
    assert len(set(found[0])) == 2
