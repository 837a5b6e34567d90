"""Living with findings: markers, `.sopskit.toml`, the baseline, `--fail-on`."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sopskit.cli.main import main
from sopskit.errors import ConfigurationError
from sopskit.scanner import baseline
from tests.scanner.gits import RULE, Git, token

BASELINE = ".sopskit-baseline.json"


@pytest.fixture
def places(capsys: pytest.CaptureFixture[str]) -> Any:
    """The places of what a scan reports, and how many findings it has ignored."""

    def run(*arguments: str) -> tuple[list[tuple[str, int]], int]:
        capsys.readouterr()
        code = main(["scan", "--format", "json", *arguments])
        document = json.loads(capsys.readouterr().out)
        assert code == (1 if document["findings"] else 0)
        found = [(each["path"], each["line"]) for each in document["findings"]]
        return found, document["summary"]["ignored"]

    return run


class TestMarkers:
    @pytest.mark.parametrize(
        "text",
        [
            f"x\nt = '{token(1)}'  # sopskit: ignore[{RULE}]\n",
            f"# sopskit: ignore[other, {RULE}]\nt = '{token(1)}'\n",
            f"# sopskit: ignore[{RULE}]\n# sopskit: ignore[other]\nt = '{token(1)}'\n",
            f"/* sopskit: ignore[{RULE}] */ t = '{token(1)}'",
        ],
    )
    def test_beside_or_above(self, git: Git, places: Any, text: str) -> None:
        git.write({"a": text})
        assert places() == ([], 1)
        git("add", "-A")
        assert places("--staged") == ([], 1)
        git.commit({})
        assert places("--history") == ([], 1)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (f"# sopskit: ignore[other]\nt = '{token(1)}'\n", 2),
            (f"# sopskit: ignore[{RULE}]\n\nt = '{token(1)}'\n", 3),
            (f"x = 1  # sopskit: ignore[{RULE}]\nt = '{token(1)}'\n", 2),
            (f"t = '{token(1)}'\n# sopskit: ignore[{RULE}]\n", 1),
        ],
    )
    def test_elsewhere_it_says_nothing(self, git: Git, places: Any, text: str, line: int) -> None:
        git.write({"a": text})
        assert places() == ([("a", line)], 0)

    def test_on_a_long_line_it_stands_near(self, git: Git, places: Any) -> None:
        marker = f"sopskit: ignore[{RULE}]"
        git.write({"near": f"{'x ' * 99999}{token(1)} {marker} {'x ' * 99999}"})
        git.write({"far": f"{token(2)} {'x ' * 99999} {marker}"})
        assert places() == ([("far", 1)], 1)


class TestSettings:
    def test_paths_rules_and_stopwords(self, git: Git, places: Any) -> None:
        git.write({"vendor/a": token(1), "x/tests/b": token(2), "c": token(3), "d": token(4)})
        stopword = token(3)[10:16].lower()
        git.write(
            {
                ".sopskit.toml": f"""
            [scan]
            exclude = ["vendor/"]
            ignore = [{{ id = "{RULE}", path = "x/**" }}]
            stopwords = ["{stopword}"]
            """
            }
        )
        assert places() == ([("d", 1)], 2)
        assert places("vendor/a", "d") == ([("d", 1)], 0)  # as a hook names files
        git.commit({})
        assert places("--history") == ([("d", 1)], 2)
        git.write({".sopskit.toml": f"[scan]\nskip = ['{RULE}']"})
        assert places() == ([], 4)

    def test_files_that_are_left_out_are_counted(self, git: Git, capsys: pytest.CaptureFixture[str]) -> None:
        git.write({"vendor/a": token(1), "vendor/b": "x", "c.lock": "x"})
        git.write({".sopskit.toml": "[scan]\nexclude = ['vendor/', '*.lock']"})
        assert main(["scan"]) == 0
        assert "note: .sopskit.toml leaves out 3 files: *.lock (1), vendor/ (2)\n" in capsys.readouterr().err

    def test_what_is_ignored_is_named_on_request(self, git: Git, capsys: pytest.CaptureFixture[str]) -> None:
        git.write({"a": f"{token(1)}  # sopskit: ignore[{RULE}]"})
        assert main(["scan", "-v"]) == 0
        assert "ignored by a marker: a:1:1: error: GitHub" in capsys.readouterr().err

    def test_a_stopword_of_one_rule(self, git: Git, places: Any) -> None:
        git.write({"a": token(1)})
        word = token(1)[10:16]
        git.write({".sopskit.toml": f"[scan]\nstopwords = [{{id = 'generic-secret', word = '{word}'}}]"})
        assert places() == ([("a", 1)], 0)
        git.write({".sopskit.toml": f"[scan]\nstopwords = [{{id = '{RULE}', word = '{word}'}}]"})
        assert places() == ([], 1)

    def test_a_severity_that_was_changed_is_said(self, git: Git, capsys: pytest.CaptureFixture[str]) -> None:
        git.write({"a": token(1), ".sopskit.toml": f"[scan.severity]\n{RULE} = 'info'"})
        assert main(["scan"]) == 0
        assert "a:1:1: info: GitHub" in (out := capsys.readouterr().out)
        assert "(info by .sopskit.toml, else error)" in out
        assert main(["scan", "--fail-on", "info"]) == 1

    def test_of_the_index_where_that_is_scanned(self, git: Git, places: Any) -> None:
        git.write({"a": token(1), ".sopskit.toml": "[scan]\nexclude = ['a']\n"})
        git("add", "a")
        assert places("--staged") == ([("a", 1)], 0)
        git("add", "-A")
        assert places("--staged") == ([], 0)

    def test_a_secret_that_is_accepted_in_one_place_is_not_in_another(self, git: Git, places: Any) -> None:
        git.commit({".sopskit.toml": f"[scan]\nignore = [{{ id = '{RULE}', path = 'a' }}]", "a": token(1)})
        assert places("--history") == ([], 1)
        git.commit({"b": token(1)})
        assert places("--history") == ([("b", 1)], 1)


class TestBaseline:
    def test_it_follows_a_secret_and_notices_another(self, git: Git, places: Any) -> None:
        git.commit({"a": f"t = '{token(1)}'\n"})
        assert main(["scan", "--write-baseline"]) == 0
        assert places() == ([], 1)
        git.write({"a": f"\n\n\n  t = '{token(1)}'\n"})
        assert places() == ([], 1)
        (git.root / "a").rename(git.root / "renamed")
        assert places() == ([], 1)
        git.write({"renamed": f"\n\n\n  t = '{token(2)}'\n"})
        assert places() == ([("renamed", 4)], 0)

    def test_it_survives_rebase_and_squash(self, git: Git, places: Any) -> None:
        git.commit({"z": "x"})
        git("checkout", "-q", "-b", "topic")
        git.commit({"a": token(1)})
        git.commit({"b": token(2)})
        assert main(["scan", "--history", "--write-baseline"]) == 0
        git("add", BASELINE)
        git("commit", "-qm", "baseline")
        git("checkout", "-q", "main")
        git.commit({"m": "x"})
        git("checkout", "-q", "topic")
        git("rebase", "-q", "main")
        assert places("--history") == ([], 2)
        git("reset", "-q", "--soft", "main")
        git("commit", "-qm", "squashed")
        git("branch", "-q", "-f", "main")
        assert places("--history") == ([], 2)

    def test_only_the_option_writes_it(self, git: Git, places: Any) -> None:
        git.commit({"a": token(1)})
        places()
        places("--history")
        assert not (git.root / BASELINE).exists()
        assert main(["scan", "--write-baseline"]) == 0
        content = (git.root / BASELINE).read_bytes()
        git.write({"b": token(2)})
        places()
        git("add", "-A")
        assert places("--staged") == ([("b", 1)], 0)
        assert (git.root / BASELINE).read_bytes() == content

    def test_no_secret_and_no_fingerprint_stands_in_it(
        self, git: Git, capsys: pytest.CaptureFixture[str]
    ) -> None:
        git.commit({"a": token(1)})
        main(["scan", "--format", "json"])
        (finding,) = json.loads(capsys.readouterr().out)["findings"]
        main(["scan", "--write-baseline"])
        content = (git.root / BASELINE).read_text()
        assert token(1)[4:12] not in content
        assert finding["fingerprint"] not in content
        assert json.loads(content)["schema"] == "sopskit.baseline/1"

    def test_writing_again_keeps_key_and_entries(self, git: Git) -> None:
        git.commit({"a": token(1)})
        main(["scan", "--write-baseline"])
        first = (git.root / BASELINE).read_bytes()
        main(["scan", "--write-baseline"])
        assert (git.root / BASELINE).read_bytes() == first
        git.commit({"a": token(2)})
        main(["scan", "--write-baseline"])
        second = (git.root / BASELINE).read_bytes()
        assert set(first.splitlines()) < set(second.splitlines())

    def test_git_merges_what_two_branches_add(self, git: Git, places: Any) -> None:
        git.commit({f"{number}": token(number) for number in range(40)})
        main(["scan", "--write-baseline"])
        git.commit({".gitattributes": f"{BASELINE} merge=union\n"})
        for branch, numbers in (("one", (50, 51, 52)), ("other", (60, 61, 62))):
            git("checkout", "-q", "-b", branch, "main")
            git.write({f"{number}": token(number) for number in numbers})
            main(["scan", "--write-baseline"])
            git.commit({})
        git("merge", "-q", "one")
        assert places() == ([], 46)

    @pytest.mark.parametrize("number", [0, 40])
    def test_two_branches_that_add_one_entry_each_merge_without_an_attribute(
        self, git: Git, number: int
    ) -> None:
        """Also side by side, and in a baseline that is empty."""
        known = baseline.Baseline(
            b"k" * 16, {f"{each:02x}ff": baseline.Entry("r", "p") for each in range(number)}
        )
        git.commit({BASELINE: baseline.render(known)})
        for branch, name in (("one", "51aa"), ("other", "52bb")):
            git("checkout", "-q", "-b", branch, "main")
            more = dict(known.entries) | {name: baseline.Entry("r", "p")}
            git.commit({BASELINE: baseline.render(known._replace(entries=more))})
        git("merge", "-q", "one")
        merged = baseline.parse((git.root / BASELINE).read_bytes())
        assert set(merged.entries) == {*known.entries, "51aa", "52bb"}

    def test_another_file(self, git: Git, places: Any) -> None:
        git.commit({"a": token(1)})
        main(["scan", "--write-baseline"])
        (git.root / BASELINE).rename(git.root.parent / "known.json")
        assert places() == ([("a", 1)], 0)
        assert places("--baseline", "../known.json") == ([], 1)
        assert places("--baseline", "../known.json", "--history") == ([], 1)
        assert main(["scan", "--baseline", "missing"]) == 6

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"[]",
            b"{",
            b"\xff",
            b"[" * 100_000,
            b'{"schema": "sopskit.baseline/2"}',
            b'{"schema": "sopskit.baseline/1"}',
            b'{"schema": "sopskit.baseline/1", "key": "00"}',
            b'{"schema": "sopskit.baseline/1", "key": "%s", "x": 1}' % (b"00" * 16),
            b'<<<<<<< HEAD\n{"schema": "sopskit.baseline/1"}',
        ],
    )
    def test_what_is_no_baseline_is_refused(self, content: bytes) -> None:
        with pytest.raises(ConfigurationError):
            baseline.parse(content)

    def test_it_reads_what_it_writes(self) -> None:
        entries = {"ab": baseline.Entry("rule", "caf\udce9 ü\n"), "cd": baseline.Entry("r", '"')}
        known = baseline.Baseline(b"k" * 16, entries)
        assert baseline.parse(baseline.render(known)) == known


@pytest.mark.parametrize(
    ("level", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0), (None, 1)]
)
def test_fail_on(git: Git, level: str | None, code: int) -> None:
    git.write({"a": token(1)})
    assert main(["scan", *(["--fail-on", level] if level else [])]) == code


def test_an_unread_file_fails_whatever_is_asked_for(git: Git) -> None:
    git.write({"a": "x"})
    git("add", "-A")
    blob = git("rev-parse", ":a")
    (git.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert main(["scan", "--staged", "--fail-on", "never"]) == 6


def test_sarif_names_what_is_accepted(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"a": f"{token(1)}  # sopskit: ignore[{RULE}]"})
    assert main(["scan", "--format", "sarif"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource"}]


def test_the_hook_leaves_no_file(git: Git) -> None:
    git.write({"a": token(1)})
    git("add", "-A")
    before = subprocess.run(["find", ".", "-newer", "a"], capture_output=True, check=True).stdout
    main(["scan", "--staged"])
    assert subprocess.run(["find", ".", "-newer", "a"], capture_output=True, check=True).stdout == before
