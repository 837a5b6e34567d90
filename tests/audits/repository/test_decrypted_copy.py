"""A decrypted copy of a secret file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.audits import audit
from sopskit.findings import Severity
from tests.audits.examples import ALICE, encrypted, example, found, messages, subject_at

if TYPE_CHECKING:
    from pathlib import Path

ID = "decrypted-copy"
RULES = f"creation_rules: [{{age: {ALICE}}}]\n"


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("db.dec.yaml", "db.yaml"),
        ("db.dec.yaml", "db.enc.yaml"),
        ("db.dec.yaml", "db.sops.yaml"),
        ("db.yaml.dec", "db.yaml"),
        (".decrypted~db.yaml", "db.yaml"),
        ("db.decrypted.yaml", "db.yaml"),
        ("db-plain.yaml", "db.yaml"),
        ("db.plaintext.env", "db.env.yaml"),
    ],
)
def test_a_copy_beside_the_encrypted_file(copy: str, original: str) -> None:
    files = {".sops.yaml": RULES, f"apps/{original}": encrypted(ALICE), f"apps/{copy}": "password: x\n"}
    expected = [f"apps/{copy}: is a decrypted copy of apps/{original}, and git does not ignore it"]
    assert messages(ID, files) == (expected if original != "db.env.yaml" else [])


def test_a_name_that_is_only_used_for_copies(tmp_path: Path) -> None:
    files = {".sops.yaml": RULES, "a.dec.yaml": "a: b\n", "b.plain.yaml": "a: b\n", "codec.dec": "a\n"}
    (finding,) = found(ID, example(tmp_path, files))
    assert (finding.path, finding.severity) == ("a.dec.yaml", Severity.WARNING)


def test_what_is_encrypted_or_empty_is_right() -> None:
    files = {
        ".sops.yaml": RULES,
        "a.dec.yaml": encrypted(ALICE),
        "a.yaml": encrypted(ALICE),
        "a.yaml.dec": "",
    }
    assert messages(ID, files) == []


def test_the_repair_ignores_exactly_what_is_untracked(tmp_path: Path) -> None:
    example(tmp_path, {".sops.yaml": RULES, "a.yaml": encrypted(ALICE), "a.dec.yaml": "x: y\n"}, git=True)
    (tmp_path / "a[1].yaml").write_text(encrypted(ALICE))
    (tmp_path / "a[1].dec.yaml").write_text("x: y\n")
    subject = subject_at(tmp_path)
    tracked, untracked = found(ID, subject)
    assert tracked.message.endswith("and git tracks it")
    repair = audit(ID).repair
    assert repair is not None
    assert repair(subject, tracked) is None
    wanted = repair(subject, untracked)
    assert wanted is not None
    (tmp_path / ".gitignore").write_text("".join(f"{line}\n" for line in wanted.ignore))
    assert [each.path for each in found(ID, subject_at(tmp_path))] == ["a.dec.yaml"]
