"""Builds the example: `python -m examples.homelab.build FOLDER`.

The repository in this folder is written down with placeholders where keys and secret values stand, so that
none is published. Here each gets a new key or a random value, and sopskit encrypts the secret files. FOLDER
gets two parts: `home`, a git repository, and `keys`, the private keys of its people, machines and cluster.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sopskit.keys import ssh
from sopskit.keys.recipients import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parent / "repository"
#: Who has an age key of his own, and which machine an SSH host key.
AGE, MACHINES = ("anna", "recovery", "home"), ("cedar", "maple", "gate")


class Homelab(NamedTuple):
    """What was built.

    Attributes:
        root: the repository.
        keys: a folder with NAME.agekey, NAME_ssh_host_ed25519_key and anna.asc (PGP), all private.
    """

    root: Path
    keys: Path


def build(folder: Path) -> Homelab:
    """Build the example in an existing folder."""
    built = Homelab(folder / "home", folder / "keys")
    built.keys.mkdir(mode=0o700)
    shutil.copytree(REPOSITORY, built.root)
    subprocess.run(["git", "init", "-q", "-b", "main", str(built.root)], check=True)
    with _keyring() as keyring:
        recipients = (
            _age_keys(built.keys) | _host_keys(built.keys) | {"anna_pgp": _pgp_key(built.keys, keyring)}
        )
        _fill_in(built.root, recipients)
        _encrypt(built.root, keyring)
    _commit(built.root)
    return built


def _age_keys(keys: Path) -> dict[str, str]:
    recipients = {}
    for name in AGE:
        identity = pyrage.x25519.Identity.generate()
        recipients[f"{name}_age"] = str(identity.to_public())
        _private(keys / f"{name}.agekey", f"# public key: {identity.to_public()}\n{identity}\n".encode())
    return recipients


def _host_keys(keys: Path) -> dict[str, str]:
    recipients = {}
    for name in MACHINES:
        key = Ed25519PrivateKey.generate()
        path = keys / f"{name}_ssh_host_ed25519_key"
        _private(path, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        path.with_suffix(".pub").write_text(f"{public} root@{name}\n")
        recipients[name] = ssh.to_age(parse(public)).text
    return recipients


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


@contextlib.contextmanager
def _keyring() -> Iterator[str]:
    """An empty GNUPGHOME with a short path: a socket's is at most 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:
        yield folder
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=False)


def _pgp_key(keys: Path, keyring: str) -> str:
    gpg = ["gpg", "--homedir", keyring, "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"]
    user = "Anna <anna@home.example>"
    subprocess.run([*gpg, "--passphrase", "", "--quick-generate-key", user, "default", "default"], check=True)
    listed = subprocess.run(
        [*gpg, "--with-colons", "--list-keys"], check=True, capture_output=True, text=True
    )
    exported = subprocess.run(
        [*gpg, "--armor", "--export-secret-keys", user], check=True, capture_output=True
    )
    _private(keys / "anna.asc", exported.stdout)
    fingerprints: list[str] = re.findall(r"^fpr:+([0-9A-F]{40}):", listed.stdout, re.MULTILINE)
    return fingerprints[0]


def _fill_in(root: Path, recipients: dict[str, str]) -> None:
    """Put keys and random values where `@name@` stands: the same for a name, but each password is its own."""
    once = recipients | {
        "k3s_token": f"K10{secrets.token_hex(32)}::server:{secrets.token_hex(16)}",
        "wireguard": base64.b64encode(secrets.token_bytes(32)).decode(),
        "password_hash": f"$y$j9T${secrets.token_urlsafe(16)[:22]}${secrets.token_urlsafe(33)[:43]}",
        "discord": f"https://discord.com/api/webhooks/{secrets.randbelow(10**18):018}/{secrets.token_urlsafe(51)}",
    }
    for path in [*_secret_files(root), root / ".sops.yaml"]:
        text = path.read_text()
        text = re.sub(r"@password@", lambda _: secrets.token_urlsafe(24), text)
        path.write_text(re.sub(r"@(\w+)@", lambda placeholder: once[placeholder[1]], text))


def _secret_files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.sops.*") if path.name != ".sops.yaml")


def _encrypt(root: Path, keyring: str) -> None:
    files = [str(path.relative_to(root)) for path in _secret_files(root)]
    command = [sys.executable, "-m", "sopskit", "-q", "encrypt", "-i", *files]
    subprocess.run(command, check=True, cwd=root, env=os.environ | {"GNUPGHOME": keyring})


def _commit(root: Path) -> None:
    git = ["git", "-c", "user.name=Anna", "-c", "user.email=anna@home.example", "-C", str(root)]
    for arguments in (["add", "."], ["commit", "-q", "-m", "The whole house"]):
        subprocess.run([*git, *arguments], check=True)


if __name__ == "__main__":
    made = build(Path(sys.argv[1]))
    sys.stdout.write(f"{made.root} is the repository, {made.keys} has the private keys\n")
