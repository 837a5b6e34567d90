"""A private key in a file of the repository."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.audits import audit
from sopskit.findings import Severity
from tests.audits.examples import ALICE, example, found, messages, subject_at
from tests.commands.workbench import age_key
from tests.keys.material import run, ssh_key

if TYPE_CHECKING:
    from pathlib import Path

ID = "private-key-file"
RULES = f"creation_rules: [{{age: {ALICE}}}]\n"


def test_age_keys_tracked_or_only_not_ignored(tmp_path: Path) -> None:
    identity = age_key().identity
    files = {".sops.yaml": RULES, "keys.txt": f"# created: today\n{identity}\n", ".gitignore": "/c.txt\n"}
    example(tmp_path, files, git=True)
    (tmp_path / "b.txt").write_text(age_key(post_quantum=True).identity)
    (tmp_path / "c.txt").write_text(identity)
    subject = subject_at(tmp_path)
    untracked, tracked = found(ID, subject)
    assert (tracked.path, tracked.place.line) == ("keys.txt", 2)
    assert tracked.message == "holds an age private key, and git tracks it"
    assert (untracked.path, untracked.place.line) == ("b.txt", 1)
    assert untracked.message == "holds an age private key, and git does not ignore it"
    assert identity[20:30] not in "".join(map(str, (tracked, untracked)))
    repair = audit(ID).repair
    assert repair is not None
    assert repair(subject, tracked) is None
    wanted = repair(subject, untracked)
    assert wanted is not None
    assert wanted.ignore == ("/b.txt",)


def test_a_key_for_tests_is_information_unless_it_opens_files(tmp_path: Path) -> None:
    used, other = age_key(), age_key()
    files = {
        ".sops.yaml": f"creation_rules: [{{age: {used.recipient}}}]\n",
        "tests/other.txt": other.identity,
        "tests/used.txt": used.identity.lower(),
    }
    found_in = {each.path: each.severity for each in found(ID, example(tmp_path, files))}
    assert found_in == {"tests/other.txt": Severity.INFO, "tests/used.txt": Severity.ERROR}


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_ssh_keys_with_and_without_a_passphrase(kind: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    ssh_key(root / "id", kind)
    ssh_key(root / "locked", kind, "a passphrase")
    ssh_key(root / "locked.pem", kind, "a passphrase", *(("-m", "PEM") if kind != "ed25519" else ()))
    findings = found(ID, example(root, {".sops.yaml": RULES}))
    assert [(each.path, each.severity) for each in findings if not each.path.endswith(".pub")] == [
        ("id", Severity.ERROR),
        ("locked", Severity.WARNING),
        ("locked.pem", Severity.WARNING),
    ]
    assert len(findings) == 3


def test_a_key_within_json_and_within_yaml(tmp_path: Path) -> None:
    ssh_key(tmp_path / "id", "ed25519")
    key = (tmp_path / "id").read_text()
    indented = "".join(f"    {line}\n" for line in key.splitlines())
    files = {".sops.yaml": RULES, "a.json": json.dumps({"key": key}), "b.yaml": f"a: 1\nkey: |\n{indented}"}
    assert messages(ID, files) == [
        "a.json:1: holds an SSH private key, and git does not ignore it",
        "b.yaml:3: holds an SSH private key, and git does not ignore it",
    ]


def test_pgp_and_putty_keys(gnupg_home: Path) -> None:
    from tests.keys.test_pgp import BATCH, make_key

    fingerprint = make_key("me@example.org")
    exported = run("gpg", *BATCH, "--armor", "--export-secret-keys", fingerprint).decode()
    files = {".sops.yaml": RULES, "me.asc": exported, "me.ppk": "PuTTY-User-Key-File-3: ssh-ed25519\n"}
    assert [each.partition(":")[0] for each in messages(ID, files)] == ["me.asc", "me.ppk"]


@pytest.mark.parametrize(
    "text",
    [
        f"age-keygen prints AGE-SECRET-KEY-1{'Q' * 58}\n",
        "It begins with -----BEGIN OPENSSH PRIVATE KEY-----\nand more.\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n<your key>\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n",
    ],
)
def test_a_mere_mention_is_no_key(text: str) -> None:
    assert messages(ID, {".sops.yaml": RULES, "README.md": text}) == []


def test_a_staged_key_counts_as_tracked(tmp_path: Path) -> None:
    from sopskit.audits.subject import Subject
    from sopskit.repo.discovery import Repository
    from sopskit.repo.trees import index_tree
    from sopskit.workflows.opening import read_inventory

    example(tmp_path, {".sops.yaml": RULES}, git=True)
    (tmp_path / "k.txt").write_text(age_key().identity)
    subprocess.run(["git", "add", "k.txt"], cwd=tmp_path, check=True)
    (tmp_path / "k.txt").write_text("nothing\n")
    repository = Repository.open(tmp_path)
    tree = index_tree(repository)
    (finding,) = found(ID, Subject(read_inventory(repository, tmp_path, config=None, jobs=1, tree=tree)))
    assert finding.message.endswith("git tracks it")
