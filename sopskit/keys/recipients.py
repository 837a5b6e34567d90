"""Recipients: the public keys that a SOPS file is encrypted to, of every kind SOPS knows.

A recipient has a spelling (`text`), which SOPS writes into the file and `sops updatekeys` compares as
a string, and a canonical form (`key`), which says whether two spellings are one and the same key: the
comment of an SSH key, and the case and spaces of a PGP fingerprint, make no other key.

The prefixes are those of sops (`age/keysource.go`, parseRecipient) and age (https://c2sp.org/age).
"""

from __future__ import annotations

import base64
import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sopskit.errors import InvalidRecipientError
from sopskit.keys import bech32


class StanzaKind(StrEnum):
    """The list that SOPS keeps a stanza in; the value is the list's name in the metadata."""

    AGE = "age"
    PGP = "pgp"
    KMS = "kms"
    GCP_KMS = "gcp_kms"
    HCKMS = "hckms"
    AZURE_KV = "azure_kv"
    HC_VAULT = "hc_vault"


class KeyKind(StrEnum):
    """What sort of key a recipient is; the value is what people see."""

    AGE = "age"
    AGE_PQ = "age-pq"
    AGE_PLUGIN = "age-plugin"
    SSH_ED25519 = "ssh-ed25519"
    SSH_RSA = "ssh-rsa"
    PGP = "pgp"
    KMS = "kms"
    GCP_KMS = "gcp_kms"
    HCKMS = "hckms"
    AZURE_KV = "azure_kv"
    HC_VAULT = "hc_vault"

    @property
    def stanza_kind(self) -> StanzaKind:
        """The metadata list for keys of this kind: SSH and plugin keys are age stanzas."""
        return _STANZA_KIND[self]


_STANZA_KIND = {
    **dict.fromkeys(
        (KeyKind.AGE, KeyKind.AGE_PQ, KeyKind.AGE_PLUGIN, KeyKind.SSH_ED25519, KeyKind.SSH_RSA),
        StanzaKind.AGE,
    ),
    **{KeyKind(kind.value): kind for kind in StanzaKind if kind is not StanzaKind.AGE},
}


class Recipient(NamedTuple):
    """One public key (or cloud key) that opens a file.

    Attributes:
        kind: the sort of key.
        key: canonical form; two recipients are equal when kind and key are.
        text: the spelling, as SOPS would write it into a stanza.
    """

    kind: KeyKind
    key: str
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipient) and (self.key, self.kind) == (other.key, other.kind)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.key)  # a text remembers its hash, and recipients are looked up often

    @property
    def stanza_kind(self) -> StanzaKind:
        """The metadata list this recipient's stanza stands in."""
        return _STANZA_KIND[self.kind]


#: An RSA key of 16,384 bits takes 2,800 characters, an age1pq1 recipient 2,000.
_MAX_LENGTH = 65536


def parse(text: str) -> Recipient:
    """Parse a public key as a person gives it, by its prefix, and check it.

    Raises:
        InvalidRecipientError: it is no key, has a wrong character, or is a private key. The message
            never repeats the text.
    """
    text = text.strip()
    _refuse_private(text)
    if text.startswith(("age1", "ssh-")):
        return parse_age(text)
    if text.startswith("arn:"):
        return label(StanzaKind.KMS, text)
    if text.startswith("projects/"):
        return label(StanzaKind.GCP_KMS, text)
    if re.match(r"https://[^/]+/keys/[^/]+", text):
        return label(StanzaKind.AZURE_KV, text)
    if re.match(r"https?://[^/]+/v1/.+/keys/[^/]+$", text):
        return label(StanzaKind.HC_VAULT, text)
    if _PGP.fullmatch(text.replace(" ", "")):
        return parse_pgp(text)
    raise InvalidRecipientError(
        "this is no public key that SOPS knows",
        hint="expected age1..., ssh-ed25519 ..., ssh-rsa ..., a PGP fingerprint or a cloud key",
    )


def parse_age(text: str) -> Recipient:
    """Parse and check a recipient of an `age:` list: age X25519, post-quantum, plugin or SSH.

    Raises:
        InvalidRecipientError: see `parse`.
    """
    text = text.strip()
    _refuse_private(text)
    if len(text) > _MAX_LENGTH:
        raise InvalidRecipientError("this is too long for an age recipient")
    recipient = label(StanzaKind.AGE, text)
    if recipient.kind in (KeyKind.SSH_ED25519, KeyKind.SSH_RSA):
        _check_ssh(recipient)
    elif text.startswith("age1"):
        _check_age(recipient)
    else:
        raise InvalidRecipientError(
            "this is no age recipient", hint="expected age1..., ssh-ed25519 ... or ssh-rsa ..."
        )
    return recipient


def parse_pgp(text: str) -> Recipient:
    """Parse a PGP fingerprint (or a 64-bit key id, or a subkey forced by a final `!`).

    Raises:
        InvalidRecipientError: not 16, 32, 40 or 64 hex digits.
    """
    _refuse_private(text)
    if not _PGP.fullmatch(text.replace(" ", "")):
        raise InvalidRecipientError(
            "this is no PGP fingerprint",
            hint="gpg --list-keys --with-colons prints it on the line that starts with fpr",
        )
    return label(StanzaKind.PGP, text)


@lru_cache(maxsize=65536)
def label(stanza_kind: StanzaKind, text: str) -> Recipient:
    """The recipient that a stanza of a file names, unchecked: a file may hold any text.

    Whitespace is treated as sops treats it when it reads a rule: trimmed around an age recipient,
    removed inside a PGP fingerprint and an ARN.
    """
    if stanza_kind is StanzaKind.AGE:
        text = text.strip()
        kind = _age_kind(text)
        key = " ".join(text.split()[:2]) if text.startswith("ssh-") else text
        return Recipient(kind, key, text)
    if stanza_kind is StanzaKind.PGP:
        text = text.replace(" ", "")
        return Recipient(KeyKind.PGP, text.upper().removeprefix("0X"), text)
    if stanza_kind is StanzaKind.KMS:
        arn, bar, rest = text.partition("|")  # the context and the profile are taken as they are
        text = arn.replace(" ", "") + bar + rest
    return Recipient(KeyKind(stanza_kind.value), text, text)


def _age_kind(text: str) -> KeyKind:
    if text.startswith("ssh-rsa"):
        return KeyKind.SSH_RSA
    if text.startswith("ssh-"):
        return KeyKind.SSH_ED25519
    if text.startswith("age1pq1"):
        return KeyKind.AGE_PQ
    if text.startswith("age1") and text.count("1") > 1:
        return KeyKind.AGE_PLUGIN
    return KeyKind.AGE


_PGP = re.compile(r"(?:0[xX])?(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})!?")

_PRIVATE = re.compile(
    r"age-secret-key-|age-plugin-|-----begin [a-z0-9 ]*private key|putty-user-key-file", re.IGNORECASE
)


def is_private(text: str) -> bool:
    """Whether a text holds a private key, which no message may repeat."""
    return _PRIVATE.search(text) is not None


def _refuse_private(text: str) -> None:
    if is_private(text):
        raise InvalidRecipientError(
            "this is a private key, where a public one is expected",
            hint="age-keygen -y and ssh-keygen -y print the public half; if this one was shared, replace it",
        )


# Human-readable part and length of the data: c2sp.org/age, X25519 and MLKEM768-X25519 recipients.
_AGE_SHAPES = {KeyKind.AGE: ("age", 32), KeyKind.AGE_PQ: ("age1pq", 1216)}


def _check_age(recipient: Recipient) -> None:
    try:
        hrp, data = bech32.decode(recipient.text)
    except bech32.Bech32Error as error:
        raise InvalidRecipientError(
            f"this age recipient cannot be right: {error}", hint="copy it again from where it was made"
        ) from None
    expected = _AGE_SHAPES.get(recipient.kind)
    if expected is not None and (hrp, len(data)) != expected:
        raise InvalidRecipientError("this age recipient has the wrong length", hint="copy it again in full")


def _check_ssh(recipient: Recipient) -> None:
    algorithm, _, blob = recipient.key.partition(" ")
    try:
        data = base64.b64decode(blob, validate=True)
    except ValueError:  # binascii.Error among them
        data = b""
    name = algorithm.encode()
    prefix = len(name).to_bytes(4, "big") + name
    if algorithm not in ("ssh-ed25519", "ssh-rsa"):
        raise InvalidRecipientError(
            "age takes SSH keys of the kinds ssh-ed25519 and ssh-rsa only",
            hint="give the host a key of its own: --generate FILE",
        )
    if not data.startswith(prefix) or (algorithm == "ssh-ed25519" and len(data) != len(prefix) + 36):
        raise InvalidRecipientError(
            "this SSH key is cut off or damaged", hint="copy the whole line of the .pub file"
        )
