"""Private keys as the real programs write them: each is found by the rule for its kind, and no public key."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.programs import program
from tests.scanner.built_in import detector

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_KEYS: dict[str, PrivateKeyTypes] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "dsa": dsa.generate_private_key(1024),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}
_OPEN, _LOCKED = NoEncryption(), BestAvailableEncryption(b"correct horse")
_OLD, _NEW = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8


def found_in(text: str) -> list[str]:
    return [match.rule.id for match in detector().matches(text.encode())]


def pem(name: str, form: PrivateFormat, encryption: KeySerializationEncryption) -> str:
    return _KEYS[name].private_bytes(Encoding.PEM, form, encryption).decode()


@pytest.mark.parametrize(
    ("name", "form", "encryption", "rule"),
    [
        ("rsa", _OLD, _OPEN, "private-key-rsa"),
        ("ec", _OLD, _OPEN, "private-key-ec"),
        ("dsa", _OLD, _OPEN, "private-key-dsa"),
        ("rsa", _OLD, _LOCKED, "private-key-pem-encrypted"),
        ("ec", _OLD, _LOCKED, "private-key-pem-encrypted"),
        *((name, _NEW, _OPEN, "private-key-pkcs8") for name in _KEYS),
        *((name, _NEW, _LOCKED, "private-key-pkcs8-encrypted") for name in _KEYS),
    ],
)
def test_pem(name: str, form: PrivateFormat, encryption: KeySerializationEncryption, rule: str) -> None:
    text = pem(name, form, encryption)
    assert found_in(text) == [rule]
    assert found_in(text.replace("\n", "\r\n")) == [rule]
    assert found_in(json.dumps({"private_key": text})) == [rule]
    assert found_in("key: |\n" + "".join(f"    {line}\n" for line in text.splitlines())) == [rule]
    assert found_in(" +\n".join(f'"{line}\\n"' for line in text.splitlines())) == [rule]


@pytest.mark.parametrize(
    ("name", "form", "rule"),
    [
        ("rsa", _OLD, "private-key-rsa"),
        ("ec", _OLD, "private-key-ec"),
        *((name, _NEW, "private-key-pkcs8") for name in ("rsa", "ec", "ed25519")),
    ],
)
def test_pem_in_base64(name: str, form: PrivateFormat, rule: str) -> None:
    text = b64encode(pem(name, form, _OPEN).encode()).decode()
    assert found_in(f"    client-key-data: {text}\n") == [rule]


@pytest.mark.parametrize("name", list(_KEYS))
def test_public_keys_are_none(name: str) -> None:
    public = _KEYS[name].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert found_in(public.decode() + b64encode(public).decode()) == []


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("passphrase", ["", "correct horse"])
def test_openssh(kind: str, passphrase: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    command = [program("ssh-keygen"), "-q", "-t", kind, "-N", passphrase, "-C", "ci", "-f", str(path)]
    subprocess.run(command, check=True)
    rule = "private-key-openssh-encrypted" if passphrase else "private-key-openssh"
    assert found_in(path.read_text()) == [rule]
    assert found_in(path.with_suffix(".pub").read_text()) == []


def test_two_keys_of_openssh_are_two_secrets(tmp_path: Path) -> None:
    """Their first lines are the same; what is found reaches into what differs."""
    texts = []
    for name in ("one", "two"):
        path = tmp_path / name
        command = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", str(path)]
        subprocess.run(command, check=True)
        content = path.read_bytes()
        (match,) = detector().matches(content)
        texts.append(content[match.start : match.end])
    assert texts[0] != texts[1]


def test_openpgp(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    gpg = [program("gpg"), "--homedir", str(tmp_path), "--batch", "--quiet", "--passphrase", ""]
    subprocess.run([*gpg, "--quick-generate-key", "ci@corp.net", "ed25519", "sign", "never"], check=True)
    secret = subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True)
    public = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True)
    assert found_in(secret.stdout.decode()) == ["private-key-pgp"]
    assert found_in(public.stdout.decode()) == []


@pytest.mark.parametrize(("option", "rule"), [([], "age-identity"), (["-pq"], "age-identity-post-quantum")])
def test_age(option: list[str], rule: str) -> None:
    made = subprocess.run([program("age-keygen"), *option], check=True, capture_output=True, text=True)
    assert found_in(made.stdout) == [rule]
