"""Where a host's public key comes from: a text, a file, the host's SSH server, the GPG keyring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, InvalidRecipientError, SopskitError, UsageError
from sopskit.keys import recipients
from sopskit.keys.recipients import KeyKind, Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sopskit.keys.pgp import Keyring
    from sopskit.sops_yaml.model import Role

_SCAN_SECONDS = 5
_MAX_KEY_FILE = 1 << 20


class ScannedKey(NamedTuple):
    """A host key as its SSH server showed it.

    Attributes:
        recipient: the key.
        fingerprint: `SHA256:...`, as ssh-keygen -l prints it.
        known: the user's known_hosts has this very key for that host.
    """

    recipient: Recipient
    fingerprint: str
    known: bool


def from_text(text: str) -> Recipient:
    """A public key as it was pasted.

    Raises:
        InvalidRecipientError: it is none; its text is not repeated.
    """
    return recipients.parse(text)


def from_file(path: Path) -> list[Recipient]:
    """The public keys in a file: age, SSH, known_hosts, armored PGP; of an identity only the public half.

    Raises:
        FailedError: the file cannot be read.
        InvalidRecipientError: there is no key in it.
    """
    from sopskit.keys import key_files

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_KEY_FILE + 1)
    except OSError as error:
        raise FailedError(f"cannot be read: {error.strerror}", path=str(path)) from None
    if len(data) > _MAX_KEY_FILE:
        raise InvalidRecipientError("is too large for a file of keys", path=str(path))
    return key_files.public_keys_of(data, str(path))


def preferred(found: Sequence[Recipient], path: str) -> Recipient:
    """The one key of a file to use: Ed25519 before RSA where a host has both.

    Raises:
        UsageError: there are several and none is to be preferred.
    """
    distinct = list(dict.fromkeys(found))
    ed25519 = [each for each in distinct if each.kind is KeyKind.SSH_ED25519]
    only_ssh = all(each.kind in (KeyKind.SSH_ED25519, KeyKind.SSH_RSA) for each in distinct)
    chosen = ed25519 if only_ssh and ed25519 else distinct
    if len(chosen) != 1:
        raise UsageError(f"{path} has {len(chosen)} keys", hint="name the one to use with --key")
    return chosen[0]


def scan(target: str, known_hosts: Sequence[Path]) -> ScannedKey:
    """Ask a host's SSH server for its key, Ed25519 if it has one.

    Args:
        target: `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`.
        known_hosts: files in which a key counts as known.

    Raises:
        UsageError: that is no host name.
        FailedError: the host shows no key that age can use.
        ToolMissingError: there is no ssh-keyscan.
    """
    from sopskit import process
    from sopskit.keys import key_files, ssh

    host, port = _host_and_port(target)
    argv = ["ssh-keyscan", "-T", str(_SCAN_SECONDS), "-p", str(port), "-t", "ed25519,rsa", host]
    answer = process.run(argv, timeout=4 * _SCAN_SECONDS)
    try:
        recipient = preferred(key_files.public_keys_of(answer.stdout, f"ssh-keyscan {host}"), host)
    except SopskitError:
        raise FailedError(
            f"{target} shows no SSH host key", hint="is it up, and is the port right? --ssh-scan HOST:PORT"
        ) from None
    known = any(
        key_files.trusted_in_known_hosts(_bytes_of(path), host, port, recipient) for path in known_hosts
    )
    return ScannedKey(recipient, ssh.fingerprint(recipient), known)


def vouched(scanned: ScannedKey, fingerprint: str | None) -> bool:
    """Whether something vouches for a scanned key, which anyone on the network may have shown.

    Args:
        scanned: the key.
        fingerprint: the one that is expected, or None.

    Raises:
        UsageError: another one was expected.
    """
    if fingerprint is None:
        return scanned.known
    if scanned.fingerprint.rstrip("=") != fingerprint.strip().rstrip("="):
        raise UsageError(
            f"the host shows another key: {scanned.fingerprint}",
            hint="somebody else may be answering; compare on the host itself",
        )
    return True


def _bytes_of(path: Path) -> bytes:
    """A file's bytes; none where it cannot be read, which then vouches for nothing."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _host_and_port(target: str) -> tuple[str, int]:
    match = re.fullmatch(
        r"\[(?P<v6>[0-9A-Fa-f:.%a-z]+)\](?::(?P<p6>\d+))?|(?P<host>[^:\s]+)(?::(?P<port>\d+))?", target
    )
    bare_v6 = re.fullmatch(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]+:[0-9A-Fa-f:.]*", target)
    if bare_v6:
        return target, 22
    host = (match["v6"] or match["host"]) if match else ""
    port = int(match["p6"] or match["port"] or 22) if match else 0
    if not host or host.startswith("-") or not 0 < port < 65536:
        raise UsageError(f"--ssh-scan: {target!r} is no host", hint="HOST, HOST:PORT or [ADDRESS]:PORT")
    return host, port


def check_pgp(found: Sequence[Recipient], keyring: Keyring) -> None:
    """Refuse PGP keys that nothing could be encrypted to, before anything is asked or planned.

    Raises:
        UsageError: a key is not in the keyring, expired, revoked, or cannot encrypt.
        ToolMissingError: there is no gpg.
    """
    for recipient in found:
        if recipient.kind is not KeyKind.PGP:
            continue
        key = keyring.find(recipient)
        if key is None:
            raise UsageError(
                f"the GPG keyring does not have the key {recipient.text}",
                hint=f"gpg --recv-keys {recipient.text}, or gpg --import FILE",
            )
        problem = "has expired" if key.expired else "was revoked" if key.revoked else None
        if problem is None and not key.can_encrypt:
            problem = "cannot encrypt"
        if problem is not None:
            raise UsageError(
                f"the PGP key {recipient.text} {problem}", hint="ask its owner for a renewed one"
            )


def form_for(
    recipient: Recipient, role: Role | None, *, convert: bool | None
) -> tuple[Recipient, str | None]:
    """The form of a key that is to be written, and a note that says why.

    An Ed25519 SSH key of a machine becomes its age form (ssh-to-age): sops-nix gives that form to a
    host, and does not open a native `ssh-ed25519` stanza (Mic92/sops-nix#824). A person's is kept, unless
    `convert`: sops opens it with ~/.ssh/id_ed25519.
    """
    from sopskit.keys import ssh

    if recipient.kind is KeyKind.SSH_ED25519 and (convert if convert is not None else role != "user"):
        return ssh.to_age(recipient), (
            "the SSH key is written in its age form, as ssh-to-age gives it: "
            "sops-nix opens that with the host's SSH key, and does not open an ssh-ed25519 stanza"
        )
    if recipient.kind is KeyKind.SSH_RSA and role != "user":
        return (
            recipient,
            "sops-nix opens RSA host keys through GPG only; the host's Ed25519 key is the better choice",
        )
    if recipient.kind is KeyKind.AGE_PQ:
        return (
            recipient,
            "sops before 3.9 refuses a whole file that has an age1pq1 recipient, whatever key it holds",
        )
    return recipient, None
