from __future__ import annotations

import json
import logging
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError, FailedError, ToolMissingError
from sopskit.keys.pgp import Keyring
from sopskit.keys.recipients import StanzaKind, label, parse_pgp
from tests.keys.material import DATA_KEY, VECTORS, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("gnupg_home")

BATCH = ("--batch", "--pinentry-mode", "loopback", "--passphrase", "")


def make_key(name: str, algorithm: str = "default", *options: str, expires: str = "never") -> str:
    """Make a primary key that signs and a subkey that encrypts; returns the fingerprint."""
    primary = "ed25519" if algorithm == "default" else algorithm
    run("gpg", *BATCH, *options, "--quick-gen-key", name, primary, "sign,cert", expires)
    fingerprint = fingerprints(name)[0]
    subkey = "cv25519" if algorithm == "default" else algorithm
    run("gpg", *BATCH, *options, "--quick-add-key", fingerprint, subkey, "encr", expires)
    return fingerprint


def fingerprints(name: str) -> list[str]:
    listed = run("gpg", "--with-colons", "--with-subkey-fingerprint", "--list-keys", name).decode()
    return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")]


def keyring() -> Keyring:
    return Keyring(os.environ)


def sops_file(folder: Path, fingerprint: str) -> tuple[Path, str]:
    """A file that sops encrypted to a PGP key, and the `enc` of its one stanza."""
    plain = folder / "plain.json"
    plain.write_text('{"a": "b"}')
    secret = folder / "secret.json"
    secret.write_bytes(run("sops", "--pgp", fingerprint, "-e", plain))
    return secret, json.loads(secret.read_text())["sops"]["pgp"][0]["enc"]


@pytest.mark.parametrize("algorithm", ["default", "rsa3072"])
def test_sops_opens_what_we_wrap_and_we_open_what_sops_wraps(algorithm: str, tmp_path: Path) -> None:
    recipient = parse_pgp(make_key("me@here", algorithm))
    ring = keyring()
    secret, enc = sops_file(tmp_path, recipient.text)
    data_key = ring.unwrap(enc)
    assert data_key is not None
    assert len(data_key) == 32
    ours = ring.wrap(recipient, data_key)
    assert ours == ours.strip()
    document = json.loads(secret.read_text())
    document["sops"]["pgp"][0]["enc"] = ours
    secret.write_text(json.dumps(document))
    assert json.loads(run("sops", "-d", secret)) == {"a": "b"}
    assert run("gpg", "-d", stdin=ours.encode()) == data_key


def test_every_name_of_a_key_finds_it() -> None:
    primary = make_key("Zoé <me@here>")
    subkey = fingerprints("me@here")[1]
    ring = keyring()
    (key,) = ring.keys(secret=True)
    assert (key.fingerprint, key.subkeys, key.user_ids) == (primary, (subkey,), ("Zoé <me@here>",))
    for name in (primary, subkey):
        for text in (name, name.lower(), f"0x{name}", name[-16:], f"{name[:20]} {name[20:]}"):
            assert ring.find(parse_pgp(text)) == key
            assert ring.unwrap(ring.wrap(parse_pgp(text), DATA_KEY)) == DATA_KEY
    assert ring.find(parse_pgp("0" * 40)) is None
    assert ring.find(label(StanzaKind.PGP, "")) is None


def test_a_forced_subkey_is_the_one_encrypted_to() -> None:
    primary = make_key("me@here")
    run("gpg", *BATCH, "--quick-add-key", primary, "cv25519", "encr", "never")
    for subkey in fingerprints("me@here")[1:]:
        enc = keyring().wrap(parse_pgp(f"{subkey}!"), DATA_KEY)
        assert f"keyid {subkey[-16:]}".encode() in run("gpg", "--list-packets", stdin=enc.encode())
        assert keyring().unwrap(enc) == DATA_KEY


def test_a_key_of_ssh_to_pgp_gets_a_message_that_gpg_can_read() -> None:
    pair = VECTORS["rsa"][0]
    run("gpg", "--import", stdin=pair["pgp_public_armored"].encode())
    recipient = parse_pgp(pair["pgp_fingerprint"])
    ring = keyring()
    assert not ring.opens(recipient)
    listing = ["gpg", "--list-packets"]  # it fails without the private key, after what is asked here
    enc = ring.wrap(recipient, DATA_KEY).encode()
    packets = subprocess.run(listing, input=enc, capture_output=True, check=False).stdout.decode()
    assert f"version 3, algo 1, keyid {recipient.key[-16:]}" in packets
    assert "mdc_method: 2" in packets


def test_unusable_keys_are_refused_by_name() -> None:
    in_2019 = ("--faked-system-time", "20190101T000000")
    expired = make_key("old@here", "default", *in_2019, expires="20200101T000000")
    run("gpg", *BATCH, "--quick-gen-key", "sign@here", "ed25519", "sign,cert", "never")
    signing = fingerprints("sign@here")[0]
    ring = keyring()
    for fingerprint, reason in ((expired, "expired"), (signing, "nothing that can encrypt")):
        with pytest.raises(FailedError, match=reason) as failed:
            ring.wrap(parse_pgp(fingerprint), DATA_KEY)
        assert fingerprint in failed.value.message
    with pytest.raises(ConfigurationError, match="not in your keyring"):
        ring.wrap(parse_pgp("0" * 40), DATA_KEY)


def test_a_revoked_key_is_refused(gnupg_home: Path) -> None:
    fingerprint = make_key("me@here")
    revocation = (gnupg_home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
    run("gpg", "--import", stdin=revocation.replace(":-----BEGIN", "-----BEGIN").encode())
    with pytest.raises(FailedError, match="revoked"):
        keyring().wrap(parse_pgp(fingerprint), DATA_KEY)


def test_the_keyring_knows_what_it_opens() -> None:
    ours = parse_pgp(make_key("me@here"))
    other = parse_pgp(make_key("you@there"))
    enc = keyring().wrap(other, DATA_KEY)
    run("gpg", "--batch", "--yes", "--delete-secret-keys", other.text)
    ring = keyring()
    assert (ring.opens(ours), ring.opens(other), ring.opens(parse_pgp("0" * 40))) == (True, False, False)
    assert ring.unwrap(enc) is None


def test_a_primary_key_kept_offline_does_not_hide_the_subkey() -> None:
    fingerprint = make_key("me@here")
    subkeys = run("gpg", *BATCH, "--export-secret-subkeys", fingerprint)
    run("gpg", "--batch", "--yes", "--delete-secret-keys", fingerprint)
    run("gpg", "--batch", "--import", stdin=subkeys)
    assert keyring().opens(parse_pgp(fingerprint))


def test_garbage_opens_nothing() -> None:
    ring = keyring()
    for enc in ("", "nonsense", "\0" * 1000, "x" * 10_000_000, "-----BEGIN PGP MESSAGE-----\n", "\ud800"):
        assert ring.unwrap(enc) is None


def test_a_message_that_unfolds_to_gigabytes_is_given_up() -> None:
    fingerprint = make_key("me@here")
    bomb = run("gpg", "--trust-model", "always", "-a", "-e", "-r", fingerprint, stdin=bytes(20_000_000))
    assert len(bomb) < 65536
    assert keyring().unwrap(bomb.decode()) is None


def test_nothing_secret_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ring = keyring()
    recipient = parse_pgp(make_key("me@here"))
    assert ring.unwrap(ring.wrap(recipient, DATA_KEY)) == DATA_KEY
    assert [record for record in caplog.records if record.name.startswith("gnupg")] == []


def test_without_gpg_the_error_says_so() -> None:
    with pytest.raises(ToolMissingError, match="gpg is not installed"):
        Keyring({**os.environ, "SOPS_GPG_EXEC": "/nowhere/gpg"}).keys()
