"""The defects of a home server's repository are found where they are, and a repaired one has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.audits.homeserver import HomeServer, home_server, repair
from tests.commands.workbench import Result, sopskit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path, gnupg_home: Path, monkeypatch: pytest.MonkeyPatch) -> HomeServer:
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    return home_server(root)


def _found(result: Result) -> set[tuple[str, str, int]]:
    findings = json.loads(result.out)["findings"]
    return {(each["id"], each["path"], each["line"] or 0) for each in findings}


def test_every_defect_at_its_line(made: HomeServer) -> None:
    result = sopskit("check", "--format", "json")
    assert result.code == 1
    assert _found(result) == {
        ("short-pgp-key-id", ".sops.yaml", 4),
        ("pgp-subkey", ".sops.yaml", 4),
        ("rule-matches-nothing", ".sops.yaml", 6),
        ("encrypted-without-rule", "secrets/meteor/secrets.sops.yaml", 0),
        ("encrypted-without-rule", "secrets/relay/secrets.sops.yaml", 0),
        ("empty-file", "secrets/comet/secrets.sops.yaml", 0),
        ("host-cannot-read", "hosts/relay/default.nix", 5),
        ("updatekeys-without-yes", "Taskfile.yml", 8),
    }


def test_a_wider_rule_shows_the_drift_and_the_empty_file(made: HomeServer) -> None:
    rules = made.workbench.root / ".sops.yaml"
    rules.write_text(rules.read_text().replace("secrets/[^/]+", "secrets/[^/]+/[^/]+"))
    found = _found(sopskit("check", "--format", "json"))
    assert {each for each in found if each[1].startswith("secrets/")} == {
        ("empty-file", "secrets/comet/secrets.sops.yaml", 0),
        ("drift", "secrets/meteor/secrets.sops.yaml", 0),
        ("drift", "secrets/relay/secrets.sops.yaml", 0),
    }


def test_repaired_it_has_none(made: HomeServer) -> None:
    repair(made)
    result = sopskit("check", "--format", "json")
    assert _found(result) == set()
    assert result.code == 0
