"""age: wrapping data keys for every kind of age recipient, and opening them with age identities.

Both are composed of `cryptography`'s primitives (see `age_stanzas`), which for one small file takes half the
time of a general age library; files for SSH keys are opened by pyrage. A file is checked strictly before any
key is tried on it.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import age_format, age_stanzas, bech32, ssh
from sopskit.keys.recipients import KeyKind, Recipient, parse_age

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.keys.age_format import AgeFile, Stanza

_HRP_X25519 = "age-secret-key-"
_HRP_PQ = "age-secret-key-pq-"
_SEED_SIZE = 32
_MAX_IDENTITY = 100  # characters; the longer kind has 77


class AgeIdentity(NamedTuple):
    """One age private key, kept inside a function and shown by its public half only.

    Attributes:
        recipient: the public half, as a stanza names it.
        open_file: opens an age file that has been taken apart; None where it is for another key.
    """

    recipient: Recipient
    open_file: Callable[[AgeFile], bytes | None]

    def unwrap(self, enc: str) -> bytes | None:
        """The data key in an armored age file; None where it is for another key, or damaged."""
        try:
            file = age_format.parse(age_format.dearmor(enc))
        except age_format.AgeFormatError:
            return None
        return self.open_file(file)


def wrap(recipient: Recipient, data: bytes) -> str:
    """Encrypt a data key (or a share of one) to one recipient: an armored age file, as sops writes it.

    Raises:
        InvalidRecipientError: the recipient is no age key that this process can use, or a damaged one.
    """
    file_key = os.urandom(age_format.FILE_KEY_SIZE)
    try:
        stanza = _wrapper(recipient)(file_key)
    except ValueError:  # a key of the right length that is none: no ML-KEM key, a point of low order
        raise InvalidRecipientError(
            "this key is damaged, or protects nothing", hint="copy it again, or have the host make a new key"
        ) from None
    return age_format.armor(age_format.seal(file_key, stanza, data))


def _post_quantum(recipient: Recipient) -> Callable[[bytes], Stanza]:
    from sopskit.keys import age_pq

    return age_pq.wrapper(recipient)


_WRAPPERS: dict[KeyKind, Callable[[Recipient], Callable[[bytes], Stanza]]] = {
    KeyKind.AGE: age_stanzas.x25519,
    KeyKind.AGE_PQ: _post_quantum,
    KeyKind.SSH_ED25519: age_stanzas.ssh_ed25519,
    KeyKind.SSH_RSA: age_stanzas.ssh_rsa,
}


@lru_cache(maxsize=4096)
def _wrapper(recipient: Recipient) -> Callable[[bytes], Stanza]:
    """What wraps a file key for this recipient; checking and parsing a key costs more than using it."""
    if recipient.kind not in _WRAPPERS:
        raise InvalidRecipientError("this is no age recipient that can be encrypted to without a plugin")
    return _WRAPPERS[recipient.kind](parse_age(recipient.text))


def parse_identity(text: str) -> AgeIdentity:
    """Read an `AGE-SECRET-KEY-1...` or `AGE-SECRET-KEY-PQ-1...` identity.

    Raises:
        ConfigurationError: not such an identity; the message never repeats the text.
    """
    if len(text) > _MAX_IDENTITY:
        raise ConfigurationError("this is no age identity")
    try:
        hrp, seed = bech32.decode(text)
    except bech32.Bech32Error as error:
        raise ConfigurationError(f"this age identity cannot be right: {error}") from None
    if hrp not in {_HRP_X25519, _HRP_PQ} or text != text.upper() or len(seed) != _SEED_SIZE:
        raise ConfigurationError("this is no age identity")
    if hrp == _HRP_PQ:
        from sopskit.keys import age_pq

        return AgeIdentity(parse_age(age_pq.recipient_text(seed)), age_pq.opener(seed))
    return _x25519_identity(seed)


def ssh_identity(recipient: Recipient, load: Callable[[], bytes | None]) -> AgeIdentity:
    """An SSH private key as an age identity.

    Args:
        recipient: its public half.
        load: gives the private key file, unencrypted, or None where it cannot be had. It is called
            when a file names this key (age's stanzas carry a tag of four bytes), so that nobody is
            asked for a passphrase in vain. It must remember its answer.
    """
    tag = ssh.age_tag(recipient)

    def open_file(file: AgeFile) -> bytes | None:
        named = (recipient.kind.value, tag)
        if not any(stanza.arguments[:2] == named for stanza in file.stanzas):
            return None
        pem = load()
        return None if pem is None else _decrypt(file, _pyrage_ssh(pem))

    return AgeIdentity(recipient, open_file)


def _x25519_identity(seed: bytes) -> AgeIdentity:
    private = X25519PrivateKey.from_private_bytes(seed)
    unwrap = age_stanzas.x25519_opener(private)
    recipient = parse_age(bech32.encode("age", private.public_key().public_bytes_raw()))

    def open_file(file: AgeFile) -> bytes | None:
        for stanza in file.stanzas:
            if stanza.arguments[0] == "X25519" and (file_key := unwrap(stanza)) is not None:
                return age_format.open_payload(file, file_key)
        return None

    return AgeIdentity(recipient, open_file)


@lru_cache(maxsize=64)
def _pyrage_ssh(pem: bytes) -> object:
    import pyrage

    return pyrage.ssh.Identity.from_buffer(pem)


def _decrypt(file: AgeFile, identity: object) -> bytes | None:
    import pyrage

    try:
        return bytes(pyrage.decrypt(file.raw, [identity]))
    except pyrage.DecryptError:
        return None
