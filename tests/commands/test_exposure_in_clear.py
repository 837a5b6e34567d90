"""What `exposure` and `check --history` say of plaintext that was committed beside an encrypted file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.test_exposure import Story
from tests.commands.workbench import sopskit

if TYPE_CHECKING:
    from tests.commands.workbench import Workbench

_SECRET = "correct-horse-battery"
_TEXT = f"password: {_SECRET}\npin: '1234'\n"


@pytest.fixture
def story(empty: Workbench) -> Story:
    return Story(empty, ["nova"])


def _remove(story: Story, path: str) -> None:
    story.bench.git("rm", "--quiet", path)
    story.commit()


def _in_history(story: Story, *, identity: bool) -> str:
    """The findings of `check --history` about what was committed in clear."""
    with pytest.MonkeyPatch.context() as patch:
        if identity:
            patch.setenv("SOPS_AGE_KEY", story.keys["admin"].identity)
        result = sopskit("check", "--only", "committed-in-clear", "--history")
    assert _SECRET not in result.out + result.err
    return result.out


@pytest.mark.parametrize("encrypted", ["s/db.sops.yaml", "s/db.enc.yaml"])
@pytest.mark.parametrize("removed_first", [False, True])
def test_plaintext_that_was_encrypted_and_deleted_in_other_commits(
    story: Story, encrypted: str, *, removed_first: bool
) -> None:
    first = story.plain("s/db.yaml", _TEXT)
    if removed_first:
        _remove(story, "s/db.yaml")
    story.write(encrypted, _TEXT)
    if not removed_first:
        _remove(story, "s/db.yaml")
    assert story.keys_of() == {(None, encrypted, key, "file") for key in ("password", "pin")}
    assert story.keys_of(identity=True) == {(None, encrypted, key, "value") for key in ("password", "pin")}
    assert {each["commit"] for each in story.found(identity=True)} == {first}
    for identity in (False, True):
        assert f"{encrypted}: " in _in_history(story, identity=identity)
        assert "password and pin" in _in_history(story, identity=identity)


@pytest.mark.parametrize("copy", ["s/a.dec.yaml", "s/a.yaml.dec", "s/.decrypted~a.yaml"])
def test_a_decrypted_copy_that_was_committed_and_deleted(story: Story, copy: str) -> None:
    story.write("s/a.yaml", _TEXT)
    copied = story.plain(copy, _TEXT)
    _remove(story, copy)
    story.rules(["admin"])
    assert (None, "s/a.yaml", "pin", "file") in story.keys_of()
    (found,) = [each for each in story.found(identity=True) if each["host"] is None]
    assert (found["keys"], found["commit"], found["certainty"]) == (["password", "pin"], copied, "value")
    assert f"committed in clear in {copied[:12]}" in _in_history(story, identity=True)


def test_a_value_that_was_changed_after_the_clean_up_leaves_the_list(story: Story) -> None:
    story.plain("s/db.yaml", _TEXT)
    story.write("s/db.sops.yaml", _TEXT)
    _remove(story, "s/db.yaml")
    story.change("s/db.sops.yaml", "password", _SECRET[::-1])
    assert story.keys_of() == {(None, "s/db.sops.yaml", "pin", "file")}
    assert story.keys_of(identity=True) == {(None, "s/db.sops.yaml", "pin", "value")}


def test_plaintext_that_is_encrypted_again_later(story: Story) -> None:
    story.write("s/db.sops.yaml", "pin: '0000'\n")
    story.plain("s/db.yaml", "pin: '1234'\n")
    story.write("s/db.sops.yaml", "pin: '1234'\n")
    assert story.keys_of(identity=True) == {(None, "s/db.sops.yaml", "pin", "value")}


def test_a_placeholder_beside_a_secret_is_none(story: Story) -> None:
    story.plain("s/values.yaml", "password: changeme\nport: 80\n")
    story.write("s/values.sops.yaml", _TEXT)
    assert story.found() == []
    assert _in_history(story, identity=False) == _in_history(story, identity=True)
    assert "committed in clear" not in _in_history(story, identity=False)


def test_a_plaintext_file_of_the_same_name_elsewhere_is_another_one(story: Story) -> None:
    story.plain("t/db.yaml", _TEXT)
    story.plain("s/other.yaml", _TEXT)
    story.write("s/db.sops.yaml", _TEXT)
    assert story.found() == []


def test_a_copy_in_the_work_tree_only_is_exposed_to_nobody(story: Story) -> None:
    story.write("s/a.yaml", _TEXT)
    story.found()
    (story.root / "s/a.dec.yaml").write_text(_TEXT)
    assert story.found() == []
    assert story.found(identity=True) == []


def test_a_value_in_clear_is_remembered_after_a_rename(story: Story) -> None:
    story.bench.write_encrypted("s/a.yaml", f"token_unencrypted: {_SECRET}\npassword: first\n")
    story.sops("--decrypt", "--in-place", "s/a.yaml")
    story.sops("--encrypt", "--encrypted-suffix", "encrypted", "--in-place", "s/a.yaml")
    story.commit()
    story.anew("s/a.yaml")
    story.bench.git("mv", "s/a.yaml", "s/b.yaml")
    story.commit()
    assert story.keys_of(identity=True) == {(None, "s/b.yaml", "password", "value")}


def test_versions_that_cannot_be_read_are_named_and_no_success(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    content = (story.root / "s/a.yaml").read_bytes()
    (story.root / "s/nul.yaml").write_bytes(content.replace(b"user", b"us\0r"))
    story.commit()
    _remove(story, "s/nul.yaml")
    for _ in ("read", "kept"):
        document = story.document(code=6)
        assert (document["complete"], document["unread"]) == (False, ["s/nul.yaml"])
    assert "error: 1 file (s/nul.yaml) had versions that cannot be read" in sopskit("exposure").err


def test_what_quotes_an_encrypted_value_is_no_unread_version(story: Story) -> None:
    story.write("s/a.yaml", "user: someone\n")
    story.plain("README.md", f"sops writes\n\n    {(story.root / 's/a.yaml').read_text()}")
    story.plain(".sops.yaml", "creation_rules: [\n")
    story.rules(["admin", "nova"])
    assert story.document(code=0)["complete"] is True
