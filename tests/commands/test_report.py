"""report, and access --format html: what of a repository gets to the page, and what never does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from tests.commands.repositories import keys, write_rules
from tests.commands.workbench import Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def embedded(text: str) -> dict[str, Any]:
    """The data in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def report(tmp_path: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The data of the page that `report` writes."""
    path = tmp_path / "out" / "report.html"
    result = sopskit("report", "--output", str(path), *arguments)
    assert result.code == code, result.err
    return embedded(path.read_text())


def events(data: dict[str, Any], *kinds: str) -> list[tuple[str, str | None, int]]:
    return [
        (each["kind"], each["host"], each["files"])
        for each in data["timeline"]["rows"]
        if each["kind"] in kinds
    ]


def test_a_report_of_the_sample(sample: Workbench, tmp_path: Path) -> None:
    data = report(tmp_path)
    assert data["title"] == "repository"
    assert [each["name"] for each in data["hosts"]] == ["admin", "cedar", "maple", "cluster"]
    assert (len(data["files"]), len(data["sets"])) == (40, 4)
    assert data["findings"]["rows"] == []
    assert data["exposures"]["rows"] == []
    assert events(data, "new", "in", "out", "rekey", "plaintext") == [("new", None, 40)]
    mode = (tmp_path / "out" / "report.html").stat().st_mode & 0o777
    assert mode == 0o600  # it says where to look


def test_what_happened(empty: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = keys("ana", "nova")
    monkeypatch.setenv("SOPS_AGE_KEY", hosts["ana"].identity)
    write_rules(empty, hosts, {"^s/": ["ana", "nova"]})
    (empty.root / "s").mkdir()
    (empty.root / "s/one.yaml").write_text("password: Quaint-Canary-17\n")
    empty.commit_all()
    empty.write_encrypted("s/one.yaml", "password: Quaint-Canary-17\n")
    empty.write_encrypted("s/two.yaml", "password: Quaint-Canary-18\n")
    empty.commit_all()
    vega = age_key()
    assert sopskit("add-host", "vega", "--key", vega.recipient, "--all-rules", "--yes").code == 0
    empty.commit_all()
    assert sopskit("remove-host", "nova", "--yes").code == 0
    empty.commit_all()
    data = report(tmp_path)
    assert events(data, "new", "in", "out", "rekey", "plaintext") == [
        ("plaintext", None, 1),
        ("new", None, 1),
        ("in", "vega", 2),
        ("out", "nova", 2),
        ("rekey", None, 2),
    ]
    assert "committed-in-clear" in {each["id"] for each in data["findings"]["rows"]}
    exposed = {(each["host"], each["path"]) for each in data["exposures"]["rows"]}
    assert exposed == {(None, "s/one.yaml"), ("nova", "s/one.yaml"), ("nova", "s/two.yaml")}
    assert {key for each in data["exposures"]["rows"] for key in each["keys"]} == {"password"}
    page = (tmp_path / "out" / "report.html").read_text()
    for secret in ("Quaint-Canary", hosts["ana"].identity, "AGE-SECRET-KEY-1Q"):
        assert secret not in page


def test_a_plaintext_file_that_only_lies_beside_a_secret_one_is_no_event(
    empty: Workbench, tmp_path: Path
) -> None:
    write_rules(empty, keys("ana"), {r"\.sops\.yaml$": ["ana"]})
    (empty.root / "values.yaml").write_text("port: 80\n")
    empty.write_encrypted("values.sops.yaml", "password: Quaint-Canary-17\n")
    empty.commit_all()
    assert events(report(tmp_path), "new", "plaintext") == [("new", None, 1)]


def test_a_version_that_cannot_be_read_is_no_success(empty: Workbench, tmp_path: Path) -> None:
    write_rules(empty, keys("ana"), {"^s/": ["ana"]})
    empty.write_encrypted("s/one.yaml", "password: Quaint-Canary-17\n")
    path = empty.root / "s/one.yaml"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"password", b"pass\0word"))
    empty.commit_all()
    path.write_bytes(content)
    empty.commit_all()
    data = report(tmp_path, code=6)
    assert "1 file had versions that cannot be read" in data["timeline"]["notes"][0]


def test_what_is_not_read_says_so(sample: Workbench, tmp_path: Path) -> None:
    data = report(tmp_path, "--no-history")
    assert data["exposures"] == {"rows": None, "reason": "The history was not read: --no-history."}
    assert data["timeline"]["rows"] is None
    sample.git("rm", "-q", "-r", "shared")
    sample.commit_all()
    past = report(tmp_path, "--as-of", "HEAD~1")
    assert (len(past["files"]), past["when"]) == (40, "As of HEAD~1")
    assert past["findings"]["rows"] is None
    assert len(report(tmp_path)["files"]) == 28


def test_outside_git_and_in_a_shallow_clone(
    sample: Workbench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (sample.root / "README").write_text("two\n")
    sample.commit_all()
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{sample.root}", str(shallow)], check=True)
    monkeypatch.chdir(shallow)
    data = report(tmp_path, code=6)
    assert data["timeline"]["notes"] == ["This clone is shallow: older commits were not looked at."]
    plain = tmp_path / "plain"
    plain.mkdir()
    write_rules(Workbench(plain), keys("ana"), {"^s/": ["ana"]})
    monkeypatch.chdir(plain)
    data = report(tmp_path)
    assert "is no git repository" in data["timeline"]["reason"]


def test_a_private_key_that_somebody_pasted_is_not_shown(empty: Workbench, tmp_path: Path) -> None:
    key = age_key()
    name = f"{key.identity}.yaml"
    write_rules(empty, {"ana": key}, {".": ["ana"]})
    path = empty.root / ".sops.yaml"
    path.write_text(path.read_text().replace("creation_rules:", f"  - &oops {key.identity}\ncreation_rules:"))
    (empty.root / name).write_text("a: 1\n")
    data = report(tmp_path)
    assert data["findings"]["rows"]
    secret = key.identity.removeprefix("AGE-SECRET-KEY-1")
    assert secret not in (tmp_path / "out" / "report.html").read_text()
    assert secret not in sopskit("access", "--format", "html").out


def test_hostile_file_names_of_a_real_repository(empty: Workbench, tmp_path: Path) -> None:
    write_rules(empty, keys("ana"), {".": ["ana"]})
    names = ["<img src=x onerror=alert(1)>", "a<", "\u202egnp.yaml", "a\nb", "&amp;'\""]
    for name in names:
        (empty.root / name).write_text("a: 1\n")
    (empty.root / os.fsdecode(b"\xe9.yaml")).write_text("a: 1\n")
    folder = empty.root / "<"
    folder.mkdir()
    (folder / "script>alert(1)").write_text("a: 1\n")
    text = sopskit("access", "--format", "html").out
    assert text.count("<script") == 2
    assert "<img" not in text
    paths = {each["path"] for each in embedded(text)["files"]}
    assert paths == {
        "<img src=x onerror=alert(1)>", "a<", "\\u202egnp.yaml", "a\\nb", "&amp;'\"", "\\udce9.yaml",
        "</script>alert(1)",
    }  # fmt: skip


def test_the_matrix_alone(sample: Workbench) -> None:
    text = sopskit("access", "shared", "--format", "html").out
    data = embedded(text)
    assert len(data["files"]) == 12
    assert not {"findings", "exposures", "timeline"} & set(data)
    assert sopskit("access", "shared", "--format", "html").out == text


def test_where_the_page_is_written(sample: Workbench, tmp_path: Path) -> None:
    assert sopskit("report").code == 2
    (tmp_path / "folder").mkdir()
    result = sopskit("report", "-o", str(tmp_path / "folder"))
    assert (result.code, "is a folder" in result.err) == (6, True)


def test_rules_that_cannot_be_used_are_a_finding_on_the_page(empty: Workbench, tmp_path: Path) -> None:
    (empty.root / ".sops.yaml").write_text("creation_rules:\n  - path_regex: [\n")
    data = report(tmp_path)
    assert [each["path"] for each in data["findings"]["rows"]] == [".sops.yaml"]
    assert data["timeline"]["rows"] == []
