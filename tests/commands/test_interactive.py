"""add-host and init asked for in a terminal: a real pseudo-terminal, arrow keys included."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pexpect
import pyte
import pytest

from sopskit.keys import ssh
from tests.commands.test_add_host import pgp_key
from tests.commands.workbench import DEMO, Workbench, age_key, sopskit, ssh_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN, SPACE, ENTER, CTRL_C = "\x1b[B", " ", "\r", "\x03"


class Session:
    """sopskit in a terminal of 30 lines, and what a person sees in it."""

    def __init__(self, *arguments: str) -> None:
        argv = ["-m", "sopskit", *arguments]
        environ = os.environ | {"TERM": "xterm", "COLUMNS": "150", "LINES": "40"}
        self._child = pexpect.spawn(sys.executable, argv, env=environ, dimensions=(40, 150), timeout=20)
        self._screen = pyte.HistoryScreen(150, 40, history=2000)
        self._stream = pyte.ByteStream(self._screen)

    def waits_for(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        for _ in range(200):
            if text in self.screen():
                return
            try:
                self._feed(0.1)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        assert text in self.screen(), self.screen()

    def screen(self) -> str:
        """Everything that was shown, line by line."""
        past = ["".join(line[column].data for column in range(150)) for line in self._screen.history.top]
        return "\n".join(
            [*(line.rstrip() for line in past), *(line.rstrip() for line in self._screen.display)]
        )

    def _feed(self, timeout: float) -> None:
        data: bytes = self._child.read_nonblocking(4096, timeout=timeout)  # type: ignore[assignment]
        self._stream.feed(data)

    def types(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self._child.send(key)

    def exit_code(self) -> int:
        """Read to the end; the exit code."""
        while True:
            try:
                self._feed(20)
            except pexpect.EOF:
                break
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -1)

    def end(self) -> None:
        """Make sure that it is gone."""
        self._child.close(force=True)


@pytest.fixture
def sessions() -> Iterator[list[Session]]:
    """Sessions to end after the test."""
    started: list[Session] = []
    yield started
    for session in started:
        session.end()


def start(sessions: list[Session], *arguments: str) -> Session:
    sessions.append(Session(*arguments))
    return sessions[-1]


def answer_up_to_the_plan(session: Session, key_file: Path) -> None:
    """A machine named willow, its key from a file, into the second rule and the fourth."""
    session.waits_for("Name of the new host")
    session.types("willow", ENTER)
    session.waits_for("What is it?")
    session.types(ENTER)  # a machine
    session.waits_for("Where does its key come from?")
    session.types(DOWN, ENTER)  # read it from a file
    session.waits_for("File")
    session.types(str(key_file), ENTER)
    session.waits_for("Which rules does it join?")
    session.waits_for("2. ^hosts/cedar/.* (8 files)")
    session.waits_for("a new rule for this host")
    session.types(DOWN, SPACE, DOWN, DOWN, SPACE, ENTER)
    session.waits_for("and re-wrap 20 files?")


def test_a_host_is_added_by_answering(sample: Workbench, tmp_path: Path, sessions: list[Session]) -> None:
    key = ssh_key(tmp_path)
    session = start(sessions, "add-host")
    answer_up_to_the_plan(session, key.with_name(key.name + ".pub"))
    shown = session.screen()
    assert "+          - *willow" in shown  # the diff
    assert "sops-nix opens that with the host's SSH key" in shown  # why the key has another form
    assert sample.changed() == []
    session.types("y")
    session.waits_for("re-wrapped 20 files")
    assert session.exit_code() == 0
    identity = ssh.private_to_age(key.read_bytes())
    assert sample.decrypts("hosts/cedar/users.yaml", identity) is not None
    assert sample.decrypts("hosts/maple/users.yaml", identity) is None


def test_no_leaves_everything_as_it_was(sample: Workbench, tmp_path: Path, sessions: list[Session]) -> None:
    key = ssh_key(tmp_path)
    session = start(sessions, "add-host")
    answer_up_to_the_plan(session, key.with_name(key.name + ".pub"))
    session.types("n")
    session.waits_for("declined, nothing was changed")
    assert (session.exit_code(), sample.changed()) == (130, [])


@pytest.mark.parametrize("question", ["Name of the new host", "What is it?", "Where does its key come from?"])
def test_ctrl_c_at_a_question_leaves_everything_as_it_was(
    sample: Workbench, sessions: list[Session], question: str
) -> None:
    session = start(sessions, "add-host")
    for text, answer in (
        ("Name of the new host", ("willow", ENTER)),
        ("What is it?", (ENTER,)),
        ("Where does its key come from?", ()),
    ):
        session.waits_for(text)
        if text == question:
            session.types(CTRL_C)
            break
        session.types(*answer)
    assert (session.exit_code(), sample.changed()) == (130, [])


def test_ctrl_c_at_the_rules_and_at_the_last_question(
    sample: Workbench, tmp_path: Path, sessions: list[Session]
) -> None:
    recipient = age_key().recipient
    session = start(sessions, "add-host", "willow", "--key", recipient)
    session.waits_for("Which rules does it join?")
    session.types(CTRL_C)
    assert (session.exit_code(), sample.changed()) == (130, [])
    target = tmp_path / "willow.agekey"
    session = start(sessions, "add-host", "willow", "--generate", str(target), "--all-rules")
    session.waits_for("and re-wrap 40 files?")
    session.types(CTRL_C)
    assert (session.exit_code(), sample.changed(), target.exists()) == (130, [], False)


def test_a_new_rule_is_asked_for_with_its_readers(sample: Workbench, sessions: list[Session]) -> None:
    session = start(sessions, "add-host", "willow", "--role", "machine", "--key", age_key().recipient)
    session.waits_for("Which rules does it join?")
    session.types(DOWN, DOWN, DOWN, DOWN, SPACE, ENTER)
    session.waits_for("Pattern of the new rule")
    session.types("^hosts/willow/(", ENTER)
    session.waits_for("missing")  # RE2's word for the parenthesis that is not closed
    session.types("\x7f", ENTER)
    session.waits_for("Who else reads its files?")
    session.types(ENTER)
    session.waits_for("Write this?")
    session.types("y")
    session.waits_for("wrote .sops.yaml")
    assert session.exit_code() == 0
    assert "path_regex: ^hosts/willow/" in (sample.root / ".sops.yaml").read_text()


def test_a_key_is_chosen_from_the_gpg_keyring(
    sample: Workbench, gnupg_home: Path, sessions: list[Session]
) -> None:
    fingerprint = pgp_key()
    session = start(sessions, "add-host", "willow", "--role", "user", "--rule", "2")
    session.waits_for("Where does its key come from?")
    session.types(DOWN, DOWN, DOWN, DOWN, ENTER)
    session.waits_for("Which key?")
    session.waits_for(fingerprint[-16:])
    session.types(ENTER)
    session.waits_for("and re-wrap 8 files?")
    session.types("y")
    session.waits_for("re-wrapped 8 files")
    assert session.exit_code() == 0
    assert sample.up_to_date("hosts/cedar/users.yaml")


def test_a_private_key_pasted_at_the_question_is_refused(sample: Workbench, sessions: list[Session]) -> None:
    session = start(sessions, "add-host", "willow", "--role", "machine")
    session.waits_for("Where does its key come from?")
    session.types(ENTER)
    session.waits_for("Public key")
    session.types(age_key().identity, ENTER)
    session.waits_for("this is a private key")
    session.types(CTRL_C)
    assert (session.exit_code(), sample.changed()) == (130, [])


def test_what_nobody_else_reads_goes_after_a_typed_confirmation(
    age_sample: Workbench, sessions: list[Session]
) -> None:
    willow = age_key()
    rules = age_sample.root / ".sops.yaml"
    text = rules.read_text().replace("keys:\n", f"keys:\n  - &willow {willow.recipient}\n", 1)
    rules.write_text(f"{text.rstrip()}\n  - path_regex: ^own/\n    age: *willow\n")
    age_sample.write_encrypted("own/one.yaml", "a: 1\n")
    age_sample.commit_all()
    for answer, code, changed in (("yes", 130, []), ("lose access", 1, [".sops.yaml"])):
        session = start(sessions, "remove-host", "willow", "--force", "--yes")
        session.waits_for("own/one.yaml to nobody")
        session.waits_for("(type lose access)")
        session.types(answer, ENTER)
        assert (session.exit_code(), age_sample.changed()) == (code, changed)
    assert "own/one.yaml stays readable to who goes" in session.screen()
    assert rules.read_text() == text.replace(f"  - &willow {willow.recipient}\n", "")


def test_one_s_own_access_goes_after_a_typed_confirmation(
    age_sample: Workbench, sessions: list[Session]
) -> None:
    session = start(sessions, "remove-host", "admin", "--force")
    session.waits_for("you would lose access to 40 files")
    session.waits_for("(type lose access)")
    session.types("lose access", ENTER)
    session.waits_for("rotated 40 files")
    assert session.exit_code() == 0
    admin = (DEMO / "admin.agekey").read_text().splitlines()[-1]
    assert age_sample.decrypts("shared/wifi.yaml", admin) is None
    assert age_sample.up_to_date("shared/wifi.yaml")


def test_the_key_to_replace_is_chosen_from_several(age_sample: Workbench, sessions: list[Session]) -> None:
    first, second, new = age_key(), age_key(), age_key()
    keys = ("--key", first.recipient, "--key", second.recipient)
    assert sopskit("add-host", "willow", *keys, "--rule", "2", "--yes").code == 0
    session = start(sessions, "replace-key", "willow", "--key", new.recipient)
    session.waits_for("Which key goes?")
    session.types(DOWN, ENTER)
    session.waits_for("and rotate 8 files?")
    session.types("y")
    session.waits_for("rotated 8 files")
    assert session.exit_code() == 0
    assert age_sample.decrypts("hosts/cedar/users.yaml", second.identity) is None
    assert age_sample.decrypts("hosts/cedar/users.yaml", first.identity) is not None


def test_a_passphrase_is_asked_for_when_only_that_key_opens_the_files(
    empty: Workbench, home: Path, sessions: list[Session]
) -> None:
    folder = home / ".ssh"
    folder.mkdir()
    key = ssh_key(folder).rename(folder / "id_ed25519")
    public = next(folder.glob("*.pub")).rename(folder / "id_ed25519.pub").read_text().strip()
    rules = f"keys:\n  - &me {public}\ncreation_rules:\n  - age:\n      - *me\n"
    (empty.root / ".sops.yaml").write_text(rules)
    empty.write_encrypted("one.yaml", "a: 1\n")
    empty.commit_all()
    pexpect.run(f"ssh-keygen -q -p -N 'correct horse' -P '' -f {key}")
    new = age_key()
    session = start(sessions, "add-host", "willow", "--key", new.recipient, "--all-rules", "--yes")
    session.waits_for("passphrase")
    session.types("correct horse", ENTER)
    session.waits_for("re-wrapped 1 file")
    assert session.exit_code() == 0
    assert "correct horse" not in session.screen()
    assert empty.decrypts("one.yaml", new.identity) == "a: 1\n"


def test_init_offers_the_keys_that_it_finds(empty: Workbench, home: Path, sessions: list[Session]) -> None:
    keys = home / ".config/sops/age/keys.txt"
    keys.parent.mkdir(parents=True)
    key = age_key()
    keys.write_text(key.identity + "\n")
    session = start(sessions, "init", "--name", "admin")
    session.waits_for("What reads the secrets?")
    session.types(DOWN, DOWN, ENTER)
    session.waits_for("Write this to .sops.yaml?")
    session.types("y")
    session.waits_for("wrote .sops.yaml")
    assert session.exit_code() == 0
    empty.write_encrypted("secrets/one.yaml", "a: 1\n")
    assert empty.decrypts("secrets/one.yaml", key.identity) == "a: 1\n"
