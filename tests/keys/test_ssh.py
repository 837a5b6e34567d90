from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import ssh, ssh_pgp
from sopskit.keys.recipients import Recipient, label, parse, parse_age
from sopskit.keys.recipients import StanzaKind as Kind
from tests.keys.material import VECTORS, run, ssh_key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("pair", VECTORS["ed25519"])
def test_ed25519_keys_become_the_age_keys_of_ssh_to_age(pair: dict[str, str]) -> None:
    assert ssh.to_age(parse(pair["ssh_public"])).text == pair["age_recipient"]
    assert ssh.private_to_age(pair["ssh_private"].encode()) == pair["age_identity"]


@pytest.mark.parametrize("pair", VECTORS["rsa"])
def test_rsa_keys_become_the_pgp_keys_of_ssh_to_pgp_byte_for_byte(pair: dict[str, str]) -> None:
    armored = pair["pgp_public_armored"]
    packets = base64.b64decode("".join(armored.splitlines()[2:-2]))
    name = b"salt@notations.openpgpjs.org"
    salt = packets[packets.index(name) + len(name) :][:16]
    assert ssh_pgp.certificate(pair["ssh_private"].encode(), salt=salt) == armored
    assert ssh_pgp.fingerprint(parse(pair["ssh_public"])) == pair["pgp_fingerprint"]


def test_gpg_takes_a_converted_rsa_key_and_finds_its_signature_good(gnupg_home: Path) -> None:
    pair = VECTORS["rsa"][0]
    run("gpg", "--import", stdin=ssh_pgp.certificate(pair["ssh_private"].encode()).encode())
    listed = run("gpg", "--with-colons", "--check-sigs").decode()
    assert f"fpr:::::::::{pair['pgp_fingerprint'].upper()}:" in listed
    assert "\nsig:!:" in listed


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_the_fingerprint_is_the_one_ssh_keygen_prints(kind: str, tmp_path: Path) -> None:
    recipient = parse(ssh_key(tmp_path / "key", kind))
    assert ssh.fingerprint(recipient) == run("ssh-keygen", "-lf", tmp_path / "key").decode().split()[1]


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_locked_private_key_shows_its_public_half(kind: str, tmp_path: Path) -> None:
    public = parse(ssh_key(tmp_path / "key", kind, "secret"))
    pem = (tmp_path / "key").read_bytes()
    assert ssh.public_half(pem) == public
    assert ssh.public_half(ssh.without_passphrase(pem, b"secret")) == public
    with pytest.raises(ssh.PassphraseError):
        ssh.without_passphrase(pem, b"wrong")
    with pytest.raises(ssh.PassphraseError):
        ssh.without_passphrase(pem)


def test_pem_keys_of_older_ssh_are_read(tmp_path: Path) -> None:
    public = parse(ssh_key(tmp_path / "key", "rsa", "", "-m", "PEM"))
    assert ssh.public_half((tmp_path / "key").read_bytes()) == public
    ssh_key(tmp_path / "locked", "rsa", "secret", "-m", "PEM")
    with pytest.raises(ssh.PassphraseError):
        ssh.public_half((tmp_path / "locked").read_bytes())


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_no_cut_private_key_is_more_than_a_clean_error(kind: str) -> None:
    pem = VECTORS[kind][0]["ssh_private"].encode()
    for end in range(0, len(pem) - 40, 97):
        for damaged in (pem[:end], pem[:end] + pem[-40:]):
            with pytest.raises(ConfigurationError):
                ssh.load_private_key(damaged)


def test_only_ed25519_becomes_age_and_only_rsa_becomes_pgp() -> None:
    ed25519, rsa = VECTORS["ed25519"][0], VECTORS["rsa"][0]
    with pytest.raises(InvalidRecipientError):
        ssh.to_age(parse(rsa["ssh_public"]))
    with pytest.raises(InvalidRecipientError):
        ssh_pgp.fingerprint(parse(ed25519["ssh_public"]))
    with pytest.raises(ConfigurationError):
        ssh.private_to_age(rsa["ssh_private"].encode())
    with pytest.raises(ConfigurationError):
        ssh_pgp.certificate(ed25519["ssh_private"].encode())


def _ed25519(y: int) -> Recipient:
    wire = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + y.to_bytes(32, "little")
    return parse_age("ssh-ed25519 " + base64.b64encode(wire).decode())


@pytest.mark.parametrize("y", [1, 1 | 1 << 255, 2**255 - 19, 2**256 - 1])
def test_a_key_that_is_no_point_is_refused(y: int) -> None:
    with pytest.raises(InvalidRecipientError):
        ssh.to_age(_ed25519(y))


@pytest.mark.parametrize("text", ["ssh-rsa", "ssh-rsa AAAA", "age1abc", "ssh-rsa " + "A" * 999])
def test_a_stanza_that_names_nonsense_is_a_clean_error(text: str) -> None:
    with pytest.raises(InvalidRecipientError):
        ssh.rsa_public_key(label(Kind.AGE, text))
