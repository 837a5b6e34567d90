"""Files that lie: forged stanzas, false labels, shares that are none, and far too much of everything."""

from __future__ import annotations

import os
import shlex
import time
from typing import TYPE_CHECKING

import pytest

from sopskit.engines.service_engine import NotServedError
from sopskit.errors import FailedError, NoIdentityError
from sopskit.keys import age, age_format
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops import shamir
from sopskit.sops.metadata import Stanza
from tests.engines.files import (
    NAMES,
    Key,
    Vault,
    assert_tells_nothing,
    environment,
    read,
    request,
    sops,
    told,
)
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sopskit.engines.interface import Engine

    EngineHolding = Callable[[str, str], Engine]

ENGINES = ("embedded", "sops")
FOREIGN = "does not belong to this file"


def sealed(key: Key, content: bytes) -> Stanza:
    """A stanza for `key` that wraps `content`."""
    return Stanza(key.recipient, age.wrap(key.recipient, content))


def opened(stanza: Stanza, key: Key) -> bytes:
    content = age.parse_identity(key.value).unwrap(stanza.enc)
    assert content is not None
    return content


def with_stanzas(data: bytes, groups: Sequence[Sequence[Stanza]], name: str = "s.yaml") -> bytes:
    file = read(data, name)
    return file.with_groups(groups, file.metadata.shamir_threshold)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("size", [16, 31, 32, 33])
def test_forged_data_key_reaches_nobody(
    vault: Vault, engine_holding: EngineHolding, size: int, engine: str
) -> None:
    ours, forged = vault.key("A"), os.urandom(size)
    data = with_stanzas(vault.encrypted("s.yaml", "A"), [[sealed(ours, forged)]])
    for groups, threshold in (("AB", 0), ("A B", 2)):
        with pytest.raises(FailedError, match=FOREIGN) as caught:
            engine_holding(engine, "A").rewrap(request(data, vault.groups(groups), threshold))
        assert caught.value.path == "s.yaml"
        assert_tells_nothing(caught.value, forged, ours.value.encode())


def test_data_key_with_a_byte_too_many_or_none_at_all_is_refused(
    vault: Vault, engine_holding: EngineHolding
) -> None:
    ours, data = vault.key("A"), vault.encrypted("s.yaml", "A")
    data_key = opened(read(data).metadata.groups[0][0], ours)
    for content in (data_key + b"\x01", data_key[:-1], b""):
        forged = with_stanzas(data, [[sealed(ours, content)]])
        with pytest.raises(FailedError, match=FOREIGN) as caught:
            engine_holding("embedded", "A").rewrap(request(forged, vault.groups("AB")))
        assert_tells_nothing(caught.value, data_key, data_key[:-1], ours.value.encode())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("target", ["AD B C", "A B CD", "ABC"])
def test_forged_share_reaches_nobody(
    vault: Vault, engine_holding: EngineHolding, target: str, engine: str
) -> None:
    forged = os.urandom(32) + b"\x01"
    data = vault.encrypted("s.yaml", "A B C", 2)
    groups = [list(group) for group in read(data).metadata.groups]
    share = opened(groups[1][0], vault.key("B"))
    groups[0] = [sealed(vault.key("A"), forged)]
    data = with_stanzas(data, groups)
    threshold = 2 if " " in target else 0
    with pytest.raises(FailedError, match=FOREIGN) as caught:
        engine_holding(engine, "AB").rewrap(request(data, vault.groups(target), threshold))
    secrets = (vault.key(letter).value.encode() for letter in "AB")
    assert_tells_nothing(caught.value, forged, share, share[:-1], *secrets)


@pytest.mark.parametrize("target", ["AD B C", "A B CD", "ABC"])
@pytest.mark.parametrize("place", ["twice the same", "zero"])
def test_shares_at_impossible_places_are_refused(
    vault: Vault, engine_holding: EngineHolding, target: str, place: str
) -> None:
    data = vault.encrypted("s.yaml", "A B C", 2)
    groups = [list(group) for group in read(data).metadata.groups]
    share = opened(groups[1][0], vault.key("B"))
    forged = share if place == "twice the same" else share[:-1] + b"\0"
    groups[0] = [sealed(vault.key("A"), forged)]
    threshold = 2 if " " in target else 0
    with pytest.raises(FailedError) as caught:
        engine_holding("embedded", "AB").rewrap(
            request(with_stanzas(data, groups), vault.groups(target), threshold)
        )
    assert (type(caught.value), caught.value.path) == (FailedError, "s.yaml")
    assert_tells_nothing(caught.value, share, share[:-1])


@pytest.mark.parametrize("places", [(3, 1, 2), (1, 3, 2), (255, 254, 253), (1, 2, 3)])
def test_further_share_takes_no_place_that_is_taken(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, places: tuple[int, int, int]
) -> None:
    data = vault.encrypted("s.yaml", "A B C", 2)
    keys = [vault.key(letter) for letter in "ABC"]
    shares = [opened(group[0], key) for group, key in zip(read(data).metadata.groups, keys, strict=True)]
    groups = [
        [sealed(key, shamir.share_at(shares[:2], place))] for key, place in zip(keys, places, strict=True)
    ]
    after = engine_holding("embedded", "AB").rewrap(
        request(with_stanzas(data, groups), vault.groups("A B CD"), 2)
    )
    (tmp_path / "s.yaml").write_bytes(after)
    for letter in "AB":
        held = [vault.key(letter), vault.key("D")]
        assert sops("-d", "s.yaml", folder=tmp_path, keys=held).stdout == vault.plaintext("s.yaml")


@pytest.mark.parametrize("size", [0, 1, 32, 34])
def test_share_of_a_wrong_length_is_not_handed_on(
    vault: Vault, engine_holding: EngineHolding, size: int
) -> None:
    content = os.urandom(size)
    data = vault.encrypted("s.yaml", "A B C", 2)
    groups = [list(group) for group in read(data).metadata.groups]
    groups[0] = [sealed(vault.key("A"), content)]
    with pytest.raises(FailedError, match="key group 1 is no share") as caught:
        engine_holding("embedded", "A").rewrap(request(with_stanzas(data, groups), vault.groups("AD B C"), 2))
    if size > 1:
        assert_tells_nothing(caught.value, content)


@pytest.mark.parametrize("engine", ENGINES)
def test_stanza_under_another_name_opens(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, engine: str
) -> None:
    data = vault.encrypted("s.yaml", "A")
    (stanza,) = read(data).metadata.groups[0]
    data = with_stanzas(data, [[stanza._replace(recipient=vault.key("C").recipient)]])
    after = engine_holding(engine, "A").rewrap(request(data, vault.groups("CB")))
    (tmp_path / "s.yaml").write_bytes(after)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("B")]).stdout == vault.plaintext("s.yaml")


@pytest.mark.parametrize("name", ["s.yaml", "s.env"])
def test_ten_thousand_stanzas(vault: Vault, engine_holding: EngineHolding, name: str) -> None:
    data = vault.encrypted(name, "A")
    junk = [Stanza(label(StanzaKind.AGE, f"age1{number}"), "junk") for number in range(10_000)]
    many = with_stanzas(data, [[*junk, *read(data, name).metadata.groups[0]]], name)
    start = time.monotonic()
    after = engine_holding("embedded", "A").rewrap(request(many, vault.groups("AB"), path=name))
    assert {stanza.recipient for stanza in read(after, name).metadata.groups[0]} == {
        key.recipient for key in vault.groups("AB")[0]
    }
    with pytest.raises(NoIdentityError) as caught:
        engine_holding("embedded", "C").rewrap(request(many, vault.groups("AB"), path=name))
    assert len(told(caught.value)) < 4000
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("name", NAMES)
def test_wrapped_key_of_ten_megabytes_opens_nothing(
    vault: Vault, engine_holding: EngineHolding, name: str
) -> None:
    data = vault.encrypted(name, "A")
    for recipient in (vault.key("A").recipient, vault.key("P").recipient):
        stanza = Stanza(recipient, "A" * 10_000_000, "2026-01-01T00:00:00Z")
        start = time.monotonic()
        with pytest.raises((NoIdentityError, FailedError)) as caught:
            engine_holding("embedded", "AP").rewrap(
                request(with_stanzas(data, [[stanza]], name), vault.groups("APB"), path=name)
            )
        assert time.monotonic() - start < 200
        assert len(told(caught.value)) < 4000


def test_many_stanzas_for_our_own_pgp_key_do_not_keep_gpg_busy(
    vault: Vault, engine_holding: EngineHolding
) -> None:
    data = vault.encrypted("s.yaml", "A")
    recipient = vault.key("P").recipient
    junk = [Stanza(recipient, f"junk {number}", "2026-01-01T00:00:00Z") for number in range(2000)]
    start = time.monotonic()
    with pytest.raises(NoIdentityError):
        engine_holding("embedded", "P").rewrap(request(with_stanzas(data, [junk]), vault.groups("PB")))
    assert time.monotonic() - start < 10


def gpg_runs(programs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gpg that adds a line to a file for each message that it is to decrypt; returns the file."""
    log = programs_folder / "log"
    gpg = programs_folder / "gpg"
    gpg.write_text(
        f'#!/bin/sh\ncase "$*" in *--decrypt*) echo run >> {log};; esac\nexec {program("gpg")} "$@"\n'
    )
    gpg.chmod(0o755)
    monkeypatch.setenv("SOPS_GPG_EXEC", str(gpg))
    return log


@pytest.mark.parametrize("target", ["all groups anew", "one more in each"])
def test_gpg_runs_are_counted_for_all_groups_together(
    vault: Vault,
    engine_holding: EngineHolding,
    programs_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    log = gpg_runs(programs_folder, monkeypatch)
    ours = vault.key("P").recipient
    junk = [[Stanza(ours, f"junk {n} {m}", "2026-01-01T00:00:00Z") for m in range(3)] for n in range(20)]
    data = with_stanzas(vault.encrypted("s.yaml", "A B", 2), junk)
    groups = vault.groups("PA") if target == "all groups anew" else vault.groups("PA") * 20
    with pytest.raises(NoIdentityError):
        engine_holding("embedded", "P").rewrap(request(data, groups, 2 if len(groups) > 1 else 0))
    assert 0 < len(log.read_text().splitlines()) <= 8


def test_key_commands_run_for_a_limited_number_of_recipients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault, engine_holding: EngineHolding
) -> None:
    ours, log = vault.key("A"), tmp_path / "log"
    script = f"echo run >> {log}; echo {ours.value}"
    monkeypatch.setenv("SOPS_AGE_KEY_CMD", f"sh -c {shlex.quote(script)}")
    data = vault.encrypted("s.yaml", "A")
    junk = [Stanza(label(StanzaKind.AGE, f"age1{number}"), "junk") for number in range(300)]
    with pytest.raises(NoIdentityError):
        engine_holding("embedded", "").rewrap(request(with_stanzas(data, [junk]), vault.groups("AB")))
    assert 0 < len(log.read_text().splitlines()) <= 32
    # A key that the command gave counts for every stanza, whomever the command ran for.
    behind = with_stanzas(data, [[*junk, *read(data).metadata.groups[0]]])
    after = engine_holding("embedded", "").rewrap(request(behind, vault.groups("AB")))
    assert len(read(after).metadata.groups[0]) == 2


def test_shares_at_all_places_leave_none_for_another(vault: Vault, engine_holding: EngineHolding) -> None:
    data = vault.encrypted("s.yaml", "A B", 2)
    pair = zip(read(data).metadata.groups, (vault.key("A"), vault.key("B")), strict=True)
    shares = [opened(group[0], key) for group, key in pair]
    groups = [[sealed(vault.key("A"), shamir.share_at(shares, place))] for place in range(1, 256)]
    foreign = sealed(vault.key("C"), shares[0])
    full = with_stanzas(data, [[foreign], *groups])
    wanted = (vault.groups("CD")[0], *(vault.groups("A")[0] for _ in groups))
    with pytest.raises(FailedError, match="no place") as caught:
        engine_holding("embedded", "A").rewrap(request(full, wanted, 2))
    assert caught.value.path == "s.yaml"


@pytest.mark.parametrize("damaged", [0, 1])
def test_damaged_stanza_of_our_key_is_told(vault: Vault, engine_holding: EngineHolding, damaged: int) -> None:
    """Nobody is sent to look for a key that is here; other stanzas, or enough other groups, still open."""
    group = read(vault.encrypted("s.yaml", "AB")).metadata.groups[0]
    broken = group[damaged]._replace(enc=group[damaged].enc.replace("\n-----END", "A\n-----END"))
    data = with_stanzas(
        vault.encrypted("s.yaml", "AB"),
        [[broken if n == damaged else stanza for n, stanza in enumerate(group)]],
    )
    named = "A" if group[damaged].recipient == vault.key("A").recipient else "B"
    with pytest.raises(FailedError, match=f"stanza of {vault.key(named).recipient.text} does not open"):
        engine_holding("embedded", named).open(read(data).metadata, "s.yaml")
    assert len(engine_holding("embedded", "AB").open(read(data).metadata, "s.yaml")) == 32
    with pytest.raises(NoIdentityError):
        engine_holding("embedded", "C").open(read(data).metadata, "s.yaml")


def test_passphrase_stanza_is_not_tried(vault: Vault, engine_holding: EngineHolding) -> None:
    data = vault.encrypted("s.yaml", "A")
    salt = age_format.encode_unpadded(os.urandom(16))
    slow = age_format.Stanza(("scrypt", salt, "22"), os.urandom(32))
    enc = age_format.armor(age_format.seal(os.urandom(16), slow, os.urandom(32)))
    start = time.monotonic()
    with pytest.raises(FailedError, match="does not open with its key"):
        engine_holding("embedded", "A").rewrap(
            request(with_stanzas(data, [[Stanza(vault.key("A").recipient, enc)]]), vault.groups("AB"))
        )
    assert time.monotonic() - start < 20


def test_cloud_stanzas_keep_their_bytes(tmp_path: Path, vault: Vault, engine_holding: EngineHolding) -> None:
    fields = {"arn": "arn:aws:kms:eu-west-1:123456789012:key/1", "aws_profile": "", "role": ""}
    cloud = label(StanzaKind.KMS, fields["arn"])
    for name in NAMES:
        data = vault.encrypted(name, "A")
        kms = Stanza(cloud, "Y2xvdWQ=", "2026-01-01T00:00:00Z", tuple(fields.items()))
        before = with_stanzas(data, [[kms, *read(data, name).metadata.groups[0]]], name)
        groups = ((cloud, vault.key("A").recipient, vault.key("B").recipient),)
        wanted = request(before, vault.groups("A"), path=name)._replace(groups=groups)
        after = engine_holding("embedded", "A").rewrap(wanted)
        present = read(before, name).metadata.groups[0]
        added = [stanza for stanza in read(after, name).metadata.groups[0] if stanza not in present]
        assert [stanza.recipient for stanza in added] == [vault.key("B").recipient]
        assert with_stanzas(after, read(before, name).metadata.groups, name) == before
        (tmp_path / name).write_bytes(after)
        assert sops("-d", name, folder=tmp_path, keys=[vault.key("B")]).stdout == vault.plaintext(name)


def test_embedded_cannot_add_a_cloud_key(vault: Vault, engine_holding: EngineHolding) -> None:
    cloud = label(StanzaKind.GCP_KMS, "projects/p/locations/l/keyRings/r/cryptoKeys/k")
    wanted = request(vault.encrypted("s.yaml", "A"), vault.groups("A"))
    with pytest.raises(NotServedError, match=cloud.text) as caught:
        engine_holding("embedded", "A").rewrap(wanted._replace(groups=((cloud, vault.key("A").recipient),)))
    assert "--engine sops" in str(caught.value.hint)


@pytest.mark.parametrize(
    "text", ["age1\x1b[2J\nerror: all is well", "AGE-SECRET-KEY-1QQQQQQQQQQQ", "age1" + "q" * 1_000_000]
)
def test_label_is_shown_only_where_it_is_harmless(
    vault: Vault, engine_holding: EngineHolding, text: str
) -> None:
    data = vault.encrypted("s.json", "A")
    stanza = Stanza(label(StanzaKind.AGE, text), "junk")
    with pytest.raises(NoIdentityError) as caught:
        engine_holding("embedded", "A").rewrap(
            request(with_stanzas(data, [[stanza]], "s.json"), vault.groups("AB"), path="s.json")
        )
    shown = f"{caught.value}{caught.value.hint}"
    assert shown.isprintable()
    assert len(shown) < 400
    assert "SECRET-KEY" not in shown


def test_key_command_does_not_run_where_a_key_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault, engine_holding: EngineHolding
) -> None:
    marker = tmp_path / "ran"
    monkeypatch.setenv("SOPS_AGE_KEY_CMD", f"touch {marker}")
    data = vault.encrypted("s.yaml", "BA")
    engine_holding("embedded", "A").rewrap(request(data, vault.groups("BAC")))
    assert not marker.exists()
    for variable in environment([vault.key("A")]):
        monkeypatch.delenv(variable)
    with pytest.raises(NoIdentityError):
        engine_holding("embedded", "").rewrap(request(data, vault.groups("BAC")))
    assert marker.exists()
