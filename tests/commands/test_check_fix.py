"""`sopskit check --fix`: everything that has one safe repair, in one change, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, BOB, write
from tests.commands.workbench import DEMO, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def mine(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A repository of one rule for a key whose identity is here, with one file."""
    key = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    rules = f"keys:\n  - &me {key.recipient}\ncreation_rules:\n  - path_regex: ^a/\n    age: *me\n"
    write(empty.root, {".sops.yaml": rules})
    empty.write_encrypted("a/x.yaml", "token: first\n")
    empty.commit_all()
    return empty


def _rules(workbench: Workbench) -> str:
    return (workbench.root / ".sops.yaml").read_text()


def _identity() -> str:
    import os

    return os.environ["SOPS_AGE_KEY"]


def test_rules_and_files_change_together(mine: Workbench) -> None:
    rules = _rules(mine)
    broken = rules.replace("- path_regex: ", "- path_regx: ").replace("keys:\n", f"keys:\n  - &old {BOB}\n")
    more = f"  - path_regex: ^b\\\\c\n    age: [*me, {ALICE}]\n    encrypted_regex: ^(token|name)$\n"
    write(mine.root, {".sops.yaml": broken, "a/plain.yaml": "token: second\n"})
    mine.write_encrypted("b/c/y.yaml", "token: third\nname: x\n")
    write(mine.root, {".sops.yaml": broken + more})
    done = sopskit("check", "--fix", "--yes", "--skip", "mac-mismatch")
    assert "repair: rename path_regx of rule 1 to path_regex" in done.err
    after = _rules(mine)
    assert "- path_regex: ^a/" in after
    assert "path_regex: ^b[/\\\\]c\n" in after
    assert f"&old {BOB}" not in after
    assert (
        mine.decrypts("a/plain.yaml", _identity()) is None
    )  # claimed by none before, so that it was not asked for
    assert mine.decrypts("b/c/y.yaml", _identity()) == "token: third\nname: x\n"
    again = sopskit("check", "--fix", "--yes", "--skip", "mac-mismatch")
    assert again.code in (0, 1)
    assert mine.decrypts("a/plain.yaml", _identity()) == "token: second\n"
    assert mine.decrypts("b/c/y.yaml", _identity()) == "token: third\nname: x\n"
    assert "    encrypted_regex: ^(token|name)$\n" in (mine.root / "b/c/y.yaml").read_text()


def test_what_cannot_be_repaired_is_named_and_the_rest_is_done(mine: Workbench) -> None:
    files = {"a/new.yaml": "token: x\n", "a/own.yaml": "a: 1\nsops: x\n", "a/read.yaml": "token: y\n"}
    write(mine.root, files | {"a/broken.yaml": "a: [\n"})
    (mine.root / "a/read.yaml").chmod(0o444)
    only = ("--only", "not-encrypted")
    assert "check --fix repairs 1 of them" in sopskit("check", *only).err
    done = sopskit("check", "--fix", "--yes", *only)
    assert "repair: encrypt a/new.yaml\nwarning:" in done.err
    assert "cannot repair a/read.yaml: is read-only" in done.err
    assert "cannot repair a/own.yaml: is encrypted already: it has a top-level sops" in done.err
    assert "cannot repair a/broken.yaml: " in done.err
    assert "encrypted 1 file\n" in done.err
    assert mine.decrypts("a/new.yaml", _identity()) == "token: x\n"
    assert (mine.root / "a/read.yaml").read_text() == "token: y\n"


def test_a_damaged_file_does_not_keep_the_others_from_their_rotation(mine: Workbench) -> None:
    mine.write_encrypted("a/y.yaml", "token: second\n")
    text = (mine.root / "a/x.yaml").read_text()
    write(mine.root, {"a/x.yaml": text.replace("token:", "other:")})
    write(mine.root, {".sops.yaml": _rules(mine) + "    encrypted_regex: ^(token|other)$\n"})
    done = sopskit("check", "--fix", "--yes", "--only", "settings-differ")
    assert done.code == 6
    assert "rotated 1 file\nerror: a/x.yaml" in done.err
    assert "left as they were, they cannot be changed: 1 file" in done.err
    assert "    encrypted_regex: ^(token|other)$\n" in (mine.root / "a/y.yaml").read_text()
    assert mine.decrypts("a/y.yaml", _identity()) == "token: second\n"


def test_a_repair_that_gives_access_says_to_whom(mine: Workbench) -> None:
    nova = age_key()
    rules = _rules(mine).replace("keys:\n", f"keys:\n  - &nova {nova.recipient}\n")
    write(mine.root, {".sops.yaml": rules.replace("age: *me", "age: [*me, *nova]")})
    done = sopskit("check", "--fix", "--yes", "--only", "drift")
    assert "repair: sync a/x.yaml, which gives it to nova\n" in done.err
    assert mine.decrypts("a/x.yaml", nova.identity) == "token: first\n"


def test_without_a_terminal_nothing_is_written(mine: Workbench) -> None:
    write(mine.root, {"a/plain.yaml": "token: second\n"})
    done = sopskit("check", "--fix")
    assert done.code == 2
    assert "--yes is missing" in done.err
    assert (mine.root / "a/plain.yaml").read_text() == "token: second\n"


def test_a_dry_run_shows_what_would_change(mine: Workbench) -> None:
    write(mine.root, {".sops.yaml": _rules(mine).replace("path_regex", "path_regx")})
    mine.commit_all()
    done = sopskit("check", "--fix", "--dry-run")
    assert done.code == 1
    assert "-  - path_regx: ^a/\n+  - path_regex: ^a/\n" in done.out
    assert mine.changed() == []


def test_no_value_is_written_in_clear_because_a_rule_was_wrong(mine: Workbench) -> None:
    """Neither for the selector itself, nor for other drift of the same file."""
    rules = _rules(mine).replace("age: *me", f"age: [*me, {ALICE}]") + "    encrypted_regex: ^data$\n"
    write(mine.root, {".sops.yaml": rules})
    mine.commit_all()
    done = sopskit("check", "--fix", "--yes", "--only", "drift", "--only", "settings-differ")
    assert done.code == 1
    assert mine.changed() == []
    assert "by the rule 1 of its values would be in clear" in done.out


def test_a_repair_of_the_rules_writes_no_value_in_clear_either(mine: Workbench) -> None:
    rules = _rules(mine) + "    encrypted_regexp: ^data$\n"
    write(mine.root, {".sops.yaml": rules})
    mine.commit_all()
    done = sopskit("check", "--fix", "--yes", "--only", "unknown-field")
    assert "left as it is, since by its rule encrypted values would be in clear: a/x.yaml" in done.err
    assert mine.changed() == [".sops.yaml"]


def test_nothing_to_repair(mine: Workbench) -> None:
    done = sopskit("check", "--fix", "--yes", "--only", "drift", "--only", "not-encrypted")
    assert (done.code, done.out) == (0, "no findings in 1 file\n")
    assert "nothing to do" in done.err
    assert mine.changed() == []


def test_a_drifted_file_is_rotated_and_the_rest_is_reported(sample: Workbench) -> None:
    rules = _rules(sample)
    write(sample.root, {".sops.yaml": rules.replace("          - *maple\n", "", 1)})
    write(sample.root, {"hosts/maple/plain.ini": "", ".gitignore": "x\n"})
    done = sopskit("check", "--fix", "--yes", "--no-rotate", "--only", "drift", "--only", "empty-file")
    assert done.code == 1
    assert "re-wrapped" in done.err
    assert "[empty-file]" in done.out
    assert "[drift]" not in done.out


def test_plaintext_is_not_encrypted_to_others_alone(mine: Workbench) -> None:
    write(
        mine.root,
        {".sops.yaml": _rules(mine) + f"  - path_regex: ^b/\n    age: {BOB}\n", "b/x.yaml": "a: 1\n"},
    )
    done = sopskit("check", "--fix", "--yes", "--only", "not-encrypted")
    assert done.code == 2
    assert "you would lose access to 1 file" in done.err
    assert (mine.root / "b/x.yaml").read_text() == "a: 1\n"


def test_an_identity_that_opens_nothing_changes_nothing(
    sample: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(sample.root, {".sops.yaml": _rules(sample).replace("          - *maple\n", "", 1)})
    sample.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(DEMO / "nothing"))
    assert sopskit("check", "--fix", "--yes", "--only", "drift").code == 5
    assert sample.changed() == []


def test_a_line_is_added_to_gitignore(mine: Workbench) -> None:
    write(mine.root, {"a/x.dec.yaml": "token: first\n", ".gitignore": b"one\r\ntwo"})
    done = sopskit("check", "--fix", "--yes", "--only", "decrypted-copy")
    assert done.code == 0, done.err
    content = (mine.root / ".gitignore").read_bytes()
    assert content.startswith(b"one\r\ntwo\r\n")
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == 3
    assert mine.changed() == [".gitignore"]


def test_a_config_below_the_root_is_repaired_where_it_lies(mine: Workbench) -> None:
    me = _rules(mine).split("&me ")[1].split()[0]
    write(
        mine.root,
        {"deep/.sops.yaml": f"creation_rules:\n  - path: ^x\n    age: {me}\n", "deep/x.yaml": "a: 1\n"},
    )
    done = sopskit("check", "--fix", "--yes", "--only", "unknown-field")
    assert done.code == 0
    assert "- path_regex: ^x" in (mine.root / "deep/.sops.yaml").read_text()
    assert "path" not in _changed_lines(mine.root / ".sops.yaml", mine)


def _changed_lines(path: Path, workbench: Workbench) -> str:
    return workbench.git("diff", "--", str(path))
