"""What the commands print as JSON is what docs/schemas/ describes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path  # noqa: TC003 - pytest reads the annotations
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sopskit.cli.main import COMMANDS, main
from tests.docs.pages import ROOT

_SCHEMAS = ROOT / "docs" / "schemas"

#: `access --diff`, and the commands below `flux` and `nix`.
_PARTS = ("access-changes", "flux-check", "flux-diff", "nix-check")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample with a file in every state, some to be split or encrypted anew, a key that has no name."""
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "demo" / "sample", root)
    shared = root / "shared"
    encrypted = (shared / "wifi.yaml").read_bytes()
    (root / "orphan.yaml").write_bytes(encrypted)
    (shared / "empty.yaml").touch()
    (shared / "plaintext.yaml").write_text("password: example\n")
    (shared / "broken.yaml").write_bytes(encrypted[:1200])
    (root / "split").mkdir()
    (root / "split" / "wifi.yaml").write_bytes(encrypted)
    rules = root / ".sops.yaml"
    rules.write_text(
        rules.read_text().replace("          - *maple\n", "")
        + "  - path_regex: ^split/\n    key_groups:\n      - age: [*admin]\n      - pgp: [*admin_pgp]\n"
        + "    encrypted_regex: ^wifi$\n    mac_only_encrypted: true\n"
    )
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("command", ["access", "check", "hosts", "plan", "doctor", "scan"])
def test_output_is_as_its_schema_says(
    command: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validator = Draft202012Validator(_schema(command))
    main([command, "--format", "json"])
    validator.validate(json.loads(capsys.readouterr().out))


def test_the_plan_that_is_validated_has_every_state_and_field(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["plan", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    described = _schema("plan")["$defs"]["file"]["properties"]
    assert all(document["summary"].values())
    assert {field for file in document["files"] for field in file} == set(described)


def test_a_repository_that_cannot_be_used_is_as_the_schema_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--format", "json"]) == 3
    Draft202012Validator(_schema("doctor")).validate(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("path", sorted(_SCHEMAS.iterdir()), ids=lambda path: path.name)
def test_schemas_are_valid_and_allow_nothing_else(path: Path) -> None:
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    assert path.name.removesuffix(".schema.json") in {*COMMANDS, *_PARTS}
    for part in _objects(schema):
        assert part["additionalProperties"] is False


def _schema(command: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{command}.schema.json").read_text())
    return schema


def _objects(part: object) -> list[dict[str, Any]]:
    """Every description of an object in a schema."""
    if isinstance(part, list):
        return [found for item in part for found in _objects(item)]
    if not isinstance(part, dict):
        return []
    below = [found for item in part.values() for found in _objects(item)]
    return [part, *below] if part.get("type") == "object" else below
