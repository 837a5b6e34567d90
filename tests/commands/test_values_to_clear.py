"""A rule whose selector is narrower than a file's: nothing is written in clear that nobody has accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sopskit import open_repository
from sopskit.errors import FailedError
from tests.audits.examples import ALICE, write
from tests.commands.test_interactive import ENTER, sessions, start
from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from tests.commands.test_interactive import Session

__all__ = ["sessions"]

TALOS = "secrets:\n    token: first\n    seed: second\ndata: third\n"
OTHER = "data: fourth\n"
NARROW = "    encrypted_regex: ^(data|stringData)$\n"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    """A key whose identity is here."""
    pair = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", pair.identity)
    return pair


@pytest.fixture
def narrowed(empty: Workbench, key: KeyPair) -> Workbench:
    """A repository of two files, and a rule that has since got the selector of Kubernetes secrets."""
    rules = f"keys:\n  - &me {key.recipient}\ncreation_rules:\n  - path_regex: ^s/\n    age: [*me]\n"
    write(empty.root, {".sops.yaml": rules})
    empty.write_encrypted("s/talsecret.sops.yaml", TALOS)
    empty.write_encrypted("s/other.yaml", OTHER)
    write(empty.root, {".sops.yaml": rules + NARROW})
    empty.commit_all()
    return empty


@pytest.mark.parametrize(
    "command",
    [
        ("sync", "--yes"),
        ("sync", "--yes", "--rotate"),
        ("rotate", "s/talsecret.sops.yaml", "s/other.yaml"),
        ("add-host", "willow", "--key", ALICE, "--all-rules", "--yes"),
    ],
    ids=lambda command: command[0],
)
def test_without_a_terminal_nothing_is_written(narrowed: Workbench, command: tuple[str, ...]) -> None:
    done = sopskit(*command)
    assert (done.code, narrowed.changed()) == (2, [])
    assert "s/talsecret.sops.yaml (secrets.token, secrets.seed)" in done.err
    assert "--allow-clear" in done.err
    assert "first" not in done.err


def test_what_was_accepted_is_written(narrowed: Workbench, key: KeyPair) -> None:
    done = sopskit("sync", "--yes", "--allow-clear")
    assert done.code == 0, done.err
    assert "s/talsecret.sops.yaml (secrets.token, secrets.seed)" in done.err
    assert narrowed.decrypts("s/talsecret.sops.yaml", key.identity) == TALOS
    text = (narrowed.root / "s/talsecret.sops.yaml").read_text()
    assert "    token: first\n" in text
    assert "third" not in text
    assert sopskit("plan").code == 0


def test_rotate_writes_what_was_accepted(narrowed: Workbench, key: KeyPair) -> None:
    done = sopskit("rotate", "--allow-clear", "s/talsecret.sops.yaml")
    assert done.code == 0, done.err
    assert narrowed.decrypts("s/talsecret.sops.yaml", key.identity) == TALOS
    assert "    token: first\n" in (narrowed.root / "s/talsecret.sops.yaml").read_text()


def test_the_python_api_has_to_be_told_as_well(narrowed: Workbench) -> None:
    with pytest.raises(FailedError, match="encrypted values would be in clear") as caught:
        open_repository(narrowed.root).sync()
    assert (caught.value.path, narrowed.changed()) == ("s/talsecret.sops.yaml", [])
    assert len(open_repository(narrowed.root).sync(allow_clear=True).rotated) == 2


def test_a_dry_run_tells(narrowed: Workbench) -> None:
    for command in (("sync",), ("rotate", "s/talsecret.sops.yaml")):
        done = sopskit(*command, "--dry-run")
        assert done.code == 1
        assert "s/talsecret.sops.yaml (secrets.token, secrets.seed)" in done.err
        assert narrowed.changed() == []


def test_re_wrapping_writes_no_value(narrowed: Workbench) -> None:
    rules = (narrowed.root / ".sops.yaml").read_text()
    write(narrowed.root, {".sops.yaml": rules.replace("[*me]", f"[*me, {ALICE}]")})
    done = sopskit("sync", "--yes", "--no-rotate")
    assert done.code == 1  # the selectors still differ
    assert "re-wrapped 2 files" in done.err
    assert "in clear" not in done.err
    assert "first" not in (narrowed.root / "s/talsecret.sops.yaml").read_text()


def test_a_person_leaves_these_and_has_the_rest_done(
    narrowed: Workbench, sessions: list[Session], key: KeyPair
) -> None:
    session = start(sessions, "sync", "--yes")
    session.waits_for("s/talsecret.sops.yaml (secrets.token, secrets.seed)")
    session.waits_for("(type in clear)")
    session.types("y", ENTER)
    assert session.exit_code() == 1
    assert "left as they are: 1 file" in session.screen()
    assert "rotated 1 file" in session.screen()
    assert narrowed.changed() == ["s/other.yaml"]
    assert narrowed.decrypts("s/other.yaml", key.identity) == OTHER


def test_a_person_types_that_it_is_meant(narrowed: Workbench, sessions: list[Session]) -> None:
    session = start(sessions, "rotate", "s/talsecret.sops.yaml")
    session.waits_for("(type in clear)")
    session.types("in clear", ENTER)
    assert session.exit_code() == 0
    assert "    token: first\n" in (narrowed.root / "s/talsecret.sops.yaml").read_text()


@pytest.mark.parametrize(
    "selector",
    [
        "unencrypted_regex: ^a",
        "encrypted_regex: ^a",
        "unencrypted_suffix: b",
        "encrypted_suffix: b",
        "encrypted_suffix: nothing ends so",
        "unencrypted_regex: nothing is so",
    ],
)
@pytest.mark.parametrize("name", ["s/x.yaml", "s/x.json", "s/x.env", "s/x.ini"])
def test_what_is_told_is_what_sops_would_do(empty: Workbench, key: KeyPair, selector: str, name: str) -> None:
    """The values named are those that real sops has in clear in the same plaintext under the new rule.

    A `_` never stands in base64, so no ciphertext looks like one of the values.
    """
    plaintexts = {
        "yaml": "a1: _x1_\nb:\n  - _x2_\n  - a2: _x3_\ncb: _x4_\n# _x9_\nd: _x5_\n",
        "json": '{"a1": "_x1_", "b": ["_x2_", {"a2": "_x3_"}], "cb": "_x4_", "d": {"ab": "_x5_"}}',
        "env": "a1=_x1_\ncb=_x2_\n#_x9_\nd=_x3_\n",
        "ini": "[a]\ncb = _x1_\nd = _x2_\n[e]\nab = _x3_\n; _x9_\n",
    }
    rules = f"creation_rules:\n  - path_regex: ^s/\n    age: {key.recipient}\n"
    plaintext = plaintexts[name.rpartition(".")[2]]
    write(empty.root, {".sops.yaml": rules})
    empty.write_encrypted(name, plaintext)
    before = (empty.root / name).read_text()
    write(empty.root, {".sops.yaml": f"{rules}    {selector}\n"})
    empty.write_encrypted(name, plaintext)
    in_clear = set(re.findall(r"_x\d_", (empty.root / name).read_text()))
    write(empty.root, {name: before})
    empty.commit_all()
    done = sopskit("sync", "--yes")
    assert (done.code, empty.changed() == []) == ((2, True) if in_clear else (0, False))
    accepted = sopskit("sync", "--yes", "--allow-clear")
    assert accepted.code == 0, accepted.err
    assert set(re.findall(r"_x\d_", (empty.root / name).read_text())) == in_clear


def test_an_encrypted_comment_may_have_its_value_in_clear(empty: Workbench, key: KeyPair) -> None:
    """What it says is not known without a key: whatever it may speak for is named."""
    rules = f"creation_rules:\n  - path_regex: ^s/\n    age: {key.recipient}\n"
    write(empty.root, {".sops.yaml": rules})
    empty.write_encrypted("s/x.yaml", "one: 1\n# public\ntwo: 2\n")
    write(empty.root, {".sops.yaml": f"{rules}    unencrypted_comment_regex: ^ public\n"})
    empty.commit_all()
    done = sopskit("sync", "--yes")
    assert (done.code, empty.changed()) == (2, [])
    assert "s/x.yaml (two, 1 comment)" in done.err
