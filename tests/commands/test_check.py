"""`sopskit check`: what runs on what, what is left out, and the exit codes."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sopskit import audits
from tests.audits.examples import ALICE, BOB, encrypted, write
from tests.commands.workbench import Workbench, sopskit
from tests.docs.schemas import validate

if TYPE_CHECKING:
    from pathlib import Path

RULES = f"""keys:
  - &alice {ALICE}
  - &bob {BOB}
creation_rules:
  - path_regex: ^a/
    age: *alice
"""
#: What it has to say of these is another matter than how it says it.
ONLY = ("--only", "rule-matches-nothing", "--only", "not-encrypted", "--only", "unused-key")


@pytest.fixture
def small(empty: Workbench) -> Workbench:
    """A rule, a file of it, and a key that no rule uses."""
    write(empty.root, {".sops.yaml": RULES, "a/x.yaml": encrypted(ALICE)})
    empty.commit_all()
    return empty


def _ids(*arguments: str) -> list[tuple[str, str]]:
    done = sopskit("check", "--format", "json", *arguments)
    assert done.code in (0, 1, 6), done.err
    return [(each["id"], each["path"]) for each in json.loads(done.out)["findings"]]


def test_a_clean_repository(sample: Workbench) -> None:
    done = sopskit("check")
    assert (done.code, done.out) == (0, "no findings in 40 files\n")
    assert "mac-mismatch" not in done.err  # the admin's key is here


def test_a_finding_has_exit_code_1_and_information_0(small: Workbench) -> None:
    done = sopskit("check", *ONLY)
    assert done.code == 1
    assert done.out.splitlines()[0].startswith(".sops.yaml:3:5: warning: ")
    assert done.out.splitlines()[-1] == "1 finding in 1 file: 1 warning"
    (small.root / ".sops.yaml").write_text(f"# sopskit: ignore[drift]\n{RULES}")
    info = ("--only", "drift", "--only", "unused-ignore")
    assert _ids(*info) == [("unused-ignore", ".sops.yaml")]
    assert sopskit("check", *info).code == 0


def test_every_audit_has_a_line_in_the_list() -> None:
    done = sopskit("check", "--list")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == list(audits.ids())


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--only", "nothing"], "there is no audit nothing"),
        (["--skip", "nothing"], "there is no audit nothing"),
        (["nowhere"], "nowhere: no file of the repository is there"),
        (["--yes"], "--yes goes with --fix"),
        (["--dry-run"], "--dry-run goes with --fix"),
        (["--staged", "--history"], "--staged and --history contradict each other"),
        (["--fix", "--staged"], "--fix changes the work tree, not what is staged"),
        (["--fix", "--dry-run", "--format", "json"], "--fix --dry-run has text output only"),
    ],
)
def test_wrong_usage(arguments: list[str], error: str, small: Workbench) -> None:
    done = sopskit("check", *arguments)
    assert done.code == 2
    assert error in done.err


def test_only_and_skip(small: Workbench) -> None:
    assert _ids("--only", "unused-key") == [("unused-key", ".sops.yaml")]
    assert _ids("--only", "unused-key", "--skip", "unused-key") == []


def test_paths_leave_out_what_lies_elsewhere(small: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    write(small.root, {"a/b/plain.yaml": "a: 1\n"})
    assert _ids("a", *ONLY) == [("not-encrypted", "a/b/plain.yaml")]
    assert _ids("a/x.yaml", *ONLY) == []
    monkeypatch.chdir(small.root / "a")
    assert _ids("b", *ONLY) == [("not-encrypted", "a/b/plain.yaml")]
    assert _ids("../.sops.yaml", *ONLY) == [("unused-key", ".sops.yaml")]


def test_an_unreadable_file_outranks_findings(small: Workbench) -> None:
    (small.root / "a/y.yaml").symlink_to("nowhere")
    done = sopskit("check", "--format", "json", *ONLY)
    assert done.code == 6
    (skipped,) = json.loads(done.out)["skipped"]
    assert (skipped["id"], skipped["path"]) == (None, "a/y.yaml")
    assert "a/y.yaml was not read" in sopskit("check", *ONLY).err


def test_an_audit_that_lacks_something_says_so_and_fails_nothing(small: Workbench) -> None:
    done = sopskit("check", "--only", "mac-mismatch", "--format", "json")
    assert done.code == 0
    (skipped,) = json.loads(done.out)["skipped"]
    assert (skipped["id"], skipped["path"]) == ("mac-mismatch", None)
    assert "not run: mac-mismatch (it needs a private key" in sopskit("check", "--only", "mac-mismatch").err


def test_a_config_that_cannot_be_used_is_a_finding(small: Workbench) -> None:
    (small.root / ".sops.yaml").write_text("creation_rules: [\n")
    assert ("unusable-config", ".sops.yaml") in _ids()
    (small.root / ".sops.yaml").unlink()
    assert sopskit("check").code == 3


# Ignoring.


def test_a_marker_in_a_line_and_above_it(small: Workbench) -> None:
    path = small.root / ".sops.yaml"
    path.write_text(RULES.replace("- &bob ", "- &bob  ").replace(BOB, f"{BOB} # sopskit: ignore[unused-key]"))
    assert _ids(*ONLY) == []
    path.write_text(RULES.replace("  - &bob", "  # sopskit: ignore[unused-key]\n  - &bob"))
    assert _ids(*ONLY) == []
    assert "1 ignored" in sopskit("check", *ONLY).out


def test_settings_leave_out_audits_and_findings(small: Workbench) -> None:
    settings = small.root / ".sopskit.toml"
    write(small.root, {"a/plain.yaml": "a: 1\n", "a/b/plain.yaml": "a: 1\n"})
    settings.write_text('[check]\nskip = ["unused-key"]\nignore = [{id = "not-encrypted", path = "a/b/"}]\n')
    found = _ids()
    assert ("not-encrypted", "a/plain.yaml") in found
    assert ("not-encrypted", "a/b/plain.yaml") not in found
    assert not [path for id_, path in found if id_ == "unused-key"]
    assert _ids("--only", "unused-key") == [("unused-key", ".sops.yaml")]  # it is asked for by name


def test_an_ignore_that_ignores_nothing_and_an_id_that_is_none(small: Workbench) -> None:
    path = small.root / ".sops.yaml"
    path.write_text(f"# sopskit: ignore[drift, drfit]\n{RULES}")
    (small.root / ".sopskit.toml").write_text(
        '[check]\nskip = ["nothing"]\nignore = [{id = "not-encrypted", path = "b/"}]\n'
    )
    done = json.loads(sopskit("check", "--format", "json").out)["findings"]
    found = [(each["id"], each["path"], each["line"], each["column"]) for each in done]
    assert [each for each in found if each[0] in ("unused-ignore", "unknown-audit-id")] == [
        ("unused-ignore", ".sops.yaml", 1, 19),
        ("unknown-audit-id", ".sops.yaml", 1, 26),
        ("unknown-audit-id", ".sopskit.toml", 2, 1),
        ("unused-ignore", ".sopskit.toml", 3, 1),
    ]


def test_an_audit_that_did_not_run_says_nothing_of_its_ignores(small: Workbench) -> None:
    (small.root / ".sops.yaml").write_text(f"# sopskit: ignore[drift]\n{RULES}")
    assert _ids("--only", "unused-ignore") == []
    assert _ids("--only", "unused-ignore", "a") == []
    assert _ids("--only", "unused-ignore", "--only", "drift") == [("unused-ignore", ".sops.yaml")]


def test_what_settings_silence_is_named(small: Workbench) -> None:
    write(small.root, {"a/plain.yaml": "a: 1\n"})
    write(small.root, {".sops.yaml": RULES.replace(BOB, f"{BOB} # sopskit: ignore[unused-key]")})
    settings = '[check]\nskip = ["rule-shadowed"]\nignore = [{id = "not-encrypted", reason = "made so"}]\n'
    write(small.root, {".sopskit.toml": settings})
    done = sopskit("check", "-v", *ONLY, "--only", "rule-shadowed")
    assert "not run:" not in done.err  # it was asked for
    done = sopskit("check", "-v")
    assert "not run: rule-shadowed (.sopskit.toml skips it)" in done.err
    assert "ignored by .sopskit.toml (made so): a/plain.yaml: error: is not encrypted" in done.err
    assert "ignored by a marker: .sops.yaml:3:5: warning: no rule uses the key bob" in done.err
    document = json.loads(sopskit("check", "--format", "json").out)
    validate("check", document)
    assert {"id": "rule-shadowed", "path": None, "reason": ".sopskit.toml skips it"} in document["skipped"]
    ignored = {(each["finding"]["id"], each["by"], each["reason"]) for each in document["ignored"]}
    assert ignored == {("not-encrypted", "settings", "made so"), ("unused-key", "marker", None)}
    assert document["summary"]["ignored"] == 2


@pytest.mark.parametrize("path", ["", "**", ".sopskit.toml"])
def test_that_an_ignore_is_of_no_use_cannot_be_ignored(path: str, small: Workbench) -> None:
    items = [f'{{id = "{id_}", path = "{path}"}}' for id_ in ("drift", "unused-ignore")]
    write(small.root, {".sopskit.toml": f"[check]\nignore = [{', '.join(items)}]\n"})
    found = json.loads(sopskit("check", "--format", "json").out)["findings"]
    messages = [each["message"] for each in found if each["id"] == "unused-ignore"]
    where = f"in {path or 'every file'}"
    assert sorted(messages) == [
        f"ignores drift, which finds nothing {where}",
        "ignores unused-ignore, which cannot be ignored",
    ]


def test_without_an_encrypted_file_no_key_is_missed(small: Workbench) -> None:
    only = ("--only", "mac-mismatch", "--format", "json")
    assert [each["id"] for each in json.loads(sopskit("check", *only).out)["skipped"]] == ["mac-mismatch"]
    write(small.root, {"a/plain.yaml": "a: 1\n"})
    assert json.loads(sopskit("check", *only, "a/plain.yaml").out)["skipped"] == []


def test_work_grows_with_the_findings_and_no_faster(small: Workbench) -> None:
    few, many = (_calls(small, number) for number in (100, 300))
    assert many < 4 * few


def _calls(workbench: Workbench, number: int) -> int:
    """How many functions of Python a check calls where so many files are plaintext."""
    write(workbench.root, {f"a/{each}.yaml": "token: x\n" for each in range(number)})
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        assert sopskit("check", "--only", "not-encrypted", "--jobs", "1").code == 1
    finally:
        sys.setprofile(None)
    return calls


def test_settings_that_nobody_understands(small: Workbench) -> None:
    (small.root / ".sopskit.toml").write_text("[check]\nskpi = []\n")
    done = sopskit("check")
    assert done.code == 3
    assert "error: .sopskit.toml:2: there is no setting 'skpi'" in done.err


# What is staged.


def test_what_is_staged_counts_and_nothing_else(small: Workbench) -> None:
    write(small.root, {"a/staged.yaml": "a: 1\n", "a/not.yaml": "a: 1\n"})
    small.git("add", "a/staged.yaml")
    write(small.root, {"a/staged.yaml": encrypted(ALICE), "a/x.yaml": "a: 1\n"})
    assert _ids("--staged", *ONLY) == [("not-encrypted", "a/staged.yaml")]
    assert _ids("--staged", "a/x.yaml", *ONLY) == []


def test_rules_count_as_they_are_staged(small: Workbench) -> None:
    write(small.root, {"b/y.yaml": "a: 1\n"})
    small.git("add", "b/y.yaml")
    rules = RULES + f"  - path_regex: ^b/\n    age: {BOB}\n"
    write(small.root, {".sops.yaml": rules})
    assert _ids("--staged", "--only", "not-encrypted") == []
    small.git("add", ".sops.yaml")
    assert _ids("--staged", "--only", "not-encrypted") == [("not-encrypted", "b/y.yaml")]


def test_a_staged_config_is_checked_too(small: Workbench) -> None:
    write(small.root, {".sops.yaml": RULES.replace("path_regex", "path_regx")})
    assert _ids("--staged", "--only", "unknown-field") == []
    small.git("add", ".sops.yaml")
    assert _ids("--staged", "--only", "unknown-field") == [("unknown-field", ".sops.yaml")]
    write(small.root, {".sops.yaml": "creation_rules: ["})
    small.git("add", ".sops.yaml")
    assert _ids("--staged", "--only", "unusable-config") == [("unusable-config", ".sops.yaml")]


def test_what_is_staged_before_the_first_commit(empty: Workbench) -> None:
    write(empty.root, {".sops.yaml": RULES, "a/x.yaml": "a: 1\n", "a/y.yaml": "a: 1\n"})
    empty.git("add", ".sops.yaml", "a/x.yaml")
    assert _ids("--staged", *ONLY) == [("not-encrypted", "a/x.yaml")]


def test_settings_and_markers_count_as_they_are_staged(small: Workbench) -> None:
    write(small.root, {"a/y.yaml": "# sopskit: ignore[not-encrypted]\na: 1\n", "a/z.yaml": "a: 1\n"})
    write(small.root, {".sopskit.toml": '[check]\nignore = [{id = "not-encrypted", path = "z.yaml"}]\n'})
    small.git("add", "--all")
    write(small.root, {"a/y.yaml": "a: 1\n", ".sopskit.toml": "broken"})
    assert _ids("--staged", *ONLY) == []


def test_outside_git_nothing_is_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {".sops.yaml": RULES, "a/x.yaml": encrypted(ALICE)})
    monkeypatch.chdir(tmp_path)
    assert _ids(*ONLY) == [("unused-key", ".sops.yaml")]
    done = sopskit("check", "--staged")
    assert done.code == 3
    assert "is no git repository" in done.err


# History.


def test_a_commit_that_a_hook_would_have_stopped(small: Workbench) -> None:
    write(small.root, {"a/y.yaml": "a: 1\n"})
    small.commit_all()
    stopped = small.git("rev-parse", "HEAD").strip()
    write(small.root, {"a/y.yaml": encrypted(ALICE)})
    small.commit_all()
    assert _ids("--only", "not-encrypted") == []
    done = sopskit("check", "--history", "--only", "not-encrypted", "--format", "json")
    (finding,) = json.loads(done.out)["findings"]
    assert (done.code, finding["commit"], finding["at_head"]) == (1, stopped, False)
    assert (finding["path"], finding["fixable"]) == ("a/y.yaml", False)
    assert _ids("--history", "--only", "not-encrypted", "a/x.yaml") == []


def test_what_is_still_so_is_reported_once(small: Workbench) -> None:
    write(small.root, {"a/y.yaml": "a: 1\n"})
    small.commit_all()
    assert _ids("--history", "--only", "not-encrypted") == [("not-encrypted", "a/y.yaml")]


def test_history_counts_where_it_is_asked_for_or_remembered(small: Workbench) -> None:
    only = ("--only", "committed-in-clear", "--format", "json")
    (skipped,) = json.loads(sopskit("check", *only).out)["skipped"]
    assert skipped["id"] == "committed-in-clear"
    assert json.loads(sopskit("check", "--history", *only).out)["skipped"] == []
    assert json.loads(sopskit("check", *only).out)["skipped"] == []
    write(small.root, {"b/new.yaml": encrypted(ALICE)})
    assert json.loads(sopskit("check", *only).out)["skipped"] == [skipped]  # it may have been plaintext
    small.commit_all()
    assert json.loads(sopskit("check", *only).out)["skipped"] == [skipped]
    sopskit("exposure", "--no-identity")
    assert json.loads(sopskit("check", *only).out)["skipped"] == []


# Several configs.


def test_configs_below_the_root_alone(empty: Workbench) -> None:
    rules = f"creation_rules:\n  - path_regex: ^x\n    age: {ALICE}\n"
    write(empty.root, {"a/.sops.yaml": rules, "b/.sops.yaml": rules, "a/x.yaml": encrypted(ALICE)})
    assert _ids("--only", "rule-matches-nothing") == [("rule-matches-nothing", "b/.sops.yaml")]


def test_a_config_that_is_given_governs_all(small: Workbench) -> None:
    other = small.root / "other.yaml"
    other.write_text(f"creation_rules:\n  - path_regex: ^q\n    age: {ALICE}\n")
    assert _ids("--config", str(other), "--only", "rule-matches-nothing") == [
        ("rule-matches-nothing", "other.yaml")
    ]
    assert sopskit("check", "--config", "/etc/passwd").code == 3
    other.write_text("creation_rules: [")
    assert _ids("--config", str(other), "--only", "unusable-config") == [("unusable-config", "other.yaml")]


# Output.


def _documents(formats: tuple[str, ...]) -> list[Any]:
    return [json.loads(sopskit("check", "--format", each).out) for each in formats]


def test_sarif_holds_what_is_ignored_and_every_audit_that_ran(small: Workbench) -> None:
    path = small.root / ".sops.yaml"
    path.write_text(RULES.replace(BOB, f"{BOB} # sopskit: ignore[unused-key]"))
    log, document = _documents(("sarif", "json"))
    (run,) = log["runs"]
    suppressed = [each["ruleId"] for each in run["results"] if "suppressions" in each]
    assert suppressed == ["unused-key"]
    assert len(run["results"]) == len(document["findings"]) + 1
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == [
        each for each in audits.ids() if each not in {skip["id"] for skip in document["skipped"]}
    ]


def test_annotations_alone_are_on_stdout(small: Workbench) -> None:
    done = sopskit("check", "--format", "github", *ONLY)
    assert done.code == 1
    assert [line.split(" ")[0] for line in done.out.splitlines()] == ["::warning"]
    assert "1 finding in 1 file" in done.err


def test_the_start_is_quick_for_a_hook(small: Workbench) -> None:
    from tests.test_startup import imported

    code = "from sopskit.cli.main import main\nmain(['check', '--staged', '--skip', 'mac-mismatch'])"
    before = os.getcwd()  # noqa: PTH109
    os.chdir(small.root)
    try:
        assert imported(code) <= {"re2", "yaml"}  # each audit imports what it needs when it finds a case
    finally:
        os.chdir(before)
