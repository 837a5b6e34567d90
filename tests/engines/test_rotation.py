"""Rotation by both engines: a new data key, the same values, and no other byte; real sops judges."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from sopskit.engines.file_encryption import Encryption
from sopskit.engines.rotation import Rotation, rotate
from sopskit.engines.service_engine import NotServedError
from sopskit.errors import BrokenFileError, FailedError, NoIdentityError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops import cipher, formats
from sopskit.sops.metadata import Selector
from tests.engines.files import (
    NAMES,
    Groups,
    Vault,
    assert_tells_nothing,
    config,
    outside_stanzas,
    read,
    sops,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sopskit.engines.interface import Engine

    EngineHolding = Callable[[str, str], Engine]

ENGINES = ("embedded", "sops")
_ENC = re.compile(rb"ENC\[AES256_GCM,[^]]*\]")
_NONCE = re.compile(rb"ENC\[AES256_GCM,[^]]*,iv:([^,]*),[^]]*\]")
_TIME = re.compile(rb"(lastmodified[^0-9]*)[0-9TZ:-]+")


def _values(data: bytes) -> list[tuple[bytes, bytes]]:
    """The ENC text and the nonce of every value that is not empty, and of the MAC."""
    return [(match[0], match[1]) for match in _NONCE.finditer(data)]


def encryption(groups: Groups, threshold: int = 0) -> Encryption:
    wanted = tuple(tuple(key.recipient for key in group) for group in groups)
    return Encryption(wanted, (threshold or len(groups)) if len(groups) > 1 else 0)


def rotated(engine: Engine, data: bytes, how: Encryption | None = None, name: str = "s.yaml") -> bytes:
    written = rotate(engine, Rotation(name, data, formats.format_of(name), how))
    assert written.notes == ()
    return written.data


def masked(data: bytes, name: str) -> bytes:
    """A file but for its stanzas, its encrypted values, its MAC and its time."""
    return _TIME.sub(rb"\1", _ENC.sub(b"ENC", outside_stanzas(data, name)))


def judge(vault: Vault, folder: Path, name: str, before: bytes, after: bytes, opened_by: str) -> None:
    """Real sops opens it with each of these sets of keys; nothing but what must differ does, and that all."""
    (folder / name).write_bytes(after)
    for letters in opened_by.split():
        keys = [vault.key(letter) for letter in letters]
        assert sops("-d", name, folder=folder, keys=keys).stdout == vault.plaintext(name)
    assert masked(after, name) == masked(before, name)
    old, new = (_values(data) for data in (before, after))
    assert not {text for text, _ in old} & {text for text, _ in new}
    old_nonces, new_nonces = (Counter(nonce for _, nonce in values) for values in (old, new))
    assert sum((old_nonces - new_nonces).values()) <= 1  # that of the MAC, which is sealed with the time
    assert old_nonces.total() == new_nonces.total()
    stanzas = (
        {s.enc for group in read(data, name).metadata.groups for s in group} for data in (before, after)
    )
    assert not set.intersection(*stanzas)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_recipients_of_the_file_stay(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, name: str, engine: str
) -> None:
    before = vault.encrypted(name, "AP")
    after = rotated(engine_holding(engine, "A"), before, name=name)
    judge(vault, tmp_path, name, before, after, "A P")
    (tmp_path / ".sops.yaml").write_text(config(vault.groups("AP")))
    assert b"up to date" in sops("updatekeys", "-y", name, folder=tmp_path, keys=[]).stderr


@pytest.mark.parametrize("name", NAMES)
def test_old_data_key_opens_no_value(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, name: str
) -> None:
    """A reader who lost the file puts the old stanzas, which are in git, beside the new values."""
    engine, before = engine_holding("embedded", "A"), vault.encrypted(name, "AB")
    after = rotated(engine, before, encryption(vault.groups("A")), name)
    old = engine.open(read(before, name).metadata, name)
    assert not cipher.verify_data_key(read(after, name).metadata, old)
    (tmp_path / name).write_bytes(read(after, name).with_groups(read(before, name).metadata.groups, 0))
    done = sops("-d", "--ignore-mac", name, folder=tmp_path, keys=[vault.key("B")], check=False)
    assert b"Could not decrypt" in done.stderr or b"message authentication failed" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("letters", "threshold", "after", "new_threshold", "opened_by", "closed_to"),
    [
        ("ABC", 0, "AC", 0, "A C", "B"),
        ("AB", 0, "B", 0, "B", "A"),
        ("ASR", 0, "ASQ", 0, "S Q", "R"),
        ("A B C", 2, "A BF C", 2, "AF FC", "BF"),
        ("A B C", 2, "A C", 2, "AC", "AB"),
        ("A B", 0, "AB", 0, "A B", "C"),
        ("AB", 0, "A B C", 2, "AB BC", "A"),
    ],
)
def test_recipients_change(
    tmp_path: Path,
    vault: Vault,
    engine_holding: EngineHolding,
    engine: str,
    letters: str,
    threshold: int,
    after: str,
    new_threshold: int,
    opened_by: str,
    closed_to: str,
) -> None:
    before = vault.encrypted("s.yaml", letters, threshold)
    how = encryption(vault.groups(after), new_threshold)
    result = rotated(engine_holding(engine, letters.replace(" ", "")), before, how)
    judge(vault, tmp_path, "s.yaml", before, result, opened_by)
    keys = [vault.key(letter) for letter in closed_to]
    assert sops("-d", "s.yaml", folder=tmp_path, keys=keys, check=False).returncode == 128


@pytest.mark.parametrize("version", ["sops-3.9.4", "sops-3.8.1"])
@pytest.mark.parametrize("name", NAMES)
def test_file_of_an_older_sops_stays_one(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, name: str, version: str
) -> None:
    before = vault.encrypted(name, "AB", version=version)
    after = rotated(engine_holding("embedded", "A"), before, name=name)
    judge(vault, tmp_path, name, before, after, "A B")
    sops("-d", name, folder=tmp_path, keys=[vault.key("B")], version=version)


def test_rule_brings_its_selector(tmp_path: Path, vault: Vault, engine_holding: EngineHolding) -> None:
    before = vault.encrypted("s.yaml", "A")
    selector = Selector("encrypted_regex", "^(b|y)$")
    how = encryption(vault.groups("AB"))._replace(selector=selector, mac_only_encrypted=True)
    after = rotated(engine_holding("embedded", "A"), before, how)
    assert b"a: 1\n" in after
    assert b"# comment\n" in after
    assert read(after).metadata.selector == selector
    (tmp_path / "s.yaml").write_bytes(after)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("B")]).stdout == vault.plaintext("s.yaml")
    (tmp_path / "s.yaml").write_bytes(after.replace(b"a: 1\n", b"a: 2\n"))
    sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("B")])  # the MAC leaves it out
    back = rotated(engine_holding("embedded", "A"), after, encryption(vault.groups("A")))
    assert len(_ENC.findall(back)) == len(_ENC.findall(before))
    (tmp_path / "s.yaml").write_bytes(back)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("A")]).stdout == vault.plaintext("s.yaml")


def test_rule_selects_by_comments_as_they_read_when_decrypted(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding
) -> None:
    text = "# secret\na: x\nb: z\n"
    (tmp_path / "s.yaml").write_text(text)
    sops("-e", "-i", "--age", vault.key("A").text, "s.yaml", folder=tmp_path, keys=[])
    before = (tmp_path / "s.yaml").read_bytes()
    assert b"secret" not in before
    how = encryption(vault.groups("A"))._replace(selector=Selector("encrypted_comment_regex", "secret"))
    after = rotated(engine_holding("embedded", "A"), before, how)
    assert re.match(rb"# ?secret\na: ENC\[[^\n]*\]\nb: z\n", after)
    (tmp_path / "s.yaml").write_bytes(after)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("A")]).stdout.decode() == text


@pytest.mark.parametrize("name", NAMES)
def test_threshold_that_sops_left_in_a_file_of_one_group_stays(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, name: str
) -> None:
    (tmp_path / name).write_bytes(vault.encrypted(name, "A B"))
    (tmp_path / ".sops.yaml").write_text(config(vault.groups("AB")))
    sops("updatekeys", "-y", name, folder=tmp_path, keys=[vault.key("A"), vault.key("B")])
    before = (tmp_path / name).read_bytes()
    assert read(before, name).metadata.shamir_threshold == 1
    after = rotated(engine_holding("embedded", "A"), before, encryption(vault.groups("AB")), name)
    assert read(after, name).metadata.shamir_threshold == 1
    judge(vault, tmp_path, name, before, after, "A B")


def test_empty_text_keeps_its_spelling(tmp_path: Path, vault: Vault, engine_holding: EngineHolding) -> None:
    (tmp_path / "s.yaml").write_text('a: ""\nb: x\n')
    sops("-e", "-i", "--age", vault.key("A").text, "s.yaml", folder=tmp_path, keys=[])
    before = (tmp_path / "s.yaml").read_bytes().replace(b'a: ""', b"a: ''")
    after = rotated(engine_holding("embedded", "A"), before)
    assert masked(after, "s.yaml") == masked(before, "s.yaml")


@pytest.mark.parametrize(
    "selector",
    ["encrypted_comment_regex", "unencrypted_comment_regex", "unencrypted_regex", "encrypted_suffix"],
)
def test_selector_of_the_file_stays(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, selector: str
) -> None:
    text = "# one\na: 1\n# open\nb_open:\n    # two\n    c: 2\n    # open\n    d: [x, y]\ne_open: z\n"
    (tmp_path / "s.yaml").write_text(text)
    flag = "--" + selector.replace("_", "-")
    argument = "_open" if selector.endswith("suffix") else "open"
    sops("-e", "-i", "--age", vault.key("A").text, flag, argument, "s.yaml", folder=tmp_path, keys=[])
    before = (tmp_path / "s.yaml").read_bytes()
    after = rotated(engine_holding("embedded", "A"), before)
    assert masked(after, "s.yaml") == masked(before, "s.yaml")
    (tmp_path / "s.yaml").write_bytes(after)
    done = sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("A")])
    (tmp_path / "s.yaml").write_bytes(before)
    assert done.stdout == sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("A")]).stdout
    assert b"unencrypted comment" not in done.stderr


def test_comment_in_clear_is_encrypted(vault: Vault, engine_holding: EngineHolding) -> None:
    before = vault.encrypted("s.yaml", "A") + b"\n"
    clear = re.sub(rb"#ENC\[[^]]*\]", b"# comment", before)
    assert clear != before
    after = rotated(engine_holding("embedded", "A"), clear)
    assert b"# comment" not in after
    assert masked(after, "s.yaml") == masked(before, "s.yaml")


@pytest.mark.parametrize("engine", ENGINES)
def test_file_that_was_changed_is_not_rotated(
    vault: Vault, engine_holding: EngineHolding, engine: str
) -> None:
    before = vault.encrypted("s.json", "A")
    first, second = _ENC.findall(before)[:2]
    swapped = before.replace(first, b"?").replace(second, first).replace(b"?", second)
    without = before.replace(b'"a"', b'"a_unencrypted"')
    for damaged in (swapped, without):
        with pytest.raises(BrokenFileError) as caught:
            rotated(engine_holding(engine, "A"), damaged, name="s.json")
        assert caught.value.path == "s.json"
        assert_tells_nothing(caught.value, vault.key("A").value.encode())


@pytest.mark.parametrize("engine", ENGINES)
def test_file_that_nobody_here_opens(vault: Vault, engine_holding: EngineHolding, engine: str) -> None:
    with pytest.raises(NoIdentityError) as caught:
        rotated(engine_holding(engine, "B"), vault.encrypted("s.yaml", "A"))
    assert caught.value.path == "s.yaml"


def test_group_without_a_recipient_is_refused(vault: Vault, engine_holding: EngineHolding) -> None:
    for how in (encryption(()), Encryption(((vault.key("A").recipient,), ()), 2)):
        with pytest.raises(FailedError, match="opened by nobody"):
            rotated(engine_holding("embedded", "A"), vault.encrypted("s.yaml", "A"), how)


def test_key_that_the_engine_does_not_serve_is_refused(vault: Vault, engine_holding: EngineHolding) -> None:
    cloud = label(StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a")
    how = Encryption(((vault.key("A").recipient, cloud),))
    with pytest.raises(NotServedError, match=cloud.text) as caught:
        rotated(engine_holding("embedded", "A"), vault.encrypted("s.yaml", "A"), how)
    assert caught.value.path == "s.yaml"
