"""The commits that a hook would have stopped."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sopskit import audits
from sopskit.audits.interface import Scope
from sopskit.audits.subject import Subject
from sopskit.repo.discovery import Repository
from sopskit.repo.trees import commit_tree
from sopskit.workflows.check_history import HistoryFindings, history_findings
from sopskit.workflows.opening import read_inventory
from tests.audits.examples import ALICE, BOB, encrypted, write
from tests.commands.workbench import age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.findings import Finding

RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"


class Past(NamedTuple):
    """A repository with commits."""

    root: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, str], *gone: str) -> str:
        """Commit these files; returns the commit's id."""
        write(self.root, files)
        for path in gone:
            (self.root / path).unlink()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def found(self, *, jobs: int = 1, config: Path | None = None) -> list[Finding]:
        return list(self.report(jobs=jobs, config=config).findings)

    def report(self, *, jobs: int = 1, config: Path | None = None) -> HistoryFindings:
        return history_findings(Repository.open(self.root), audits.audits(), config, jobs)

    def brief(self) -> list[tuple[str, str, str | None, bool]]:
        return [(each.id, each.path, each.commit, each.at_head) for each in self.found()]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    made = Past(tmp_path / "repository")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def test_plaintext_that_was_encrypted_later(past: Past) -> None:
    past.commit({".sops.yaml": RULES})
    bad = past.commit({"secrets/a.yaml": "password: x\n"})
    past.commit({"secrets/a.yaml": encrypted(ALICE), "README.md": "# hello\n"})
    assert past.brief() == [("not-encrypted", "secrets/a.yaml", bad, False)]


def test_each_commit_that_leaves_it_so_is_one_of_its_own(past: Past) -> None:
    first = past.commit({".sops.yaml": RULES, "secrets/a.yaml": "password: x\n"})
    second = past.commit({"secrets/a.yaml": "password: y\n"})
    past.commit({"README.md": "# hello\n"})
    assert past.brief() == [
        ("not-encrypted", "secrets/a.yaml", first, True),
        ("not-encrypted", "secrets/a.yaml", second, True),
    ]


def test_the_rules_of_the_commit_count(past: Past) -> None:
    past.commit({".sops.yaml": RULES.replace("^secrets/", "^other/"), "secrets/a.yaml": "password: x\n"})
    past.commit({".sops.yaml": RULES})
    assert past.brief() == []  # the file itself did not change
    bad = past.commit({"secrets/b.yaml": encrypted(ALICE, BOB)})
    past.commit({".sops.yaml": RULES.replace(ALICE, f"{ALICE},{BOB}")})
    assert past.brief() == [("drift", "secrets/b.yaml", bad, False)]


def test_before_there_were_rules_no_rule_is_missed(past: Past) -> None:
    past.commit({"other/a.yaml": encrypted(ALICE)})
    past.commit({".sops.yaml": RULES})
    bad = past.commit({"other/b.yaml": encrypted(ALICE)})
    assert past.brief() == [("encrypted-without-rule", "other/b.yaml", bad, True)]


def test_a_key_and_a_copy_that_are_gone(past: Past) -> None:
    key = past.commit({".sops.yaml": RULES, "keys.txt": age_key().identity})
    copy = past.commit({"a.dec.yaml": "password: x\n"}, "keys.txt")
    past.commit({}, "a.dec.yaml")
    assert past.brief() == [
        ("private-key-file", "keys.txt", key, False),
        ("decrypted-copy", "a.dec.yaml", copy, False),
    ]


def test_a_private_key_in_the_rules_themselves(past: Past) -> None:
    bad = past.commit({".sops.yaml": f"# {age_key().identity}\n{RULES}"})
    past.commit({".sops.yaml": RULES})
    assert past.brief() == [("private-key-in-rules", ".sops.yaml", bad, False)]


def test_what_only_a_merge_brings_and_what_it_takes_over(past: Past) -> None:
    past.commit({".sops.yaml": RULES})
    past.git("checkout", "--quiet", "-b", "other")
    on_branch = past.commit({"secrets/branch.yaml": "password: x\n"})
    past.git("checkout", "--quiet", "main")
    past.commit({"README.md": "# hello\n"})
    past.git("merge", "--quiet", "--no-commit", "--no-ff", "other")
    merge = past.commit({"secrets/evil.yaml": "password: y\n"})
    assert past.brief() == [
        ("not-encrypted", "secrets/branch.yaml", on_branch, True),
        ("not-encrypted", "secrets/evil.yaml", merge, True),
    ]


def test_commits_of_every_ref_and_a_detached_head(past: Past) -> None:
    past.commit({".sops.yaml": RULES})
    past.git("checkout", "--quiet", "--detach")
    detached = past.commit({"secrets/a.yaml": "password: x\n"})
    past.git("tag", "kept")
    past.git("checkout", "--quiet", "main")
    assert past.brief() == [("not-encrypted", "secrets/a.yaml", detached, False)]


def test_a_content_that_comes_back_is_the_first_commits_finding(past: Past) -> None:
    first = past.commit({".sops.yaml": RULES, "secrets/a.yaml": "password: x\n"})
    past.commit({"secrets/a.yaml": encrypted(ALICE)})
    past.commit({"secrets/a.yaml": "password: x\n"})
    assert past.brief() == [("not-encrypted", "secrets/a.yaml", first, True)]


def test_nearest_rules_and_rules_given_by_name(past: Past) -> None:
    other = RULES.replace("^secrets/", "^x/")
    bad = past.commit(
        {".sops.yaml": RULES, "apps/.sops.yaml": other, "apps/x/a.yaml": "a: b\n", "x/a.yaml": "a: b\n"}
    )
    assert past.brief() == [("not-encrypted", "apps/x/a.yaml", bad, True)]
    found = past.found(config=past.root / "apps" / ".sops.yaml")
    assert [each.path for each in found] == ["apps/x/a.yaml"]


def test_rules_that_cannot_be_read_links_and_no_commits(past: Past) -> None:
    assert past.brief() == []
    (past.root / "secrets").mkdir()
    (past.root / "secrets" / "link.yaml").symlink_to("nowhere")
    bad = past.commit({".sops.yaml": "a: [\n", "secrets/a.yaml": "password: x\n"})
    assert past.brief() == [("unusable-config", ".sops.yaml", bad, True)]


def test_a_folder_outside_git_has_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "folder", {".sops.yaml": RULES})
    monkeypatch.chdir(tmp_path / "folder")
    result = sopskit("check", "--history")
    assert (result.code, "is no git repository" in result.err) == (3, True)


def test_names_that_are_no_text(past: Past) -> None:
    past.commit({".sops.yaml": RULES})
    bad = past.commit({"secrets/new\nline \udcff.yaml": "password: x\n"})
    assert past.brief() == [("not-encrypted", "secrets/new\nline \udcff.yaml", bad, True)]


def test_a_shallow_clone_says_so(past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past.commit({".sops.yaml": RULES, "secrets/a.yaml": "password: x\n"})
    last = past.commit({"secrets/b.yaml": "password: x\n"})
    assert not past.report().is_cut
    past.git("clone", "--quiet", "--depth=1", f"file://{past.root}", str(tmp_path / "shallow"))
    report = Past(tmp_path / "shallow").report()
    assert report.is_cut
    assert {each.commit for each in report.findings} == {last}
    monkeypatch.chdir(tmp_path / "shallow")
    result = sopskit("check", "--history", "--only", "drift")
    assert result.code == 6  # it read less than it was asked to
    assert "this clone is shallow" in result.err


def test_contents_that_a_partial_clone_lacks_are_unread(past: Past, tmp_path: Path) -> None:
    past.commit({".sops.yaml": RULES})
    past.commit({"secrets/a.yaml": "password: x\n"})
    past.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    past.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{past.root}", str(partial))
    report = Past(partial).report()
    assert report.findings == ()
    assert {path for path, _ in report.unread} == {".sops.yaml", "secrets/a.yaml"}
    Past(partial).git("cat-file", "blob", "HEAD:.sops.yaml")  # git fetches it
    assert {path for path, _ in Past(partial).report().unread} == {"secrets/a.yaml"}


def test_several_processes_find_the_same(past: Past) -> None:
    past.commit({".sops.yaml": RULES})
    stream = ""
    for number in range(150):
        text = f"password: {number}\n"
        stream += "commit refs/heads/main\ncommitter T <t@example.org> 0 +0000\ndata 0\n"
        stream += "from refs/heads/main^0\n" if not number else ""
        stream += f"M 100644 inline secrets/a.yaml\ndata {len(text)}\n{text}\n"
    subprocess.run(["git", "fast-import", "--quiet"], cwd=past.root, input=stream, text=True, check=True)
    alone = past.found()
    assert len(alone) == 150
    assert past.found(jobs=2) == alone


CONTENTS = ("password: x\n", "password: y\n", encrypted(ALICE), encrypted(ALICE, BOB), encrypted(BOB), "")
PATHS = ("secrets/a.yaml", "secrets/b.yaml", "apps/secrets/c.yaml", "apps/x/d.sops.yaml", "README.md")


@pytest.mark.parametrize("seed", range(3))
def test_the_same_is_found_commit_by_commit(past: Past, seed: int) -> None:
    """A history of branches and merges, held against audits of each commit's whole tree."""
    chance = random.Random(seed)
    past.commit({".sops.yaml": RULES})
    for number in range(25):
        if chance.random() < 0.2:
            past.git("checkout", "--quiet", "-B", f"b{number}")
        if chance.random() < 0.2:
            branches = past.git("branch", "--format=%(refname:short)").split()
            past.git("merge", "--quiet", "-X", "ours", "--no-edit", "-m", "merge", chance.choice(branches))
        elif chance.random() < 0.2:
            branches = past.git("branch", "--format=%(refname:short)").split()
            past.git("checkout", "--quiet", chance.choice(branches))
        files = {chance.choice(PATHS): chance.choice(CONTENTS)}
        if chance.random() < 0.2:
            config = chance.choice((".sops.yaml", "apps/.sops.yaml"))
            files[config] = chance.choice(
                (RULES, RULES.replace(ALICE, f"{ALICE},{BOB}"), RULES.replace("^secrets", "^x"))
            )
        past.commit(files)
    found = {(each.commit, each.path, each.fingerprint, each.at_head) for each in past.found()}
    assert found == _commit_by_commit(past)
    assert found


def _commit_by_commit(past: Past) -> set[tuple[str, str, str, bool]]:
    repository = Repository.open(past.root)
    at_head = {finding.fingerprint for finding in _audited(repository, "HEAD")}
    found: dict[tuple[str, str, str], tuple[str, str, str, bool]] = {}
    listing = ("diff-tree", "--root", "-r", "--no-commit-id", "--name-only", "-m", "--first-parent")
    for commit in past.git("log", "--all", "--topo-order", "--reverse", "--format=%H").split():
        changed = past.git(*listing, commit)
        for finding in _audited(repository, commit):
            if finding.path in changed.split("\n"):
                blob = past.git("rev-parse", f"{commit}:{finding.path}")
                still = finding.fingerprint in at_head
                key = (finding.path, blob, finding.fingerprint)
                found.setdefault(key, (commit, finding.path, finding.fingerprint, still))
    return set(found.values())


def _audited(repository: Repository, revision: str) -> list[Finding]:
    tree = commit_tree(repository, revision)
    inventory = read_inventory(repository, repository.root, config=None, jobs=1, tree=tree, tolerant=True)
    files = [each for each in audits.audits() if each.scope is Scope.FILE and not each.needs]
    return [finding for audit in files for finding in audit.detect(Subject(inventory))]
