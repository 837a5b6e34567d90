"""What `exposure` lists, on histories that real git and real sops have made."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from sopskit.api import open_repository
from sopskit.keys import recipients, ssh
from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit, ssh_key
from tests.docs.pages import ROOT
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_VALIDATOR = Draft202012Validator(json.loads((ROOT / "docs/schemas/exposure.schema.json").read_text()))
_SECRET = "correct-horse-battery"  # in no path and no name


class Story:
    """A repository of an admin and some hosts, whose keys lie apart; each method commits."""

    def __init__(self, bench: Workbench, hosts: Sequence[str]) -> None:
        self.bench, self.root = bench, bench.root
        self.keys: dict[str, KeyPair] = {name: age_key() for name in ("admin", *hosts)}
        self.rules(["admin", *hosts])

    def rules(self, names: Sequence[str], *, commit: bool = True, pattern: str = r"^s/") -> None:
        """One rule for these hosts."""
        lines = ["keys:\n", *(f"  - &{name} {self.keys[name].recipient}\n" for name in names)]
        lines += ["creation_rules:\n", f"  - path_regex: {pattern}\n", "    key_groups:\n", "      - age:\n"]
        lines += [f"          - *{name}\n" for name in names]
        (self.root / ".sops.yaml").write_text("".join(lines))
        if commit:
            self.bench.commit_all()

    def write(self, path: str, text: str) -> str:
        """A new file, or one encrypted anew."""
        self.bench.write_encrypted(path, text)
        return self.commit()

    def plain(self, path: str, text: str) -> str:
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_text(text)
        return self.commit()

    def change(self, path: str, key: str, value: str) -> str:
        self.sops("set", path, f'["{key}"]', json.dumps(value))
        return self.commit()

    def anew(self, path: str) -> str:
        """Decrypted, and encrypted again."""
        self.sops("--decrypt", "--in-place", path)
        self.sops("--encrypt", "--in-place", path)
        return self.commit()

    def updatekeys(self, path: str) -> str:
        self.sops("updatekeys", "--yes", path)
        return self.commit()

    def rotate(self, path: str) -> str:
        self.sops("rotate", "--in-place", path)
        return self.commit()

    def commit(self) -> str:
        self.bench.commit_all()
        return self.bench.git("rev-parse", "HEAD").strip()

    def sops(self, *arguments: str) -> None:
        environment = os.environ | {
            "SOPS_AGE_KEY": self.keys["admin"].identity,
            "SOPS_DISABLE_VERSION_CHECK": "1",
        }
        argv = [program("sops"), *arguments]
        done = subprocess.run(argv, cwd=self.root, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    def found(self, *arguments: str, identity: bool = False) -> list[dict[str, Any]]:
        """The exposures."""
        return list(self.document(*arguments, identity=identity)["exposures"])

    def document(self, *arguments: str, identity: bool = False, code: int | None = None) -> dict[str, Any]:
        options = () if identity else ("--no-identity",)
        with pytest.MonkeyPatch.context() as patch:
            if identity:
                patch.setenv("SOPS_AGE_KEY", self.keys["admin"].identity)
            result = sopskit("exposure", *arguments, *options, "--format", "json")
        document = json.loads(result.out)
        _VALIDATOR.validate(document)
        assert _SECRET not in result.out + result.err
        assert result.code == (code if code is not None else int(bool(document["exposures"]))), result.err
        return dict(document)

    def keys_of(self, *arguments: str, identity: bool = False) -> set[tuple[str | None, str, str, str]]:
        """Host, path, dotted path and certainty of each value."""
        return {
            (each["host"], each["path"], key, each["certainty"])
            for each in self.found(*arguments, identity=identity)
            for key in each["keys"]
        }


@pytest.fixture
def story(empty: Workbench) -> Story:
    return Story(empty, ["nova", "cedar"])


def test_nothing_is_exposed_while_nobody_leaves(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\npassword: first\n")
    story.change("s/a.yaml", "password", "second")
    assert story.found() == []
    assert sopskit("exposure").out == "nothing is exposed\n"


def test_taking_the_stanza_away_ends_nothing(story: Story) -> None:
    first = story.write("s/a.yaml", "user: someone\npassword: first\n")
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    later = story.change("s/a.yaml", "password", "second")
    user, password = sorted(story.found(), key=lambda each: each["keys"], reverse=True)
    assert user | {"since": ""} == {
        "host": "nova",
        "path": "s/a.yaml",
        "keys": ["user"],
        "since": "",
        "commit": first,
        "until": None,
        "rotated": False,
        "certainty": "value",
        "first": [],
    }
    assert (password["keys"], password["commit"], password["rotated"]) == (["password"], later, False)


def test_a_value_leaves_the_list_when_it_changes_under_a_new_data_key(story: Story) -> None:
    first = story.write("s/a.yaml", "user: someone\npassword: first\n")
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    rotated = story.rotate("s/a.yaml")
    (found,) = story.found()
    assert (found["host"], found["keys"], found["commit"]) == ("nova", ["user", "password"], first)
    time = story.bench.git("show", "-s", "--format=%cI", rotated).strip()
    assert (found["rotated"], found["until"][:10]) == (True, time[:10])
    story.change("s/a.yaml", "password", "other")
    assert story.keys_of() == {("nova", "s/a.yaml", "user", "value")}
    story.change("s/a.yaml", "user", "somebody")
    assert story.found() == []


def test_what_is_not_committed_yet_counts(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    story.rules(["admin", "cedar"], commit=False)
    (found,) = story.found()
    assert (found["host"], found["rotated"]) == ("nova", False)
    story.sops("updatekeys", "--yes", "s/a.yaml")
    story.sops("rotate", "--in-place", "s/a.yaml")
    (found,) = story.found()
    assert (found["host"], found["rotated"], found["until"]) == ("nova", True, None)


def test_a_file_that_the_rule_no_longer_gives_is_exposed_before_it_is_synced(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    (story.root / ".sops.yaml").write_text(
        (story.root / ".sops.yaml").read_text().replace("          - *nova\n", "")
    )
    story.commit()
    assert story.keys_of() == {("nova", "s/a.yaml", "user", "value")}


def test_encrypting_anew_settles_nothing_but_the_length(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\npassword: first\npin: 12345678\n")
    story.rules(["admin", "cedar"])
    story.write("s/a.yaml", "user: someone\npassword: changed\npin: 87654321\n")
    assert story.keys_of() == {("nova", "s/a.yaml", key, "file") for key in ("user", "password", "pin")}
    assert story.keys_of(identity=True) == {("nova", "s/a.yaml", "user", "value")}
    out = sopskit("exposure", "--no-identity").out
    assert "    perhaps: " in out
    assert out.endswith("\n\n3 values in 1 file to change at the source, 3 of them perhaps\n")


def test_one_commit_that_re_wraps_and_changes_every_value_may_keep_the_data_key(story: Story) -> None:
    story.write("s/a.yaml", "password: old-secret\n")
    story.rules(["admin", "cedar"], commit=False)
    story.sops("updatekeys", "--yes", "s/a.yaml")
    changed = story.change("s/a.yaml", "password", "a-longer-new-secret")
    (found,) = story.found()
    assert (found["host"], found["keys"], found["certainty"]) == ("nova", ["password"], "file")
    assert (found["commit"], found["rotated"]) == (changed, False)
    (found,) = story.found(identity=True)
    assert (found["host"], found["keys"], found["certainty"]) == ("nova", ["password"], "value")
    assert (found["commit"], found["rotated"]) == (changed, False)
    story.change("s/a.yaml", "later", "under-the-same-key")
    assert story.keys_of() == {("nova", "s/a.yaml", key, "file") for key in ("password", "later")}
    assert story.keys_of(identity=True) == {
        ("nova", "s/a.yaml", key, "value") for key in ("password", "later")
    }
    story.rotate("s/a.yaml")
    assert story.keys_of() == {("nova", "s/a.yaml", key, "file") for key in ("password", "later")}
    story.change("s/a.yaml", "password", "another")
    story.change("s/a.yaml", "later", "another")
    assert story.found() == story.found(identity=True) == []


def test_one_commit_that_rotates_and_changes_every_value_is_settled_by_the_data_keys(story: Story) -> None:
    story.write("s/a.yaml", "password: old-secret\n")
    story.rules(["admin", "cedar"], commit=False)
    story.sops("updatekeys", "--yes", "s/a.yaml")
    story.sops("rotate", "--in-place", "s/a.yaml")
    story.change("s/a.yaml", "password", "a-longer-new-secret")
    assert story.keys_of() == {("nova", "s/a.yaml", "password", "file")}
    assert story.found(identity=True) == []


def test_a_key_that_got_another_name_may_hold_the_old_value(story: Story) -> None:
    story.write("s/a.yaml", "kept: something\nold: the-value\n")
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    story.sops("unset", "s/a.yaml", '["old"]')
    story.sops("set", "s/a.yaml", '["new"]', '"the-value"')
    story.commit()
    expected = {("nova", "s/a.yaml", "kept", "value")}
    assert story.keys_of() == expected | {("nova", "s/a.yaml", "new", "file")}
    assert story.keys_of(identity=True) == expected | {("nova", "s/a.yaml", "new", "value")}


def test_what_was_committed_in_clear_is_exposed_to_everyone(story: Story) -> None:
    first = story.plain("s/a.yaml", f"password: {_SECRET}\nother: example\n")
    story.write("s/a.yaml", f"password: {_SECRET}\nother: changed-since\n")
    (found,) = story.found()
    assert (found["host"], found["keys"], found["certainty"]) == (None, ["password"], "file")
    assert (found["commit"], found["rotated"]) == (first, True)
    assert found["until"] is not None
    assert story.keys_of(identity=True) == {(None, "s/a.yaml", "password", "value")}
    assert story.found("nova", identity=True)[0]["keys"] == ["password", "other"]


def test_a_value_that_was_in_clear_beside_encrypted_ones(story: Story) -> None:
    story.write("s/a.yaml", f"token_unencrypted: {_SECRET}\npassword: first\n")
    story.sops("--decrypt", "--in-place", "s/a.yaml")
    story.sops("--encrypt", "--encrypted-suffix", "encrypted", "--in-place", "s/a.yaml")
    story.commit()
    story.anew("s/a.yaml")
    assert (None, "s/a.yaml", "password", "file") in story.keys_of()
    assert story.keys_of(identity=True) == {(None, "s/a.yaml", "password", "value")}


def test_a_decrypted_copy_under_another_name(story: Story) -> None:
    story.plain("s/a.dec.yaml", f"password: {_SECRET}\n")
    (story.root / "s/a.dec.yaml").unlink()
    story.write("s/a.yaml", f"password: {_SECRET}\n")
    assert story.keys_of() == {(None, "s/a.yaml", "password", "file")}


def test_renames_are_followed(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    story.bench.git("mv", "s/a.yaml", "s/b.yaml")
    story.commit()
    (story.root / "s/sub").mkdir()
    story.bench.git("mv", "s/b.yaml", "s/sub/b.yaml")
    story.rules(["admin", "cedar"], commit=False)
    story.anew("s/sub/b.yaml")
    assert story.keys_of() == {("nova", "s/sub/b.yaml", "user", "file")}


def test_a_file_that_went_and_came_back(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    (story.root / "s/a.yaml").unlink()
    story.commit()
    story.rules(["admin", "cedar"])
    story.write("s/a.yaml", "user: someone\n")
    assert story.keys_of() == {("nova", "s/a.yaml", "user", "file")}


def test_a_copy_shares_the_data_key(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    (story.root / "s/b.yaml").write_bytes((story.root / "s/a.yaml").read_bytes())
    story.commit()
    story.rules(["admin", "cedar"])
    story.updatekeys("s/b.yaml")
    story.change("s/b.yaml", "later", "example")
    story.rotate("s/a.yaml")
    (story.root / "s/a.yaml").unlink()
    story.commit()
    assert story.keys_of() == {("nova", "s/b.yaml", key, "value") for key in ("user", "later")}


def test_another_path_is_compared_by_plaintext(story: Story) -> None:
    story.write("s/a.yaml", f"token: {_SECRET}\nshort: example\n")
    story.rules(["admin", "cedar"])
    story.write("s/b.yaml", f"elsewhere: {_SECRET}\nshort2: example\n")
    story.bench.git("rm", "-q", "s/a.yaml")
    story.commit()
    assert story.found() == []
    assert story.keys_of(identity=True) == {("nova", "s/b.yaml", "elsewhere", "value")}


def test_a_value_moved_out_of_a_file_that_the_host_still_reads(story: Story) -> None:
    story.write("s/a.yaml", f"password: {_SECRET}\nport: example\n")
    admin, nova = (story.keys[name].recipient for name in ("admin", "nova"))
    rules = [f"  - path_regex: ^s/\n    age: {admin},{nova}\n", f"  - path_regex: ^t/\n    age: {admin}\n"]
    text = (story.root / ".sops.yaml").read_text().split("creation_rules")[0]
    (story.root / ".sops.yaml").write_text("".join([text, "creation_rules:\n", *rules]))
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    story.write("t/both.yaml", f"password: {_SECRET}\n")
    # Who reads it rightly, in the one file, learns nothing from the other.
    assert ("nova", "t/both.yaml", "password", "value") not in story.keys_of(identity=True)
    story.sops("unset", "s/a.yaml", '["password"]')
    story.commit()
    assert ("nova", "t/both.yaml", "password", "value") not in story.keys_of()
    assert ("nova", "t/both.yaml", "password", "value") in story.keys_of(identity=True)


def test_a_value_that_was_changed_and_changed_back_got_another_nonce(story: Story) -> None:
    story.write("s/a.yaml", "pin: 12345678\nkept: something\n")
    story.rules(["admin", "cedar"], commit=False)
    story.sops("updatekeys", "--yes", "s/a.yaml")
    story.sops("rotate", "--in-place", "s/a.yaml")
    story.sops("set", "s/a.yaml", '["pin"]', '"x"')
    story.sops("set", "s/a.yaml", '["pin"]', "12345678")
    story.commit()
    kept = ("nova", "s/a.yaml", "kept", "value")
    assert story.keys_of() == {kept}
    assert story.keys_of(identity=True) == {kept, ("nova", "s/a.yaml", "pin", "value")}
    story.change("s/a.yaml", "pin", "other")
    assert story.keys_of(identity=True) == {kept}
    story.change("s/a.yaml", "pin", "12345678")
    assert story.keys_of("nova", identity=True) == {kept, ("nova", "s/a.yaml", "pin", "value")}


def test_a_host_that_is_still_there_can_be_asked_about(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    assert story.keys_of("nova") == {("nova", "s/a.yaml", "user", "value")}
    assert story.keys_of(story.keys["nova"].recipient) == {("nova", "s/a.yaml", "user", "value")}
    result = sopskit("exposure", "novo")
    assert (result.code, result.out) == (2, "")
    assert "there were: admin, cedar, nova" in result.err


def test_a_new_name_is_the_same_host(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    story.keys["oak"] = story.keys.pop("cedar")
    story.rules(["admin", "nova", "oak"])
    assert story.found() == []


def test_a_stolen_machine_set_up_anew_under_its_name(story: Story) -> None:
    stolen = story.keys["nova"].recipient
    first = story.write("s/a.yaml", "user: someone\n")
    story.keys["nova"] = age_key()
    story.rules(["admin", "nova", "cedar"], commit=False)
    story.sops("updatekeys", "--yes", "s/a.yaml")
    story.rotate("s/a.yaml")
    (found,) = story.found()
    assert found["host"] == f"nova by its former key {stolen}"
    assert (found["commit"], found["rotated"], found["certainty"]) == (first, True, "value")
    assert {each["host"]: each["rotated"] for each in story.found("nova")} == {
        f"nova by its former key {stolen}": True,
        "nova": False,
    }
    assert story.found(stolen) == [found]
    assert {each["host"] for each in story.found(story.keys["nova"].recipient)} == {"nova"}
    story.change("s/a.yaml", "user", "somebody")
    assert story.found() == story.found(stolen) == []


def test_a_public_key_is_asked_about_alone(story: Story) -> None:
    old, new = story.keys["nova"].recipient, age_key().recipient
    story.write("s/a.yaml", "user: someone\n")
    path = story.root / ".sops.yaml"
    text = path.read_text().replace(f"&nova {old}", f"&nova_age {old}\n  - &nova_age2 {new}")
    path.write_text(text.replace("*nova", "*nova_age"))
    story.commit()
    assert {each["host"] for each in story.found("nova")} == {"nova"}
    assert {each["host"] for each in story.found(old)} == {old}
    result = sopskit("exposure", new, "--no-identity")
    assert (result.code, result.out) == (0, "nothing is exposed\n")


def test_a_key_without_a_name_is_shown_itself(story: Story) -> None:
    key = age_key().recipient
    rules = (story.root / ".sops.yaml").read_text()
    (story.root / ".sops.yaml").write_text(rules + f"          - {key}\n")
    story.write("s/a.yaml", "user: someone\n")
    (story.root / ".sops.yaml").write_text(rules)
    story.updatekeys("s/a.yaml")
    assert story.keys_of() == {(key, "s/a.yaml", "user", "value")}


def test_an_ssh_key_and_its_age_form_are_one_key(story: Story, tmp_path: Path) -> None:
    public = ssh_key(tmp_path).with_suffix(".pub").read_text().rsplit(" ", 1)[0]
    rules = (story.root / ".sops.yaml").read_text()
    (story.root / ".sops.yaml").write_text(rules + f"          - {public}\n")
    story.write("s/a.yaml", "user: someone\n")
    age = ssh.to_age(recipients.parse(public)).text
    (story.root / ".sops.yaml").write_text(rules.replace("creation_rules", f"  - &oak {age}\ncreation_rules"))
    story.updatekeys("s/a.yaml")
    assert story.keys_of() == {("oak", "s/a.yaml", "user", "value")}
    (story.root / ".sops.yaml").write_text(rules + f"          - {age}\n")
    story.updatekeys("s/a.yaml")
    assert story.found() == []


def test_a_revert_brings_the_data_key_back(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    story.rules(["admin", "nova"])
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    story.keys["late"] = age_key()
    before = (story.root / "s/a.yaml").read_bytes()
    story.rules(["admin", "nova", "late"])
    story.sops("rotate", "--in-place", "s/a.yaml")
    story.updatekeys("s/a.yaml")
    story.rules(["admin", "nova"])
    (story.root / "s/a.yaml").write_bytes(before)
    reverted = story.commit()
    found = {each["host"]: each for each in story.found()}
    assert set(found) == {"cedar", "late"}
    time = story.bench.git("show", "-s", "--format=%ct", reverted).strip()
    until = datetime.fromisoformat(found["late"]["until"]).timestamp()
    assert (found["late"]["rotated"], int(until)) == (True, int(time))


def test_files_of_one_name_in_many_folders_are_not_mixed_up(story: Story) -> None:
    for folder in ("one", "two"):
        story.write(f"s/{folder}/secret", f"{folder}\n")
    for folder in ("one", "two"):
        (story.root / f"s/{folder}/secret").unlink()
    story.rules(["admin", "cedar"], commit=False)
    for folder in ("eins", "zwei"):
        story.bench.write_encrypted(f"s/{folder}/secret", f"{folder[:3]}\n")
    story.commit()
    assert story.found() == []


def test_one_of_two_key_groups_does_not_suffice(story: Story) -> None:
    groups = "".join(f"      - age: [*{name}]\n" for name in ("admin", "nova", "cedar"))
    rules = (story.root / ".sops.yaml").read_text()
    (story.root / ".sops.yaml").write_text(
        rules.split("    key_groups:")[0] + "    shamir_threshold: 2\n    key_groups:\n" + groups
    )
    story.write("s/a.yaml", "user: someone\n")
    assert story.found("nova") == []


def test_other_branches_and_merges(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\npassword: first\n")
    story.write("s/other.yaml", "x: example\n")
    main = story.bench.git("branch", "--show-current").strip()
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    story.change("s/a.yaml", "password", "other")
    story.bench.git("switch", "--quiet", "--create", "side", "HEAD~4")
    story.change("s/other.yaml", "x", "changed")
    story.bench.git("switch", "--quiet", main)
    story.bench.git("merge", "--quiet", "--no-edit", "side")
    assert story.keys_of() == {
        ("nova", "s/a.yaml", "user", "value"),
        ("nova", "s/other.yaml", "x", "value"),
    }
    story.bench.git("switch", "--quiet", "--detach")
    assert len(story.found()) == 2


def test_a_value_that_a_merge_took_from_its_other_side(story: Story) -> None:
    """It is encrypted anew there, under a data key that the host never had."""
    story.write("s/a.yaml", "user: someone\npassword: first\n")
    main = story.bench.git("branch", "--show-current").strip()
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    story.bench.git("switch", "--quiet", "--create", "side", "HEAD~3")
    side = story.change("s/a.yaml", "password", "second")
    story.bench.git("switch", "--quiet", main)
    story.bench.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    story.change("s/a.yaml", "password", "second")
    found = {key: each for each in story.found() for key in each["keys"]}
    assert {key: each["certainty"] for key, each in found.items()} == {"user": "value", "password": "file"}
    assert found["password"]["commit"] == side


@pytest.fixture
def left(story: Story) -> Story:
    """`nova` has left, and knows one value."""
    story.write("s/a.yaml", "user: someone\n")
    story.rules(["admin", "cedar"])
    story.updatekeys("s/a.yaml")
    story.rotate("s/a.yaml")
    return story


def _clone(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> Path:
    story.bench.git("config", "uploadpack.allowFilter", "true")
    target = tmp_path / "clone"
    url = f"file://{story.root}"
    subprocess.run(["git", "clone", "--quiet", *options, url, str(target)], check=True)
    monkeypatch.chdir(target)
    return target


def test_a_shallow_clone_is_told_and_no_success(
    left: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clone(left, tmp_path, monkeypatch, "--depth=1")
    document = left.document(code=6)
    assert document == {"schema": "sopskit.exposure/1", "exposures": [], "complete": False, "unread": []}
    assert "error: this clone is shallow" in sopskit("exposure").err


def test_a_partial_clone_fetches_nothing_and_is_no_success(
    left: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = _clone(left, tmp_path, monkeypatch, "--filter=blob:none")
    count = ["git", "cat-file", "--batch-all-objects", "--batch-check"]
    before = subprocess.run(count, cwd=target, capture_output=True, check=True).stdout
    assert left.document(code=6)["complete"] is False
    assert "versions of 2 files (.sops.yaml, s/a.yaml) are not here" in sopskit("exposure").err
    assert subprocess.run(count, cwd=target, capture_output=True, check=True).stdout == before


def test_a_worktree_has_all_of_the_history(
    left: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left.bench.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"), "HEAD")
    monkeypatch.chdir(tmp_path / "tree")
    assert left.keys_of() == {("nova", "s/a.yaml", "user", "value")}


def test_no_commit_yet_and_no_git(empty: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = age_key()
    (empty.root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    empty.write_encrypted("a.yaml", "user: someone\n")
    assert sopskit("exposure").code == 0
    assert sopskit("exposure", key.recipient).code == 1
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    (tmp_path / "plain/.sops.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    result = sopskit("exposure")
    assert (result.code, result.out) == (3, "")
    assert "is no git repository" in result.err


def test_a_bare_repository_is_refused_clearly(
    left: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clone(left, tmp_path, monkeypatch, "--bare")
    result = sopskit("exposure")
    assert result.code == 3
    assert "there is no work tree here" in result.err


def test_versions_that_cannot_be_read_are_an_error(left: Story) -> None:
    path = left.root / "s/a.yaml"
    content = path.read_bytes()
    path.write_bytes(b"<<<<<<< HEAD\n" + content)
    left.commit()
    path.write_bytes(content)
    left.commit()
    result = sopskit("exposure", "--no-identity")
    assert result.code == 6
    assert "1 value in 1 file" in result.out
    assert "error: 1 file (s/a.yaml) had versions that cannot be read" in result.err


def test_remove_host_ends_with_the_list(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.write("s/a.yaml", f"k3s_token: {_SECRET}\n")
    monkeypatch.setenv("SOPS_AGE_KEY", story.keys["admin"].identity)
    result = sopskit("remove-host", "nova", "--yes")
    assert result.code == 0
    *lines, first = result.out.splitlines()
    assert lines[lines.index("nova") + 2 :] == [
        "    k3s_token",
        "",
        "1 value in 1 file to change at the source",
    ]
    assert first.startswith("first, for s/a.yaml: k3s_token: `k3s token rotate`")
    assert lines[lines.index("nova") + 1].startswith("  s/a.yaml  since ")
    assert lines[lines.index("nova") + 1].endswith(", rotated")


def test_what_cannot_just_be_replaced_is_told(story: Story) -> None:
    story.write("s/a.yaml", f"RESTIC_PASSWORD: {_SECRET}\nuser: nobody\n")
    story.write("s/b.yaml", f"RESTIC_PASSWORD: {_SECRET}2\n")
    result = sopskit("exposure", "nova", "--no-identity")
    *_, summary, first = result.out.splitlines()
    assert summary == "3 values in 2 files to change at the source"
    assert first.startswith("first, for s/a.yaml: RESTIC_PASSWORD and 1 more: `restic key add`")
    document = json.loads(sopskit("exposure", "nova", "--no-identity", "--format", "json").out)
    _VALIDATOR.validate(document)
    assert [
        [(first["kind"], first["keys"]) for first in each["first"]] for each in document["exposures"]
    ] == [[("restic", ["RESTIC_PASSWORD"])]] * 2
    assert "first" not in sopskit("exposure", "--no-identity").out  # nobody left: nothing to change


def test_python_finds_the_same(left: Story) -> None:
    (found,) = open_repository(left.root).exposures()
    assert (found.host, found.path, found.keys, found.certainty) == ("nova", "s/a.yaml", ("user",), "value")


def test_csv_has_a_line_for_each_value(left: Story) -> None:
    lines = sopskit("exposure", "--format", "csv", "--no-identity").out.splitlines()
    assert lines[0] == "host,path,key,since,until,commit,rotated,certainty"
    assert [line.split(",")[:3] for line in lines[1:]] == [["nova", "s/a.yaml", "user"]]


def test_names_that_no_terminal_should_see(story: Story) -> None:
    name = "s/caf\udce9\n\x1b[31m.yaml"
    story.write("s/x.yaml", "user: someone\n")
    (story.root / name).write_bytes((story.root / "s/x.yaml").read_bytes())
    story.commit()
    story.rules(["admin", "cedar"])
    out = sopskit("exposure", "--no-identity").out
    assert r"s/caf\udce9\n\x1b[31m.yaml" in out
    assert "\x1b" not in out


@pytest.fixture
def canary(story: Story) -> Path:
    """The file where facts are remembered, after plaintext, clear values and encrypted ones were seen."""
    story.plain("s/a.yaml", f"password: {_SECRET}\n")
    story.write("s/a.yaml", f"password: {_SECRET}\nshown_unencrypted: {_SECRET}-shown\n")
    story.found(identity=True)
    return story.root / ".git/sopskit.history"


def test_what_is_remembered_holds_no_value(canary: Path) -> None:
    content = canary.read_bytes()
    assert b"correct" not in content
    assert b"password" in content  # so it was remembered
    assert canary.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "other version", "a folder", "a link"])
def test_what_is_remembered_may_be_damaged(left: Story, damage: str, tmp_path: Path) -> None:
    expected = left.keys_of()
    path = left.root / ".git/sopskit.history"
    content = path.read_bytes()
    damaged = {
        "cut": content[:-7],
        "flipped": content[:200] + bytes([content[200] ^ 1]) + content[201:],
        "emptied": b"",
        "other version": content.replace(b"\x01\0\0\0", b"\x02\0\0\0", 1),
    }
    path.unlink()
    if damage in damaged:
        path.write_bytes(damaged[damage])
    elif damage == "a folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    assert left.keys_of() == expected
    assert not (tmp_path / "elsewhere").exists()
    if damage in damaged:
        assert path.stat().st_size == len(content)
    assert left.keys_of() == expected
