"""Stanzas replaced as text, judged by real sops."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sopskit.keys import recipients
from sopskit.keys.recipients import StanzaKind
from sopskit.sops import formats, shamir
from sopskit.sops.cipher import verify_data_key
from sopskit.sops.formats import SopsFile, format_of
from sopskit.sops.metadata import Stanza
from tests.sops.files import PLAINTEXTS, VERSIONS, Key, encrypt, new_key, sops, write_config

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = new_key(), new_key(), new_key()
MANY = [new_key() for _ in range(11)]

SINGLE = [name for name in PLAINTEXTS if name != "s.yml"]


def read(data: bytes, name: str) -> SopsFile:
    file = formats.read(data, format_of(name))
    assert file is not None
    return file


def load(path: Path) -> SopsFile:
    return read(path.read_bytes(), path.name)


def stores(indent: int | None) -> str:
    """The part of `.sops.yaml` that sets the indentation."""
    if indent is None:
        return ""
    kinds = ("yaml", "json", "json_binary")
    return "stores:\n" + "".join(f"  {kind}: {{indent: {indent}}}\n" for kind in kinds)


def without_selector(path: Path) -> bytes:
    """The file, less the selector that `updatekeys`, but not `encrypt`, writes into a binary file."""
    data = path.read_bytes()
    return re.sub(rb'\s*"unencrypted_suffix": "_unencrypted",', b"", data) if path.suffix == ".bin" else data


def data_key(path: Path, key: Key = A) -> bytes:
    file = load(path)
    stanza = next(s for group in file.metadata.groups for s in group if s.recipient.text == key.public)
    opened = key.open(stanza)
    assert verify_data_key(file.metadata, opened)
    return opened


def masked(data: bytes) -> bytes:
    """The text with the random part of wrapped keys, and the keys' names, replaced."""
    text = data.replace(rb"\n", b"\0")
    text = re.sub(rb"(?m)(?<=[\0 ])[A-Za-z0-9+/=]{20,}(?=[\0\n])", b"BASE64", text)
    return re.sub(rb"age1[a-z0-9]+", b"age1", text)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", PLAINTEXTS)
def test_new_recipient_opens_file_and_sops_sees_nothing_to_do(
    tmp_path: Path, name: str, version: str
) -> None:
    path = encrypt(tmp_path, name, [[A, B]], version)
    before, plaintext = path.read_bytes(), sops("sops", "-d", name, folder=tmp_path, keys=[A]).stdout
    file = load(path)
    group = [*file.metadata.groups[0], C.stanza(data_key(path))]
    path.write_bytes(file.with_groups([group], file.metadata.shamir_threshold))

    assert sops("sops", "-d", name, folder=tmp_path, keys=[C]).stdout == plaintext
    sops(version, "-d", name, folder=tmp_path, keys=[C])
    write_config(tmp_path, [[A, B, C]])
    after = path.read_bytes()
    result = sops("sops", "updatekeys", "-y", name, folder=tmp_path, keys=[C])
    assert b"already up to date" in result.stderr
    assert path.read_bytes() == after
    assert load(path).with_groups(file.metadata.groups, 0) == before


@pytest.mark.parametrize("indent", [None, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("name", PLAINTEXTS)
def test_new_stanza_is_laid_out_as_sops_lays_it_out(tmp_path: Path, name: str, indent: int | None) -> None:
    path = encrypt(tmp_path, name, [[A, B]], stores=stores(indent))
    file = load(path)
    write_config(tmp_path, [[A, B, C]], stores(indent))
    sops("sops", "updatekeys", "-y", name, folder=tmp_path, keys=[A])
    ours = file.with_groups([[*file.metadata.groups[0], load(path).metadata.groups[0][2]]], 0)
    assert masked(ours) == masked(without_selector(path))


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_groups_added_and_merged(tmp_path: Path, name: str) -> None:
    path = encrypt(tmp_path, name, [[A]])
    key, plaintext = data_key(path), sops("sops", "-d", name, folder=tmp_path, keys=[A]).stdout
    shares = shamir.split(key, 3, 2)
    groups = [[owner.stanza(share)] for owner, share in zip((A, B, C), shares, strict=True)]
    original = path.read_bytes()
    path.write_bytes(load(path).with_groups(groups, 2))

    assert sops("sops", "-d", name, folder=tmp_path, keys=[A, C]).stdout == plaintext
    assert sops("sops", "-d", name, folder=tmp_path, keys=[C], check=False).returncode == 128
    ours = path.read_bytes()
    assert read(ours, name).with_groups(read(original, name).metadata.groups, 0) == original


@pytest.mark.parametrize("indent", [None, 2, 3, 5])
@pytest.mark.parametrize("name", [name for name in PLAINTEXTS if name != "s.ini"])
def test_groups_are_laid_out_as_sops_lays_them_out(tmp_path: Path, name: str, indent: int | None) -> None:
    # sops aligns the whole of an INI section to its longest name; other lines are not ours to touch.
    path = encrypt(tmp_path, name, [[A, B]], stores=stores(indent))
    file, original = load(path), path.read_bytes()
    write_config(tmp_path, [[A, C], [B]], stores(indent))
    sops("sops", "updatekeys", "-y", name, folder=tmp_path, keys=[A])
    theirs = load(path).metadata
    assert file.with_groups(theirs.groups, theirs.shamir_threshold) == without_selector(path)
    changed = read(without_selector(path), name)
    assert changed.with_groups(file.metadata.groups, file.metadata.shamir_threshold) == original


# sops 3.8 and 3.9 write no groups that open into dotenv and INI.
@pytest.mark.parametrize(
    ("name", "version"),
    [
        (name, version)
        for name in SINGLE
        for version in VERSIONS
        if version == "sops" or name not in ("s.env", "s.ini")
    ],
)
def test_stanza_within_groups(tmp_path: Path, name: str, version: str) -> None:
    path = encrypt(tmp_path, name, [[A], [B]], version)
    before, plaintext = path.read_bytes(), sops("sops", "-d", name, folder=tmp_path, keys=[A, B]).stdout
    file = load(path)
    first, second = file.metadata.groups
    path.write_bytes(
        file.with_groups([first, [*second, C.stanza(B.open(second[0]))]], file.metadata.shamir_threshold)
    )
    assert sops("sops", "-d", name, folder=tmp_path, keys=[A, C]).stdout == plaintext
    assert load(path).with_groups(file.metadata.groups, file.metadata.shamir_threshold) == before


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SINGLE)
def test_twelve_recipients_lose_two(tmp_path: Path, name: str, version: str) -> None:
    path = encrypt(tmp_path, name, [[A, *MANY]], version)
    plaintext = sops("sops", "-d", name, folder=tmp_path, keys=[A]).stdout
    file = load(path)
    assert len(file.metadata.groups[0]) == 12
    kept = [stanza for index, stanza in enumerate(file.metadata.groups[0]) if index not in (1, 10)]
    path.write_bytes(file.with_groups([[*kept, C.stanza(data_key(path))]], 0))
    assert load(path).metadata.groups[0][:-1] == tuple(kept)
    assert sops("sops", "-d", name, folder=tmp_path, keys=[C]).stdout == plaintext


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_every_recipient_replaced(tmp_path: Path, name: str) -> None:
    path = encrypt(tmp_path, name, [[A, B]])
    plaintext = sops("sops", "-d", name, folder=tmp_path, keys=[A]).stdout
    path.write_bytes(load(path).with_groups([[C.stanza(data_key(path))]], 0))
    assert [s.recipient.text for s in load(path).metadata.groups[0]] == [C.public]
    assert sops("sops", "-d", name, folder=tmp_path, keys=[C]).stdout == plaintext


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_spelling_alone_keeps_the_wrapped_key(tmp_path: Path, name: str) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    ssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    path = encrypt(tmp_path, name, [[A, Key(f"{ssh} one", "")]])
    before = path.read_bytes()
    file = load(path)
    group = []
    for stanza in file.metadata.groups[0]:
        text = stanza.recipient.text.replace(" one", " a: b # two")
        group.append(stanza._replace(recipient=stanza.recipient._replace(text=text)))
    path.write_bytes(file.with_groups([group], 0))
    assert [s.recipient.text for s in load(path).metadata.groups[0]] == [A.public, f"{ssh} a: b # two"]
    assert len(path.read_bytes().splitlines()) == len(before.splitlines())
    write_config(tmp_path, [[A, Key(f'"{ssh} a: b # two"', "")]])
    result = sops("sops", "updatekeys", "-y", name, folder=tmp_path, keys=[A])
    assert b"already up to date" in result.stderr


def cloud(number: int) -> list[Stanza]:
    """Stanzas of every other kind, which nobody can open."""
    time = "2026-01-02T03:04:05Z"
    arn = f"arn:aws:kms:eu-west-1:111122223333:key/{number}"
    fields: dict[StanzaKind, dict[str, object]] = {
        StanzaKind.KMS: {"arn": arn, "aws_profile": "", "context": {"on": "12", "a": "x: y # z"}},
        StanzaKind.GCP_KMS: {"resource_id": "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
        StanzaKind.AZURE_KV: {"name": "n", "vault_url": "https://v.vault.azure.net", "version": f"{number}"},
        StanzaKind.HC_VAULT: {"engine_path": "e", "key_name": "no", "vault_address": "https://v:8200"},
    }
    stanzas = [
        Stanza(recipients.label(kind, f"{kind}{number}"), "AQ+/==", time, tuple(sorted(values.items())))
        for kind, values in fields.items()
    ]
    for fingerprint in ("85D77543B3D624B63CEA9E6DBC17301B491B3F21", f"{number}" * 40, "1" * 37 + "E12"):
        enc = "-----BEGIN PGP MESSAGE-----\n\nhF4D\n=abcd\n-----END PGP MESSAGE-----"
        stanzas.append(Stanza(recipients.label(StanzaKind.PGP, fingerprint), enc, time))
    return stanzas


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("indent", [None, 2, 3])
@pytest.mark.parametrize("name", ["s.yaml", "s.json", "s.env"])
def test_every_kind_is_laid_out_as_sops_lays_it_out(
    tmp_path: Path, name: str, indent: int | None, grouped: bool
) -> None:
    path = encrypt(tmp_path, name, [[A], [B]] if grouped else [[A]], stores=stores(indent))
    file = load(path)
    groups = [[*group, *cloud(number)] for number, group in enumerate(file.metadata.groups)]
    path.write_bytes(file.with_groups(groups, file.metadata.shamir_threshold))
    ours = path.read_bytes()
    sops("sops", "set", name, '["B"]', '"new"', folder=tmp_path, keys=[A, B])  # emits the whole file anew
    theirs = path.read_bytes()
    assert theirs != ours
    assert stanza_part(theirs) == stanza_part(ours)


def stanza_part(data: bytes) -> list[bytes]:
    """The lines of the metadata but the two that change with a value."""
    lines = data[re.search(rb"(?m)^[\t \"]*sops", data).start() :].splitlines()  # type: ignore[union-attr]
    return [line for line in lines if b"lastmodified" not in line and b"ENC[" not in line]
