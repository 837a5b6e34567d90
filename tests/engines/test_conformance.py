"""One suite over both engines; real sops judges every file that they give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engines.files import (
    NAMES,
    Groups,
    Vault,
    config,
    outside_stanzas,
    read,
    request,
    sops,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sopskit.engines.interface import Engine

    EngineHolding = Callable[[str, str], Engine]

ENGINES = ("embedded", "sops")


class Change(NamedTuple):
    """From which recipients to which; the letters are those of `Vault`, a space divides key groups.

    Attributes:
        before: what the file is encrypted to.
        after: what it is to be encrypted to.
        held: the private keys that the engine has.
        opened_by: sets of keys, each of which is to open the result alone.
        thresholds: before and after, with several groups.
        closed_to: sets of keys that are not to open it.
    """

    before: str
    after: str
    held: str
    opened_by: tuple[str, ...]
    thresholds: tuple[int, int] = (0, 0)
    closed_to: tuple[str, ...] = ()


FLAT = {
    "one more": Change("AB", "ABC", "A", ("C", "B")),
    "two more, SSH": Change("A", "ASR", "A", ("S", "R")),
    "one more, post-quantum": Change("A", "AQ", "A", ("Q",)),
    "SSH comment": Change("AS", "As", "A", ("S",)),
    "fingerprint's case": Change("PA", "pA", "P", ("P",)),
    "one less": Change("ABC", "AC", "A", ("A", "C"), closed_to=("B",)),
    "one for another": Change("AB", "AC", "A", ("C",), closed_to=("B",)),
    "oneself less": Change("AB", "B", "A", ("B",), closed_to=("A",)),
    "first PGP key": Change("AB", "ABO", "A", ("O",)),
    "first age key": Change("P", "PA", "P", ("A",)),
    "last PGP key less": Change("AP", "A", "A", ("A",), closed_to=("P",)),
}

OPENED = {
    "with SSH Ed25519": Change("SB", "SBA", "S", ("A",)),
    "with SSH RSA": Change("RB", "RBA", "R", ("A",)),
    "with post-quantum": Change("QB", "QBA", "Q", ("A",)),
}

GROUPED = {
    "in a group that opens": Change("A B C", "AD B C", "AB", ("DC", "AC"), (2, 2), ("AD",)),
    "in a group that does not open": Change("A B C", "A B CD", "AB", ("AD", "BD", "BC"), (2, 2), ("CD",)),
    "in each group": Change("A B", "AC BO", "AB", ("CO",)),
    "less in a group": Change("AD B C", "A B C", "AB", ("AC",), (2, 2), ("DB",)),
    "PGP group": Change("P A", "PC A", "PA", ("CA",)),
    "flat to groups": Change("AB", "A B", "A", ("AB",), closed_to=("A", "B")),
    "groups to flat": Change("A B", "ABC", "AB", ("A", "B", "C")),
    "one group more": Change("A B", "A B C", "AB", ("AC", "BC"), (2, 2), ("C",)),
    "higher threshold": Change("A B C", "A B C", "AB", ("ABC",), (2, 3), ("AB",)),
    "lower threshold": Change("A B C", "A B C", "ABC", ("AC", "BC"), (3, 2)),
}


# The sops engine has nothing of its own for each format; it meets the other four in these changes.
IN_EVERY_FORMAT = {"one more", "first PGP key", "in a group that opens", "flat to groups", "groups to flat"}


def cases(changes: Iterable[str], names: Iterable[str] = NAMES) -> list[tuple[str, str, str]]:
    """Each change in each format with the embedded engine, and what the sops engine takes of that."""
    product = [(key, name, engine) for key in changes for name in names for engine in ENGINES]
    return [case for case in product if "sops" not in case or "s.yaml" in case or case[0] in IN_EVERY_FORMAT]


@pytest.mark.parametrize(("key", "name", "engine"), cases(FLAT))
def test_recipients_change(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, key: str, name: str, engine: str
) -> None:
    change = FLAT[key]
    before = vault.encrypted(name, change.before)
    wanted = vault.groups(change.after)
    after = engine_holding(engine, change.held).rewrap(request(before, wanted, path=name))
    judge(vault, tmp_path, name, before, after, change)
    assert_kept_in_full(name, before, after, wanted)


@pytest.mark.parametrize("change", OPENED.values(), ids=OPENED.keys())
def test_every_kind_of_identity_opens(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, change: Change
) -> None:
    before = vault.encrypted("s.yaml", change.before)
    after = engine_holding("embedded", change.held).rewrap(request(before, vault.groups(change.after)))
    judge(vault, tmp_path, "s.yaml", before, after, change)


@pytest.mark.parametrize(("key", "name", "engine"), cases(GROUPED))
def test_groups_change(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, key: str, name: str, engine: str
) -> None:
    change = GROUPED[key]
    before = vault.encrypted(name, change.before, change.thresholds[0])
    wanted = vault.groups(change.after)
    after = engine_holding(engine, change.held).rewrap(request(before, wanted, change.thresholds[1], name))
    judge(vault, tmp_path, name, before, after, change)


OLDER = ["sops-3.9.4", "sops-3.8.1"]


@pytest.mark.parametrize("version", OLDER)
@pytest.mark.parametrize(
    ("key", "name", "engine"), cases(["one more", "first PGP key", "fingerprint's case"])
)
def test_recipients_change_in_files_of_older_sops(
    tmp_path: Path,
    vault: Vault,
    engine_holding: EngineHolding,
    key: str,
    name: str,
    version: str,
    engine: str,
) -> None:
    change = FLAT[key]
    before = vault.encrypted(name, change.before, version=version)
    wanted = vault.groups(change.after)
    after = engine_holding(engine, change.held).rewrap(request(before, wanted, path=name))
    judge(vault, tmp_path, name, before, after, change, version)
    assert_kept_in_full(name, before, after, wanted)


# sops 3.8 and 3.9 write no groups that open into dotenv and INI. Their shares have random places.
@pytest.mark.parametrize("version", OLDER)
@pytest.mark.parametrize(
    ("key", "name", "engine"),
    cases(["in a group that does not open", "groups to flat"], ["s.yaml", "s.json", "s.bin"]),
)
def test_groups_change_in_files_of_older_sops(
    tmp_path: Path,
    vault: Vault,
    engine_holding: EngineHolding,
    key: str,
    name: str,
    version: str,
    engine: str,
) -> None:
    change = GROUPED[key]
    before = vault.encrypted(name, change.before, change.thresholds[0], version)
    wanted = vault.groups(change.after)
    after = engine_holding(engine, change.held).rewrap(request(before, wanted, change.thresholds[1], name))
    judge(vault, tmp_path, name, before, after, change, version)


@pytest.mark.parametrize(
    ("key", "name", "engine"),
    cases(["in a group that opens", "in a group that does not open", "less in a group"]),
)
def test_every_stanza_of_every_group_stays(
    vault: Vault, engine_holding: EngineHolding, key: str, name: str, engine: str
) -> None:
    change = GROUPED[key]
    before = vault.encrypted(name, change.before, change.thresholds[0])
    wanted = vault.groups(change.after)
    after = engine_holding(engine, change.held).rewrap(request(before, wanted, change.thresholds[1], name))
    assert_kept_in_full(name, before, after, wanted)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("key", ["SSH comment", "one less", "oneself less", "last PGP key less"])
def test_no_private_key_is_needed_where_nothing_is_added(
    vault: Vault, engine_holding: EngineHolding, key: str, engine: str
) -> None:
    change = FLAT[key]
    before, wanted = vault.encrypted("s.yaml", change.before), vault.groups(change.after)
    with_key = engine_holding(engine, change.held).rewrap(request(before, wanted))
    assert engine_holding(engine, "F").rewrap(request(before, wanted)) == with_key


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_do_gives_the_same_bytes(
    vault: Vault, engine_holding: EngineHolding, name: str, engine: str
) -> None:
    for letters, threshold in (("AP", 0), ("A B C", 2)):
        before = vault.encrypted(name, letters, threshold)
        wanted = request(before, vault.groups(letters), threshold, name)
        assert engine_holding(engine, "A").rewrap(wanted) == before


@pytest.mark.parametrize("engine", ENGINES)
def test_key_that_the_rule_spells_twice_stays_twice(
    vault: Vault, engine_holding: EngineHolding, engine: str
) -> None:
    before = vault.encrypted("s.yaml", "ASs")
    after = engine_holding(engine, "A").rewrap(request(before, vault.groups("ASsB")))
    spellings = [stanza.recipient.text for stanza in read(after).metadata.groups[0]]
    assert spellings == [key.text for key in vault.groups("ASsB")[0]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_threshold_that_sops_left_in_a_file_of_one_group_stays(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, name: str, engine: str
) -> None:
    path = tmp_path / name
    path.write_bytes(vault.encrypted(name, "A B"))
    (tmp_path / ".sops.yaml").write_text(config(vault.groups("AB")))
    sops("updatekeys", "-y", name, folder=tmp_path, keys=[vault.key("A"), vault.key("B")])
    before = path.read_bytes()
    assert read(before, name).metadata.shamir_threshold == 1
    wanted = vault.groups("ABC")
    after = engine_holding(engine, "A").rewrap(request(before, wanted, path=name))
    judge(vault, tmp_path, name, before, after, FLAT["one more"])
    assert read(after, name).metadata.shamir_threshold == 1
    assert read(after, name).with_groups(read(before, name).metadata.groups, 1) == before


def judge(
    vault: Vault,
    folder: Path,
    name: str,
    before: bytes,
    after: bytes,
    change: Change,
    version: str = "sops",
) -> None:
    """Have real sops open the result with each set of keys, and compare it with its rule."""
    path, wanted = folder / name, vault.groups(change.after)
    path.write_bytes(after)
    (folder / ".sops.yaml").write_text(config(wanted, change.thresholds[1]))
    for letters in change.opened_by:
        keys = [vault.key(letter) for letter in letters]
        assert sops("-d", name, folder=folder, keys=keys).stdout == vault.plaintext(name)
    if version != "sops":
        sops("-d", name, folder=folder, keys=keys, version=version)
    for letters in change.closed_to:
        keys = [vault.key(letter) for letter in letters]
        assert sops("-d", name, folder=folder, keys=keys, check=False).returncode == 128
    result = sops("updatekeys", "-y", name, folder=folder, keys=[])
    assert b"already up to date" in result.stderr
    assert path.read_bytes() == after
    assert outside_stanzas(after, name) == outside_stanzas(before, name)


def assert_kept_in_full(name: str, before: bytes, after: bytes, wanted: Groups) -> None:
    """Each stanza that stays is what it was, and so are its bytes but for the spelling."""
    old, new = read(before, name).metadata, read(after, name).metadata
    for group, result, keys in zip(old.groups, new.groups, wanted, strict=True):
        kept = [stanza for stanza in group if stanza.recipient in {key.recipient for key in keys}]
        assert [(s.identity, s.created_at) for s in result if s.identity in {k.identity for k in kept}] == [
            (stanza.identity, stanza.created_at) for stanza in kept
        ]
        assert {stanza.recipient.text for stanza in result} == {key.text for key in keys}
    if all(set(group) <= set(result) for group, result in zip(old.groups, new.groups, strict=True)):
        assert read(after, name).with_groups(old.groups, old.shamir_threshold) == before
