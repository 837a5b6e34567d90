"""Reading public keys out of the files people have: for `--key-file`, `ssh-keyscan` and known_hosts.

Of a file that holds a private key only the public half leaves this module, and no message ever repeats
a line: a wrong file may be a private one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import ssh
from sopskit.keys.recipients import Recipient, parse_age, parse_pgp

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_SIZE = 1 << 24
_MAX_LINE = 65536  # a known_hosts line with an RSA key of 16384 bits has about 3,000 characters
_PGP_BEGIN = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_PGP_END = b"-----END PGP PUBLIC KEY BLOCK-----"
_HIDDEN = {
    b"-----BEGIN PGP PRIVATE KEY BLOCK": "gpg --armor --export prints its public half",
    b"-----BEGIN AGE ENCRYPTED FILE": "age -d FILE | age-keygen -y prints its public half",
    b"age-encryption.org/": "age -d FILE | age-keygen -y prints its public half",
}

# A line with an SSH key: at most one field before it, hosts or options; the latter may quote spaces.
_SSH_LINE = re.compile(
    r"""
    (?: (?P<field> (?: [^\s"] | "(?:\\.|[^"\\])*" )+ ) \s+ )??
    (?P<kind> (?:ssh|ecdsa|sk)-[a-z0-9@.-]+ ) \s+ (?P<blob> AAAA[A-Za-z0-9+/]+=* ) (?: \s .* )?
    """,
    re.VERBOSE,
)
_USABLE = ("ssh-ed25519", "ssh-rsa")


class _Line(NamedTuple):
    """A known_hosts line: a marker such as @revoked, the hosts it is about, the key."""

    marker: str
    hosts: str
    key: str


def public_keys_of(data: bytes, path: str) -> list[Recipient]:
    """The public keys in a file, each once, in the file's order; SSH keys without their comment.

    Read are age recipients and identities (X25519 and post-quantum), SSH .pub, authorized_keys and
    known_hosts lines, `ssh-keyscan` output, SSH private keys, and armored PGP public keys. Lines with
    SSH keys that age does not take (ECDSA, FIDO) or with a marker (@revoked) are passed over.

    Args:
        data: the file's content.
        path: its name, for messages.

    Raises:
        InvalidRecipientError: something else is in it, or no usable key is; names file and line.
    """
    if len(data) > _MAX_SIZE:
        raise InvalidRecipientError("this is too long for a key file", path=path)
    for start, hint in _HIDDEN.items():
        if data.lstrip().startswith(start):
            raise InvalidRecipientError("this private key hides its public half", hint=hint, path=path)
    try:
        if _PGP_BEGIN in data:
            found = _pgp_fingerprints(data)
        elif b"PRIVATE KEY-----" in data:
            found = [ssh.public_half(data)]
        else:
            found = list(_of_lines(data, path))
    except ConfigurationError as error:
        raise _about(error, path) from None
    if not found:
        raise InvalidRecipientError(
            "there is no key in it that SOPS can use",
            hint="expected age1..., ssh-ed25519 ..., ssh-rsa ... or an armored PGP public key",
            path=path,
        )
    return list(dict.fromkeys(found))


def trusted_in_known_hosts(data: bytes, host: str, port: int, recipient: Recipient) -> bool:
    """Whether a known_hosts file vouches for this key of this host, as ssh would read it.

    Plain names, patterns, `[host]:port` and hashed names (`|1|salt|hash`) count. A key that is
    @revoked for the host is never trusted; certificate authorities are not looked at.

    Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
    """
    name = (host if port == 22 else f"[{host}]:{port}").lower()
    trusted = False
    for line in _known_hosts_lines(data):
        if line.key != recipient.key or not _names_host(line.hosts, name):
            continue
        if line.marker == "@revoked":
            return False
        trusted = trusted or not line.marker
    return trusted


def _pgp_fingerprints(data: bytes) -> list[Recipient]:
    from pysequoia import Cert

    try:
        certificates = [cert for block in _pgp_blocks(data) for cert in Cert.split_bytes(block)]
    except Exception:  # noqa: BLE001 - pysequoia raises bare exceptions, whose text may quote the file
        raise InvalidRecipientError("this PGP public key block is damaged") from None
    return [parse_pgp(certificate.fingerprint.upper()) for certificate in certificates]


def _pgp_blocks(data: bytes) -> Iterator[bytes]:
    for part in data.split(_PGP_BEGIN)[1:]:
        body, end, _ = part.partition(_PGP_END)
        yield _PGP_BEGIN + body + end


def _of_lines(data: bytes, path: str) -> Iterator[Recipient]:
    for number, line in _lines(data):
        try:
            recipient = _of_line(line)
        except ConfigurationError as error:
            raise _about(error, path, number) from None
        if recipient is not None:
            yield recipient


def _of_line(line: str) -> Recipient | None:
    """The key of one line; None where it is of a kind that is passed over."""
    if len(line) > _MAX_LINE:
        raise InvalidRecipientError("this line is too long for a key")
    if line.startswith("AGE-SECRET-KEY-"):
        from sopskit.keys import age

        return age.parse_identity(line).recipient
    if line.startswith("AGE-PLUGIN-"):
        raise InvalidRecipientError(
            "the public half of a plugin's identity is not in it", hint="give the recipient age1... itself"
        )
    if line.startswith("age1"):
        return parse_age(line)
    if line.startswith("@"):
        return None
    match = _SSH_LINE.fullmatch(line)
    if match is None:
        raise InvalidRecipientError("this line is no public key that SOPS knows")
    return parse_age(f"{match['kind']} {match['blob']}") if match["kind"] in _USABLE else None


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Numbered lines, without comments and empty ones."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        text = line.decode("utf-8", "replace").strip()
        if text and not text.startswith("#"):
            yield number, text


def _known_hosts_lines(data: bytes) -> Iterator[_Line]:
    for _, text in _lines(data):
        fields = text.split(maxsplit=4)
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        if len(fields) >= 3:
            yield _Line(marker, fields[0], f"{fields[1]} {fields[2]}")


def _names_host(hosts: str, name: str) -> bool:
    if hosts.startswith("|1|"):
        return _is_hash_of(hosts, name)
    patterns = hosts.lower().split(",")
    if any(_matches(name, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    """The patterns of ssh know `*` and `?`; a bracket is one, as in `[host]:2222`."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_hash_of(hashed: str, name: str) -> bool:
    parts = hashed.split("|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), hashlib.sha1), digest)


def _about(error: ConfigurationError, path: str, line: int | None = None) -> InvalidRecipientError:
    return InvalidRecipientError(
        error.message, hint=error.hint, path=path, line=line if error.line is None else error.line
    )
