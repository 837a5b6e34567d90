"""Encrypting and decrypting all values of a document, and the MAC over them.

Source: getsops/sops, sops.go (`Encrypt`, `Decrypt`) and cmd/sops/common/common.go (`DecryptTree`,
`EncryptTree`).
"""

from __future__ import annotations

from _operator import _compare_digest  # hmac.compare_digest; hmac would load a second OpenSSL
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import values
from sopskit.sops.cipher import is_encrypted, rfc3339
from sopskit.sops.selectors import selects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.cipher import Cipher
    from sopskit.sops.documents import Document, Leaf
    from sopskit.sops.metadata import Metadata, Selector
    from sopskit.sops.values import Value

# A MAC over encrypted values alone starts with this, so that the two kinds never agree: SHA-256 of "sops".
_ONLY_ENCRYPTED = bytes.fromhex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69")

# sops itself only warns of a comment that starts so and does not decrypt, and shows it as it is.
_ENCRYPTED = "ENC[AES256_GCM,"
_COMMENT = ",type:comment]"


class Leaves(Protocol):
    """What is encrypted: a document, or the plaintext that was found in one."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """See `Document.leaves`."""

    def line_of(self, number: int, /) -> int | None:
        """See `Document.line_of`."""


class Encrypted(NamedTuple):
    """What encryption gives.

    Attributes:
        values: number of a leaf -> its `ENC[...]`; those that stay clear are not in it.
        mac: uppercase hex SHA-512 over the values, to be sealed by `sealed_mac`.
    """

    values: dict[int, Value]
    mac: str


class Decrypted(NamedTuple):
    """What decryption gives.

    Attributes:
        values: number of a leaf -> its plaintext, for each that was encrypted.
        mac: uppercase hex SHA-512 over the values that were found.
        clear_comments: numbers of comments that should be encrypted and are not, which sops warns of.
    """

    values: dict[int, Value]
    mac: str
    clear_comments: tuple[int, ...]


def encrypt(
    document: Leaves, cipher: Cipher, selector: Selector | None, *, mac_only_encrypted: bool
) -> Encrypted:
    """Encrypt the values that a selector selects.

    Raises:
        FailedError: the document has a value that sops does not encrypt.
    """
    selected = selects(selector)
    mac = _Mac(mac_only_encrypted)
    found: dict[int, Value] = {}
    for number, leaf in enumerate(document.leaves):
        chosen = selected(leaf)
        try:
            mac.add(leaf, leaf.value, chosen)
            if chosen:
                found[number] = cipher.encrypt(
                    leaf.value, additional_data(leaf.path), is_comment=leaf.is_comment
                )
        except FailedError as error:
            raise _at(error, document, number) from None
        if chosen and leaf.is_comment and selector is not None:
            _refuse_switch(found[number], leaf, selector, document.line_of(number))
    return Encrypted(found, mac.hexdigest())


def decrypt(document: Document, cipher: Cipher, metadata: Metadata, *, ignore_mac: bool = False) -> Decrypted:
    """Decrypt a document and check its MAC.

    Raises:
        BrokenFileError: a value does not open, is not encrypted where it should be, or the MAC is not that
            of these values. The message names the place, never the value.
    """
    selected = selects(metadata.selector)
    mac = _Mac(metadata.mac_only_encrypted)
    found: dict[int, Value] = {}
    clear = []
    for number, leaf in enumerate(document.leaves):
        chosen = selected(leaf)
        value = leaf.value
        if chosen and leaf.is_comment and not str(value).startswith(_ENCRYPTED):
            if value:
                clear.append(number)
        elif chosen:
            try:
                value = found[number] = _opened(cipher, leaf)
            except FailedError as error:
                raise _at(error, document, number) from None
        mac.add(leaf, value, chosen)
    computed = mac.hexdigest()
    if not ignore_mac:
        _check(computed, cipher, metadata)
    return Decrypted(found, computed, tuple(clear))


def _opened(cipher: Cipher, leaf: Leaf) -> Value:
    """The plaintext of a leaf."""
    text = _text(leaf.value)
    if text.endswith(_COMMENT) is not leaf.is_comment and is_encrypted(text):
        what = "a comment whose type is not" if leaf.is_comment else "a value whose type is"
        raise FailedError(
            f"this is {what} that of a comment", hint="the type was changed by hand: restore it"
        )
    return (
        _opened_comment(cipher, text, leaf.path)
        if leaf.is_comment
        else cipher.decrypt(text, additional_data(leaf.path))
    )


def _opened_comment(cipher: Cipher, text: str, path: tuple[str, ...]) -> Value:
    """The plaintext of a comment.

    Where sops writes a file, go-yaml may attach a comment further in than where it was read, and sops
    itself no longer opens it. It opens with the path of a mapping further out.
    """
    for length in range(len(path), 0, -1):
        try:
            return cipher.decrypt(text, additional_data(path[:length]))
        except FailedError:
            continue
    return cipher.decrypt(text, additional_data(()))


def sealed_mac(mac: str, cipher: Cipher, lastmodified: str) -> str:
    """The MAC as the metadata holds it: encrypted, bound to the time of the change."""
    return cipher.encrypt(mac, rfc3339(lastmodified))


class _Mac:
    """SHA-512 over the plaintext of the values in document order; comments are never in it."""

    def __init__(self, only_encrypted: bool) -> None:
        from cryptography.hazmat.primitives.hashes import SHA512, Hash  # hashlib would load a second OpenSSL

        self._only_encrypted = only_encrypted
        self._hash = Hash(SHA512())
        self._hash.update(_ONLY_ENCRYPTED if only_encrypted else b"")

    def add(self, leaf: Leaf, value: Value, chosen: bool) -> None:
        if not leaf.is_comment and (chosen or not self._only_encrypted):
            self._hash.update(values.to_bytes(value))

    def hexdigest(self) -> str:
        return self._hash.finalize().hex().upper()


def _check(computed: str, cipher: Cipher, metadata: Metadata) -> None:
    try:
        stored = cipher.decrypt(metadata.mac, rfc3339(metadata.lastmodified))
    except FailedError:
        stored = ""
    if not _compare_digest(str(stored).encode(), computed.encode()):
        raise BrokenFileError(
            "its values are not those that were encrypted: the MAC does not match",
            hint="a value was added, removed, moved or changed without sops: restore the file from git; "
            "--ignore-mac reads it all the same",
        )


def _text(value: Value) -> str:
    """What is decrypted: in YAML a literal block ends with a newline that sops ignores."""
    if not isinstance(value, str):
        raise FailedError("a value is not encrypted", hint="was it written by hand? sopskit edit encrypts it")
    return value.rstrip("\n")


def additional_data(path: tuple[str, ...]) -> str:
    """What a value is sealed together with, so that it opens at its path only (sops.go, `Decrypt`)."""
    return ":".join(path) + ":"


def _at(error: FailedError, document: Leaves, number: int) -> BrokenFileError:
    """The error with the place of the leaf: its keys, which are not secret, and its line."""
    leaf = document.leaves[number]
    place = ".".join(leaf.path) or "the top"
    what = f"a comment at {place}" if leaf.is_comment else place
    return BrokenFileError(f"{what}: {error.message}", hint=error.hint, line=document.line_of(number))


def _refuse_switch(enc: Value, leaf: Leaf, selector: Selector, line: int | None) -> None:
    """Refuse, as sops does, a comment whose encrypted form would itself switch encryption off."""
    if selector.name == "unencrypted_comment_regex" and not selects(selector)(
        leaf._replace(comments=(str(enc),))
    ):
        raise FailedError(
            f"{selector.name} matches a comment that is encrypted", hint="choose another pattern", line=line
        )
