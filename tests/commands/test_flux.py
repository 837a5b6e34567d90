"""`sopskit flux`: check and diff."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, write
from tests.audits.flux.repositories import KUSTOMIZATION, flux, manifest, repository
from tests.commands.workbench import sopskit
from tests.docs.schemas import validate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A right repository, committed."""
    write(tmp_path, repository(a__yaml=manifest()))
    monkeypatch.chdir(tmp_path)
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "files"]):
        subprocess.run(["git", *arguments], check=True)
    return tmp_path


def test_check_finds_what_flux_does_and_nothing_else(root: Path) -> None:
    assert sopskit("flux", "check").code == 0
    write(root, {KUSTOMIZATION: flux(decryption=""), "apps/empty.sops.yaml": ""})
    result = sopskit("flux", "check", "--format", "json")
    document = json.loads(result.out)
    validate("flux-check", document)
    assert result.code == 1
    assert [(each["id"], each["effect"]) for each in document["findings"]] == [
        ("flux-no-decryption", "ciphertext")
    ]
    assert "[flux-no-decryption, ciphertext]" in sopskit("flux", "check").out
    assert "(ciphertext)" in sopskit("flux", "check", "--format", "github").out
    log = json.loads(sopskit("flux", "check", "--format", "sarif").out)
    assert log["runs"][0]["results"][0]["properties"] == {"effect": "ciphertext"}
    assert sopskit("flux", "check", "apps").code == 0


def test_what_nobody_can_tell_is_said(root: Path) -> None:
    (root / ".sopskit.toml").unlink()
    result = sopskit("flux", "check")
    assert result.code == 0
    assert f"cannot tell: {KUSTOMIZATION}:9: the key in flux-system/sops-age is not known" in result.err
    document = json.loads(sopskit("flux", "check", "--format", "json").out)
    validate("flux-check", document)
    assert [each["line"] for each in document["unclear"]] == [9, 9]


def test_diff_says_who_starts_and_stops(root: Path) -> None:
    assert sopskit("flux", "diff").out.strip() == ""
    write(root, {"apps/a.yaml": manifest("Secret", "v1", "data", "a", ALICE)})
    result = sopskit("flux", "diff", "HEAD")
    assert result.out.strip() == f"flux-system/apps ({KUSTOMIZATION}): decrypts -> cannot decrypt"
    assert result.code == 1
    document = json.loads(sopskit("flux", "diff", "--format", "json").out)
    validate("flux-diff", document)
    (change,) = document["kustomizations"]
    assert (change["before"], change["now"], change["files"]) == ("yes", "no", 1)


def test_another_repository_by_its_source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    files = repository(a__yaml=manifest("Secret", "v1", "data", "a", ALICE))
    del files[KUSTOMIZATION]
    write(other, files)
    moved = flux().replace("name: flux-system}", "name: other}")
    source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: other}\n"
    write(root, {KUSTOMIZATION: moved.replace("./apps", "./"), "clusters/home/other.yaml": source})
    result = sopskit("flux", "check")
    assert (result.code, "its source other is not in this repository" in result.err) == (0, True)
    result = sopskit("flux", "check", "--source", f"other={other}")
    assert (result.code, "flux-key-cannot-open" in result.out) == (1, True)
    assert sopskit("flux", "check", "--source", "other").code == 2
    assert sopskit("flux", "check", "--source", f"other={other}/missing").code == 2
