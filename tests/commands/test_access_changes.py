"""access --diff: what a change gives to whom, for a review comment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands.repositories import keys, write_rules
from tests.commands.workbench import Workbench, age_key, sopskit
from tests.docs.schemas import validate

if TYPE_CHECKING:
    from tests.commands.workbench import KeyPair


def changes(revisions: str = "HEAD", *arguments: str) -> dict[str, Any]:
    """What `access --diff` says: the whole document, its hosts by name or key."""
    result = sopskit("access", "--format", "json", "--diff", revisions, *arguments)
    assert result.code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    validate("access-changes", document)
    document["hosts"] = {each["name"] or each["keys"][0]: each for each in document["hosts"]}
    return document


def paths(host: dict[str, Any], by: str, what: str) -> list[str]:
    return [each["path"] for each in host[by][what]]


@pytest.fixture
def homelab(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> dict[str, KeyPair]:
    """Three hosts and a person, files that each reads, committed; the person's identity is set."""
    hosts = keys("ana", "nova", "cedar")
    write_rules(empty, hosts, {"^nova/": ["ana", "nova"], "^cedar/": ["ana", "cedar"]})
    for path in ("nova/a.yaml", "nova/b.yaml", "nova/c.yaml", "cedar/a.yaml"):
        empty.write_encrypted(path, f"a: {path}\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", hosts["ana"].identity)
    return hosts


def test_nothing_has_changed(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    assert changes() == {
        "schema": "sopskit.access-changes/1",
        "summary": "changes nobody's access",
        "hosts": {},
        "in_clear": [],
    }
    assert sopskit("access", "--diff", "HEAD").out == "changes nobody's access\n"


def test_a_new_host_and_the_files_it_is_given(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    vega = age_key()
    assert sopskit("add-host", "vega", "--key", vega.recipient, "--like", "nova", "--yes").code == 0
    empty.commit_all()
    found = changes("HEAD~1..HEAD")
    assert found["summary"] == "adds vega; gives vega 3 more files"
    assert set(found["hosts"]) == {"vega"}
    host = found["hosts"]["vega"]
    assert (host["is_new"], host["is_gone"]) == (True, False)
    assert host["by_stanza"]["gains"] == [
        {"path": f"nova/{name}.yaml", "before": "none", "after": "alone"} for name in "abc"
    ]
    assert paths(host, "by_rule", "gains") == ["nova/a.yaml", "nova/b.yaml", "nova/c.yaml"]
    for path in paths(host, "by_stanza", "gains"):
        assert empty.decrypts(path, vega.identity) is not None
    backwards = changes("HEAD..HEAD~1")
    assert backwards["summary"] == "removes vega; takes 3 files from vega"


def test_rules_that_the_files_do_not_follow_yet(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    write_rules(empty, homelab, {"^nova/": ["ana"], "^cedar/": ["ana", "cedar", "nova"]})
    found = changes()
    assert found["summary"] == (
        "its rules give nova 1 more file, once synced; its rules take 3 files from nova, once synced"
    )
    assert found["hosts"]["nova"]["by_stanza"] == {"gains": [], "loses": []}
    assert sopskit("sync", "--yes").code == 0
    assert changes()["summary"] == "gives nova 1 more file; takes 3 files from nova"


def test_a_host_that_is_renamed_gains_nothing(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    assert sopskit("rename-host", "nova", "vega", "--yes").code == 0
    found = changes()
    assert found["summary"] == "renames nova to vega"
    assert found["hosts"]["vega"]["former_names"] == ["nova"]


def test_a_key_that_is_replaced_under_the_same_name_is_told(
    empty: Workbench, homelab: dict[str, KeyPair]
) -> None:
    """It reads what its predecessor read; somebody may have put in a key of his own all the same."""
    new = age_key()
    assert sopskit("replace-key", "nova", "--key", new.recipient, "--yes").code == 0
    found = changes()
    assert found["summary"] == "replaces a key of nova"
    host = found["hosts"]["nova"]
    assert (host["new_keys"], host["lost_keys"]) == ([new.recipient], [homelab["nova"].recipient])
    assert host["by_stanza"] == {"gains": [], "loses": []}
    assert f"+ {new.recipient[:12]}" in sopskit("access", "--diff", "HEAD").out


def test_a_second_key_and_its_removal(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    new = age_key()
    assert sopskit("add-key", "nova", "--key", new.recipient, "--yes").code == 0
    assert changes()["summary"] == "adds a key to nova"
    empty.commit_all()
    assert sopskit("remove-key", "nova", new.recipient, "--yes").code == 0
    assert changes()["summary"] == "takes a key from nova"


def test_names_that_are_swapped_are_told_by_the_keys(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    """The rules stay as they are, the keys behind two names change places: the machines read other files."""
    swapped = homelab | {"nova": homelab["cedar"], "cedar": homelab["nova"]}
    write_rules(empty, swapped, {"^nova/": ["ana", "nova"], "^cedar/": ["ana", "cedar"]})
    found = changes()["hosts"]
    assert paths(found["nova"], "by_rule", "gains") == ["nova/a.yaml", "nova/b.yaml", "nova/c.yaml"]
    assert paths(found["nova"], "by_rule", "loses") == ["cedar/a.yaml"]
    assert found["nova"]["new_keys"] == [homelab["cedar"].recipient]


def test_a_host_that_goes_from_the_rules_and_stays_in_the_files(
    empty: Workbench, homelab: dict[str, KeyPair]
) -> None:
    rest = {name: key for name, key in homelab.items() if name != "nova"}
    write_rules(empty, rest, {"^nova/": ["ana"], "^cedar/": ["ana", "cedar"]})
    assert changes()["summary"] == "removes nova; its rules take 3 files from nova, once synced"
    assert changes()["hosts"]["nova"]["is_gone"] is True


def test_a_key_that_nobody_names(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    stranger = age_key().recipient
    write_rules(empty, homelab, {"^nova/": ["ana", "nova", stranger], "^cedar/": ["ana", "cedar"]})
    assert sopskit("sync", "--yes").code == 0
    host = changes()["hosts"][stranger]
    assert (host["name"], host["is_new"]) == (None, True)
    assert paths(host, "by_stanza", "gains") == ["nova/a.yaml", "nova/b.yaml", "nova/c.yaml"]


def test_a_file_that_moves_is_the_same_file(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    empty.git("mv", "nova/a.yaml", "nova/z.yaml")
    assert changes()["summary"] == "changes nobody's access"
    empty.git("mv", "nova/z.yaml", "cedar/z.yaml")
    assert changes()["summary"] == (
        "its rules give cedar 1 more file, once synced; its rules take 1 file from nova, once synced"
    )


def test_a_file_that_is_committed_in_clear(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    (empty.root / "nova/a.yaml").write_text("a: 1\n")
    found = changes()
    assert found["in_clear"] == ["nova/a.yaml"]
    assert found["summary"].endswith("leaves 1 file in clear")


def test_shares(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = keys("ana", "ben")
    write_rules(empty, hosts, {"^s/": ["ana"]})
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    empty.commit_all()
    path = empty.root / ".sops.yaml"
    path.write_text(
        path.read_text().replace(
            "    key_groups:\n      - age: [*ana]\n",
            "    shamir_threshold: 2\n    key_groups:\n      - age: [*ana]\n      - age: [*ben]\n",
        )
    )
    monkeypatch.setenv("SOPS_AGE_KEY", f"{hosts['ana'].identity}\n{hosts['ben'].identity}")
    result = sopskit("sync", "--yes")
    assert result.code == 0, result.err
    assert empty.decrypts("s/one.yaml", hosts["ana"].identity) is None
    assert changes()["summary"] == "gives ben a share of 1 more file; leaves ana only a share of 1 file"
    assert changes()["hosts"]["ana"]["by_stanza"]["loses"] == [
        {"path": "s/one.yaml", "before": "alone", "after": "share"}
    ]


def test_from_where_two_branches_parted(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    """`A...B` is what a pull request shows: what happened on A meanwhile is none of its doing."""
    empty.git("branch", "main")
    empty.git("checkout", "-q", "-b", "topic")
    assert sopskit("add-host", "vega", "--key", age_key().recipient, "--like", "nova", "--yes").code == 0
    empty.commit_all()
    empty.git("checkout", "-q", "main")
    assert sopskit("add-host", "lyra", "--key", age_key().recipient, "--like", "cedar", "--yes").code == 0
    empty.commit_all()
    assert set(changes("main...topic")["hosts"]) == {"vega"}
    assert set(changes("main..topic")["hosts"]) == {"vega", "lyra"}
    assert set(changes("topic..")["hosts"]) == {"vega", "lyra"}
    assert set(changes("topic")["hosts"]) == {"vega", "lyra"}
    assert sopskit("access", "--diff", "main...no-such").code == 2
    empty.git("checkout", "-q", "--orphan", "other")
    empty.commit_all()
    result = sopskit("access", "--diff", "main...other")
    assert (result.code, "have none in common" in result.err) == (2, True)


def test_before_there_was_a_config(empty: Workbench) -> None:
    hosts = keys("ana", "box")
    (empty.root / "README").write_text("one\n")
    empty.commit_all()
    write_rules(empty, hosts, {"^s/": ["ana", "box"]})
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    empty.commit_all()
    assert changes("HEAD~1..HEAD")["summary"] == "adds ana and box; gives ana and box 1 more file each"
    empty.git("rm", "-q", "--cached", ".sops.yaml")
    empty.git("commit", "-q", "--amend", "-m", "without rules")
    named = changes("HEAD")["hosts"]
    assert not any(host["by_stanza"]["gains"] for host in named.values())  # they read it under no name


def test_only_what_is_asked_for(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    everyone = ["ana", "nova", "cedar"]
    write_rules(empty, homelab, {"^nova/": everyone, "^cedar/": everyone})
    assert set(changes()["hosts"]) == {"nova", "cedar"}
    assert set(changes("HEAD", "nova")["hosts"]) == {"nova"}
    assert set(changes("HEAD", "./cedar")["hosts"]) == {"nova"}
    assert sopskit("access", "--diff", "HEAD", "oak").code == 2


def test_markdown_for_a_review_comment(empty: Workbench, homelab: dict[str, KeyPair]) -> None:
    everyone = ["ana", "nova", "cedar"]
    write_rules(empty, homelab, {"^nova/": everyone, "^cedar/": ["ana", "cedar"]})
    assert sopskit("sync", "--yes").code == 0
    assert sopskit("access", "--diff", "HEAD", "--format", "markdown").out == (
        "**Access to secrets:** gives `cedar` 3 more files\n\n"
        "| host | gains | loses | once synced |\n| --- | --- | --- | --- |\n| `cedar` | 3 |  |  |\n\n"
        "<details>\n<summary>Files</summary>\n\n"
        "- `cedar` gains `nova/a.yaml`\n- `cedar` gains `nova/b.yaml`\n- `cedar` gains `nova/c.yaml`\n\n"
        "</details>\n"
    )
    rows = sopskit("access", "--diff", "HEAD", "--format", "csv").out.splitlines()
    assert rows[1] == "cedar,nova/a.yaml,stanza,none,alone"


def test_a_summary_of_many_stays_one_line(empty: Workbench) -> None:
    hosts = keys("ana", *(f"host{number}" for number in range(9)))
    empty_rules: dict[str, list[str]] = {f"^s{number}/": ["ana"] for number in range(9)}
    write_rules(empty, hosts, empty_rules)
    for number in range(9):
        (empty.root / f"s{number}").mkdir()
        (empty.root / f"s{number}/one.yaml").write_text("a: 1\n")
    empty.commit_all()
    # host0 is to read one file, host1 two, ...
    write_rules(
        empty, hosts, {f"^s{n}/": ["ana", *(f"host{h}" for h in range(9) if h >= n)] for n in range(9)}
    )
    summary = changes()["summary"]
    assert summary == (
        "its rules give host8 9 more files, once synced; its rules give host7 8 more files, once synced; "
        "its rules give host6 7 more files, once synced; and so for 6 other hosts, with fewer files"
    )


def test_a_comment_is_no_longer_than_github_takes(empty: Workbench) -> None:
    hosts = keys("ana", "box")
    write_rules(empty, hosts, {"^s/": ["ana"]})
    (empty.root / "s").mkdir()
    for number in range(400):
        (empty.root / f"s/{'|`x' * 10}{number}.yaml").write_text("a: 1\n")
    empty.commit_all()
    write_rules(empty, hosts, {"^s/": ["ana", "box"]})
    comment = sopskit("access", "--diff", "HEAD", "--format", "markdown").out
    assert len(comment) < 65_536
    assert "- and 200 more: " in comment
