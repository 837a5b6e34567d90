"""Values of an encrypted file that were committed before it was encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.audits import audit
from sopskit.audits.subject import Subject
from sopskit.findings import Severity
from sopskit.inventory.history import committed_in_clear
from sopskit.inventory.history_reading import read_history
from sopskit.repo.discovery import Repository
from sopskit.workflows import opening
from tests.audits.examples import found, subject_at
from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.findings import Finding

ID = "committed-in-clear"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    made = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", made.identity)
    return made


@pytest.fixture
def bench(tmp_path: Path, key: KeyPair, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A repository whose file was plaintext in its first commit."""
    made = Workbench(tmp_path / "repository")
    (made.root / "secrets").mkdir(parents=True)
    monkeypatch.chdir(made.root)
    made.git("init", "--quiet")
    (made.root / ".sops.yaml").write_text(
        f"creation_rules: [{{path_regex: ^secrets/, age: {key.recipient}}}]\n"
    )
    (made.root / "secrets" / "a.yaml").write_text(CLEAR)
    made.commit_all()
    return made


CLEAR = "db:\n    password: hunter2hunter2\n    port: 5432\ntoken: abc\n"


def _found(bench: Workbench, *, with_key: bool) -> list[Finding]:
    subject = subject_at(bench.root)
    engine = None
    if with_key:
        import os

        from sopskit.keys.identities import find_identities
        from sopskit.keys.pgp import Keyring
        from sopskit.workflows.own_keys import OwnKeys

        keys = OwnKeys(find_identities(os.environ, ask_passphrase=lambda _: None), Keyring(os.environ))
        engine = opening.choose_engine("embedded", keys)
    clear = committed_in_clear(read_history(Repository.open(bench.root), map))
    return found(ID, Subject(subject.inventory, engine=engine, in_clear=clear))


def test_with_a_key_only_values_that_are_the_same(bench: Workbench) -> None:
    first = bench.git("rev-parse", "HEAD")[:12]
    bench.write_encrypted("secrets/a.yaml", CLEAR.replace("abc", "xyz").replace("port", "other"))
    bench.commit_all()
    (finding,) = _found(bench, with_key=True)
    assert (finding.path, finding.severity) == ("secrets/a.yaml", Severity.ERROR)
    assert finding.message == f"committed in clear in {first}, and not changed since: db.password"
    assert "hunter2" not in str(finding)


def test_without_a_key_those_that_may_be(bench: Workbench) -> None:
    bench.write_encrypted("secrets/a.yaml", CLEAR.replace("abc", "xyz").replace("port", "other"))
    bench.commit_all()
    (finding,) = _found(bench, with_key=False)
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("and perhaps not changed since: db.password and token")


def test_changed_values_are_no_finding(bench: Workbench) -> None:
    bench.write_encrypted("secrets/a.yaml", "db:\n    password: new\n    port: 1\ntoken: new\n")
    bench.commit_all()
    assert _found(bench, with_key=True) == []


def test_encrypted_before_it_was_committed(bench: Workbench) -> None:
    bench.write_encrypted("secrets/b.yaml", CLEAR)
    bench.commit_all()
    assert [each.path for each in _found(bench, with_key=True)] == []


def test_a_renamed_file(bench: Workbench) -> None:
    bench.write_encrypted("secrets/a.yaml", CLEAR)
    bench.commit_all()
    bench.git("mv", "secrets/a.yaml", "secrets/b.yaml")
    bench.commit_all()
    (finding,) = _found(bench, with_key=True)
    assert finding.path == "secrets/b.yaml"
    assert "db.password, db.port and token" in finding.message


def test_the_command_runs_it_with_history_only(bench: Workbench) -> None:
    bench.write_encrypted("secrets/a.yaml", CLEAR)
    bench.commit_all()
    result = sopskit("check", "--only", ID)
    assert result.code == 0
    assert f"not run: {ID}" in result.err
    result = sopskit("check", "--only", ID, "--history")
    assert result.code == 1
    assert "db.password" in result.out
    assert "hunter2" not in result.out + result.err
    assert audit(ID).hint in result.out
