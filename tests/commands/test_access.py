"""access: who reads what, by the rules and by the stanzas, as real sops has it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path  # noqa: TC003 - pytest reads the annotations
from typing import Any

import pytest

from tests.commands.repositories import keys, write_rules
from tests.commands.workbench import Workbench, sopskit
from tests.docs.schemas import validate


def access(*arguments: str) -> dict[str, Any]:
    """What `access --format json` says."""
    result = sopskit("access", "--format", "json", *arguments)
    assert result.code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    validate("access", document)
    return document


def files(*arguments: str) -> dict[str, dict[str, Any]]:
    """Its files by path."""
    return {each["path"]: each for each in access(*arguments)["files"]}


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


def edit(workbench: Workbench, old: str, new: str) -> None:
    path = workbench.root / ".sops.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_sample_as_a_matrix(sample: Workbench) -> None:
    result = sopskit("access")
    assert result.code == 0
    assert rows(result.out) == [
        ["FILES", "STATE", "admin", "cedar", "maple", "cluster"],
        ["12", "files", "in", "clusters/home/", "in-sync", "x", ".", ".", "x"],
        ["8", "files", "in", "hosts/cedar/", "in-sync", "x", "x", ".", "."],
        ["8", "files", "in", "hosts/maple/", "in-sync", "x", ".", "x", "."],
        ["12", "files", "in", "shared/", "in-sync", "x", "x", "x", "."],
        ["(-v", "lists", "every", "file)"],
    ]
    assert len(sopskit("access", "-v").out.splitlines()) == 1 + 40


def test_a_host_and_a_path(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(files("cedar")) == [p for p in files() if p.startswith(("hosts/cedar/", "shared/"))]
    assert len(sopskit("access", "cedar").out.splitlines()) == 1 + 20
    assert list(files("cedar", "shared")) == [p for p in files() if p.startswith("shared/")]
    monkeypatch.chdir(sample.root / "hosts")
    assert list(files("./cedar/users.yaml")) == ["hosts/cedar/users.yaml"]
    assert len(files("./cedar")) == 8  # the folder, not the host
    result = sopskit("access", "oak")
    assert (result.code, "there is no host and no secret file oak" in result.err) == (2, True)


def test_drift_shows_on_both_sides(sample: Workbench) -> None:
    edit(sample, "          - *cedar\n          - *maple\n", "          - *cedar\n          - *cluster\n")
    shared = files("shared/wifi.yaml")["shared/wifi.yaml"]
    assert shared["state"] == "drift"
    assert set(shared["by_rule"]) - set(shared["by_stanza"]) == {"cluster"}
    assert set(shared["by_stanza"]) - set(shared["by_rule"]) == {"maple"}
    out = sopskit("access", "shared/wifi.yaml").out
    assert rows(out)[1] == ["shared/wifi.yaml", "drift", "x", "x", "-", "+"]
    assert "+ by its rule, not yet in the file\n- in the file, not by its rule" in out
    hosts = sopskit("access", "--by", "host").out
    assert "20 files: hosts/maple/app.json, hosts/maple/backup.yaml, … (12-)" in hosts
    assert "24 files: clusters/home/apps/gitea.sops.env, clusters/home/apps/gitea.sops.yaml, … (12+)" in hosts


def test_shares_open_only_together_as_real_sops_has_it(empty: Workbench) -> None:
    """Two of three groups: who is in two of them opens the file alone, who is in one does not."""
    hosts = keys("ana", "ben", "eve", "box")
    names = {name: key.recipient for name, key in hosts.items()}
    write_rules(empty, hosts, {})
    path = empty.root / ".sops.yaml"
    path.write_text(
        path.read_text() + "  - path_regex: ^s/\n    shamir_threshold: 2\n    key_groups:\n"
        "      - age: [*ana, *box]\n      - age: [*ben, *box]\n      - age: [*eve]\n"
    )
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    file = files()["s/one.yaml"]
    assert (file["by_rule"], file["by_stanza"]) == (["box"], ["box"])
    assert file["with_others"] == {"by_rule": ["ana", "ben", "eve"], "by_stanza": ["ana", "ben", "eve"]}
    for name in names:
        assert (empty.decrypts("s/one.yaml", hosts[name].identity) is not None) is (name == "box")
    assert empty.decrypts("s/one.yaml", f"{hosts['ana'].identity}\n{hosts['eve'].identity}") == "a: 1\n"
    out = sopskit("access").out
    assert rows(out)[1] == ["s/one.yaml", "in-sync", "*", "*", "*", "x"]
    assert out.endswith("* only together with others\n")


def test_every_state_of_a_file(sample: Workbench) -> None:
    (sample.root / "shared/plain.yaml").write_text("a: 1\n")
    (sample.root / "shared/empty.yaml").touch()
    (sample.root / "orphan.yaml").write_bytes((sample.root / "shared/wifi.yaml").read_bytes())
    (sample.root / "shared/broken.yaml").write_text("sops:\n    mac: ENC[")
    found = files()
    assert found["shared/plain.yaml"]["by_stanza"] == []
    assert "cedar" in found["shared/plain.yaml"]["by_rule"]
    assert (found["orphan.yaml"]["rule"], found["orphan.yaml"]["by_rule"]) == (None, [])
    assert "cedar" in found["orphan.yaml"]["by_stanza"]
    assert {found[f"shared/{name}.yaml"]["state"] for name in ("plain", "empty", "broken")} == {
        "plaintext",
        "empty",
        "broken",
    }
    assert ["orphan.yaml", "orphan", "x", "x", "x", "."] in rows(sopskit("access").out)
    assert "1 file in clear: everyone reads it who has the repository" in sopskit("access").out


def test_a_key_of_nobody_is_a_reader(empty: Workbench) -> None:
    hosts = keys("ana")
    stranger = keys("x")["x"].recipient
    write_rules(empty, hosts, {"^s/": ["ana", stranger]})
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    assert files()["s/one.yaml"]["by_stanza"] == ["ana", stranger]
    assert access()["hosts"][1] == {"name": None, "role": None, "keys": [stranger]}
    assert f"{stranger[:12]}…" in sopskit("access").out
    assert list(files(stranger)) == ["s/one.yaml"]


def test_a_key_under_two_names_is_read_by_both(empty: Workbench) -> None:
    hosts = keys("ana")
    write_rules(empty, {"ana": hosts["ana"], "box": hosts["ana"]}, {"^s/": ["ana"]})
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    assert files()["s/one.yaml"]["by_stanza"] == ["ana", "box"]


def test_a_pgp_key_is_known_by_the_end_of_its_fingerprint(sample: Workbench) -> None:
    """The rule has a 64-bit key id, the files have the fingerprint: drift, and one reader all the same."""
    text = (sample.root / ".sops.yaml").read_text()
    fingerprint = text.split("&admin_pgp")[1].split()[0]
    edit(sample, fingerprint, fingerprint[-16:])
    wifi = files()["shared/wifi.yaml"]
    assert (wifi["state"], wifi["by_rule"]) == ("drift", wifi["by_stanza"])


def test_several_rules_files(empty: Workbench) -> None:
    """The nearest `.sops.yaml` counts; a name in two of them is one host."""
    (empty.root / "apps").mkdir()
    hosts = keys("ana", "box")
    write_rules(empty, hosts, {"^s/": ["ana"]})
    write_rules(empty, {"box": hosts["box"]}, {"^s/": ["box"]}, path="apps")
    (empty.root / "apps/s").mkdir()
    (empty.root / "s").mkdir()
    for path in ("apps/s/one.yaml", "s/one.yaml"):
        (empty.root / path).write_text("a: 1\n")
    found = files()
    assert {path: (each["config"], each["by_rule"]) for path, each in found.items()} == {
        "apps/s/one.yaml": ("apps/.sops.yaml", ["box"]),
        "s/one.yaml": (".sops.yaml", ["ana"]),
    }


def test_as_of_a_commit(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = access()
    assert sopskit("remove-host", "maple", "--yes", "--no-rotate").code == 0
    sample.commit_all()
    assert "maple" not in [each["name"] for each in access()["hosts"]]
    assert access("--as-of", "HEAD~1") == before
    monkeypatch.chdir(sample.root / "hosts")
    assert access("--as-of", "HEAD~1") == before
    missing = sopskit("access", "--as-of", "no-such-branch")
    assert (missing.code, "there is no commit no-such-branch" in missing.err) == (2, True)
    option = sopskit("access", "--as-of=--output=/tmp/x")
    assert option.code == 2


def test_consumers_and_whether_they_can_read(empty: Workbench) -> None:
    hosts = keys("nova", "louis")
    write_rules(empty, hosts, {"^secrets/nova/": ["nova", "louis"], "^secrets/vega/": ["louis"]})
    for host in ("nova", "vega"):
        empty.write_encrypted(f"secrets/{host}/one.yaml", "a: 1\n")
        folder = empty.root / "hosts" / host
        folder.mkdir(parents=True)
        (folder / "default.nix").write_text(
            f"{{ ... }}: {{ sops.defaultSopsFile = ../../secrets/{host}/one.yaml; sops.secrets.a = {{ }}; }}"
        )
    found = {each["name"]: each for each in access()["consumers"]}
    assert (found["nova"]["readable"], found["nova"]["paths"]) == (True, ["secrets/nova/one.yaml"])
    assert found["vega"]["readable"] is not True
    out = sopskit("access", "--by", "consumer").out
    assert ["nix", "nova", "nova", "yes", "secrets/nova/one.yaml"] in rows(out)
    assert sopskit("access", "--by", "consumer", "nova").out.count("\n") == 2


def test_csv_that_a_spreadsheet_does_not_run(empty: Workbench) -> None:
    hosts = keys("ana")
    write_rules(empty, hosts, {".": ["ana"]})
    names = [
        "=cmd|'!A1.yaml",
        "@sum.yaml",
        "-1+1.yaml",
        "+1.yaml",
        'a",b.yaml',
        " =1.yaml",
        "\t=1.yaml",
        "\uff1d1.yaml",
    ]
    for name in names:
        (empty.root / name).write_text("a: 1\n")
    result = sopskit("access", "--format", "csv")
    table = list(csv.reader(io.StringIO(result.out)))
    assert table[0] == ["path", "state", "host", "role", "by_rule", "by_stanza"]
    assert {row[0] for row in table[1:]} == {
        *(f"'{name}" for name in names if not name.startswith(("a", "\t"))),
        'a",b.yaml',
        "\\t=1.yaml",
    }
    assert {tuple(row[1:]) for row in table[1:]} == {("plaintext", "ana", "", "alone", "none")}


def test_names_that_would_move_the_cursor_are_shown_as_they_are(empty: Workbench) -> None:
    write_rules(empty, keys("ana"), {".": ["ana"]})
    (empty.root / "a\x1b[2Jb\u202e.yaml").write_text("a: 1\n")
    out = sopskit("access").out
    assert "a\\x1b[2Jb\\u202e.yaml" in out


@pytest.mark.parametrize("by", ["file", "host"])
def test_a_large_matrix_stays_readable(empty: Workbench, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 hosts and 600 files of 30 rules: some lines, none endless; who stands out is not hidden."""
    monkeypatch.setenv("COLUMNS", "120")
    write_big(empty, hosts=300, rules=30, files=20)
    out = sopskit("access", "--by", by).out
    assert len(out.splitlines()) <= 60
    assert max(map(len, out.splitlines())) < 200
    assert "age1" in out  # a key without a name


def write_big(workbench: Workbench, *, hosts: int, rules: int, files: int) -> None:
    """A repository with files in clear: rules say all that is asked here."""
    from sopskit.keys import bech32

    recipients = [bech32.encode("age", number.to_bytes(32, "big")) for number in range(1, hosts + 2)]
    lines = ["keys:", *(f"  - &host{n} {key}" for n, key in enumerate(recipients[:-1])), "creation_rules:"]
    for rule in range(rules):
        members = [f"*host{(rule * 7 + n * 3) % hosts}" for n in range(20)] + (
            [recipients[-1]] if rule == 5 else []
        )
        lines += [f"  - path_regex: ^rule{rule}/", "    key_groups:", f"      - age: [{', '.join(members)}]"]
        (workbench.root / f"rule{rule}").mkdir()
        for number in range(files):
            (workbench.root / f"rule{rule}" / f"{number}.yaml").write_text("a: 1\n")
    (workbench.root / ".sops.yaml").write_text("\n".join(lines) + "\n")


def test_options_that_exclude_each_other(sample: Workbench) -> None:
    for arguments in (
        ("--diff", "HEAD", "--as-of", "HEAD"),
        ("--diff", "HEAD", "--by", "host"),
        ("--diff", "HEAD", "--format", "html"),
        ("--format", "markdown"),
    ):
        result = sopskit("access", *arguments)
        assert (result.code, "hint: " in result.err) == (2, True), arguments


# Places that are not the top of an ordinary clone.


def clone(source: Workbench, target: Path, *options: str) -> Workbench:
    subprocess.run(["git", "clone", "-q", *options, f"file://{source.root}", str(target)], check=True)
    return Workbench(target)


def test_a_linked_worktree_and_a_detached_head(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = access()
    sample.git("worktree", "add", "--detach", "../linked", "HEAD")
    monkeypatch.chdir(sample.root.parent / "linked")
    assert access() == expected
    assert access("--as-of", "HEAD") == expected


def test_a_shallow_clone_says_what_it_lacks(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    (sample.root / "README").write_text("two\n")
    sample.commit_all()
    expected = access()
    shallow = clone(sample, sample.root.parent / "shallow", "--depth", "1")
    monkeypatch.chdir(shallow.root)
    assert access("--as-of", "HEAD") == expected
    result = sopskit("access", "--as-of", "HEAD~1")
    assert (result.code, "shallow" in result.err) == (2, True)


def test_a_partial_clone_without_the_contents(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.git("config", "uploadpack.allowFilter", "true")
    partial = clone(sample, sample.root.parent / "partial", "--filter=blob:none", "--no-checkout")
    monkeypatch.chdir(partial.root)
    result = sopskit("access", "--as-of", "HEAD")
    assert (result.code, "this clone lacks files of the commit HEAD: .sops.yaml, " in result.err) == (6, True)
    assert "git fetch --refetch --no-filter" in result.err


def test_a_partial_clone_without_one_secret_file(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the checkout did not need was not fetched."""
    path = sample.secret_files()[0]
    (sample.root / path).write_bytes((sample.root / path).read_bytes() + b"\n")
    sample.commit_all()
    sample.git("config", "uploadpack.allowFilter", "true")
    partial = clone(sample, sample.root.parent / "partial", "--filter=blob:none")
    monkeypatch.chdir(partial.root)
    assert sopskit("access", "--as-of", "HEAD").code == 0
    for arguments in (("--as-of", "HEAD~1"), ("--diff", "HEAD~1..HEAD"), ("--diff", "HEAD~1")):
        result = sopskit("access", *arguments)
        assert (result.code, result.out) == (6, "")
        assert f": {path}\n" in result.err


def test_a_bare_repository_is_refused(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = clone(sample, sample.root.parent / "bare.git", "--bare")
    monkeypatch.chdir(bare.root)
    result = sopskit("access", "--as-of", "HEAD")
    assert result.code == 3
    assert "error: " in result.err


def test_a_submodule_is_another_repository(sample: Workbench, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(sample.root), str(other)], check=True)
    sample.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "shared/module")
    assert not [path for path in files() if path.startswith("shared/module")]
    sample.commit_all()
    assert not [path for path in files("--as-of", "HEAD") if path.startswith("shared/module")]


def test_without_commits_and_without_git(
    empty: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rules(empty, keys("ana"), {"^s/": ["ana"]})
    assert access()["files"] == []
    result = sopskit("access", "--as-of", "HEAD")
    assert (result.code, "there is no commit HEAD" in result.err) == (2, True)
    plain = tmp_path / "plain"
    plain.mkdir()
    write_rules(Workbench(plain), keys("ana"), {"^s/": ["ana"]})
    monkeypatch.chdir(plain)
    assert access()["files"] == []
    for option in ("--as-of", "--diff"):
        refused = sopskit("access", option, "HEAD")
        assert (refused.code, "is no git repository" in refused.err) == (3, True)


def test_the_same_from_python(sample: Workbench) -> None:
    import sopskit as library

    assert sopskit("remove-host", "maple", "--yes", "--no-rotate").code == 0
    repository = library.open_repository()
    for revision, names in ((None, ["admin", "cedar"]), ("HEAD", ["admin", "cedar", "maple"])):
        answer = repository.access(revision)
        file = next(each for each in answer.files if each.path == "shared/wifi.yaml")
        assert sorted(str(answer.readers[number].name) for number in file.by_stanza) == names
