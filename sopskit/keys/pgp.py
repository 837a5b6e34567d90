"""PGP keys: the user's keyring, through gpg; encrypting, where it can be, in this process.

gpg knows which keys there are and holds the private ones. Encrypting to a certificate needs neither,
and pysequoia does it in about a millisecond where a gpg process takes fourteen; gpg is asked for what
pysequoia refuses or writes in a form that gpg does not read, and for a forced subkey (`FPR!`).

Source: sops `pgp/keysource.go` (encryptWithGnuPG, decryptWithGnuPG).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import ConfigurationError, FailedError, ToolMissingError
from sopskit.keys.recipients import is_private
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pysequoia import Cert

    from sopskit.keys.recipients import Recipient

_PROGRAM = "SOPS_GPG_EXEC"
_MAX_MESSAGE = 65536  # characters of a stanza; and the bytes gpg may make of it, compressed or not
_ENCRYPT_OPTIONS = ["--no-default-recipient", "--no-encrypt-to", "--yes"]
_KEY_ID_LENGTH = 16
_RSA = ("1", "2")  # RFC 4880, 9.1: RSA, and RSA that only encrypts
_ELSEWHERE = "#"  # doc/DETAILS, field 15: the private key is not here


class PgpKey(NamedTuple):
    """A key of the keyring.

    Attributes:
        fingerprint: of the primary key, upper-case hex.
        subkeys: fingerprints of the subkeys.
        user_ids: as gpg lists them, the primary one first.
        expired: its time is over.
        revoked: its owner has withdrawn it.
        can_encrypt: the primary key or a subkey can be encrypted to today.
        has_secret: what decrypts is in the keyring too, or on a card.
        rsa_bits: the length of the shortest RSA key of it that encrypts; 0 where none does.
    """

    fingerprint: str
    subkeys: tuple[str, ...]
    user_ids: tuple[str, ...]
    expired: bool
    revoked: bool
    can_encrypt: bool
    has_secret: bool
    rsa_bits: int = 0


class Keyring:
    """The keyring that sops would use: `SOPS_GPG_EXEC` or gpg, under GNUPGHOME.

    It is listed once, when first needed. Forked workers inherit what is known.

    Args:
        environ: names the program and its folder.
        ask: gpg's agent may ask for a passphrase or a card.

    Attributes:
        warnings: why gpg did not open what it has the key for; grows while it is used.
    """

    def __init__(self, environ: Mapping[str, str], *, ask: bool = True) -> None:
        self.warnings: list[str] = []
        self._ask = ask
        self._environ = dict(environ)
        self._export = lru_cache(maxsize=None)(self._export_now)

    def keys(self, *, secret: bool = False) -> list[PgpKey]:
        """The keys of the keyring; with `secret` only those that can decrypt.

        Raises:
            ToolMissingError: there is no gpg.
            FailedError: it does not run.
        """
        return [key for key in self._keys if key.has_secret or not secret]

    def find(self, recipient: Recipient) -> PgpKey | None:
        """The key that a recipient names: by fingerprint or 64-bit id, of the primary key or a subkey."""
        name = recipient.key.rstrip("!")
        return self._by_name.get(name)

    def opens(self, recipient: Recipient) -> bool:
        """Whether the private half of a recipient is in the keyring, without asking gpg to decrypt."""
        key = self.find(recipient)
        return key is not None and key.has_secret

    def wrap(self, recipient: Recipient, data: bytes) -> str:
        """Encrypt a data key (or a share of one): an armored message, spelled as sops stores it.

        Which keys to trust is what `.sops.yaml` says, so ownertrust is not asked for, as in sops.

        Raises:
            ConfigurationError: the key is not in the keyring.
            FailedError: it is expired, revoked, or cannot encrypt.
            ToolMissingError: there is no gpg.
        """
        key = self._usable(recipient)
        if not recipient.key.endswith("!"):
            message = _encrypt_in_process(self._export(key.fingerprint), data)
            if message is not None:
                return message
        return self._encrypt_with_gpg(recipient, data)

    def unwrap(self, enc: str) -> bytes | None:
        """What an armored message holds; None where gpg does not open it.

        gpg's agent may ask for a passphrase, in a window or on the terminal that GPG_TTY names.

        Raises:
            ToolMissingError: there is no gpg.
        """
        if len(enc) > _MAX_MESSAGE:
            return None
        options = ["--max-output", str(_MAX_MESSAGE), *([] if self._ask else ["--pinentry-mode", "error"])]
        result = self._gpg.decrypt(enc.encode("utf-8", "replace"), extra_args=options)
        # A message cut off at the limit is "ok" too; its status tells.
        if result.ok and result.returncode == 0 and result.data:
            return bytes(result.data)
        reason = "gpg did not open a key that it holds: no passphrase, or pinentry found no terminal"
        if result.status in {"missing passphrase", "bad passphrase"} and reason not in self.warnings:
            self.warnings.append(reason)
        return None

    @cached_property
    def _gpg(self) -> Any:
        import gnupg

        gnupg.logger.disabled = True  # it logs what passes through it
        program = self._environ.get(_PROGRAM) or "gpg"
        try:
            return gnupg.GPG(gpgbinary=program, env=self._environ)
        except OSError:
            raise ToolMissingError(
                "gpg is not installed", hint=f"install gnupg, or name the program in {_PROGRAM}"
            ) from None
        except ValueError:
            raise FailedError("gpg does not run", hint="gpg --list-keys says why") from None

    @cached_property
    def _keys(self) -> tuple[PgpKey, ...]:
        secret = {fingerprint for key in self._gpg.list_keys(secret=True) for fingerprint in _decrypting(key)}
        return tuple(_pgp_key(key, secret) for key in self._gpg.list_keys())

    @cached_property
    def _by_name(self) -> dict[str, PgpKey]:
        """Keys by all their names; where two share an id, the first one listed, as in gpg."""
        names: dict[str, PgpKey] = {}
        for key in self._keys:
            for fingerprint in (key.fingerprint, *key.subkeys):
                names.setdefault(fingerprint, key)
                names.setdefault(fingerprint[-_KEY_ID_LENGTH:], key)
        return names

    def _usable(self, recipient: Recipient) -> PgpKey:
        key = self.find(recipient)
        name = _shown(recipient)
        if key is None:
            raise ConfigurationError(
                f"the PGP key {name} is not in your keyring",
                hint=f"gpg --recv-keys {name}, or gpg --import FILE",
            )
        if key.revoked:
            raise FailedError(f"the PGP key {name} is revoked", hint="ask its owner for the new one")
        if key.expired:
            raise FailedError(
                f"the PGP key {name} is expired", hint="ask its owner for a renewed one, then gpg --import it"
            )
        if not key.can_encrypt:
            raise FailedError(
                f"the PGP key {name} has nothing that can encrypt today",
                hint=f"gpg --list-keys {key.fingerprint} shows its subkeys and when they expire",
            )
        return key

    def _export_now(self, fingerprint: str) -> bytes:
        return bytes(self._gpg.export_keys(fingerprint, armor=False, minimal=True))

    def _encrypt_with_gpg(self, recipient: Recipient, data: bytes) -> str:
        result = self._gpg.encrypt(
            data, recipient.key, always_trust=True, armor=True, extra_args=_ENCRYPT_OPTIONS
        )
        if not result.ok:
            raise FailedError(
                f"gpg cannot encrypt to {_shown(recipient)}", hint=f"gpg --list-keys {_shown(recipient)}"
            )
        return bytes(result.data).decode("ascii").strip()


def _encrypt_in_process(certificate: bytes, data: bytes) -> str | None:
    """The armored message, or None where pysequoia does not take the certificate or gpg could not open it."""
    import pysequoia

    try:
        message = pysequoia.encrypt(data, recipients=[_parsed(certificate)], armor=False)
        if not _is_rfc4880(message):
            return None
        return pysequoia.armor(message, pysequoia.ArmorKind.Message).strip()
    except Exception:  # noqa: BLE001 - pysequoia raises bare exceptions; gpg then has the last word
        return None


def _is_rfc4880(message: bytes) -> bool:
    """Whether gpg opens a message: it knows session keys of version 3 and data packets of version 1 only.

    Where a certificate does not say what its owner's software knows (those of ssh-to-pgp do not),
    pysequoia writes the versions of RFC 9580.
    """
    from pysequoia.packet import PacketPile, Tag

    packets = list(PacketPile.from_bytes(message))
    return all(packet.body[0] == (3 if packet.tag == Tag.PKESK else 1) for packet in packets)


@lru_cache(maxsize=1024)
def _parsed(certificate: bytes) -> Cert:
    from pysequoia import Cert

    return Cert.from_bytes(certificate)


def _pgp_key(entry: Mapping[str, Any], secret: set[str]) -> PgpKey:
    """A key out of python-gnupg's listing; the letters are those of gpg's doc/DETAILS, fields 2 and 12."""
    subkeys = tuple(subkey[2] for subkey in entry["subkeys"] if subkey[2])
    return PgpKey(
        fingerprint=entry["fingerprint"],
        subkeys=subkeys,
        user_ids=tuple(_user_id(text) for text in entry["uids"]),
        expired=entry["trust"] == "e",
        revoked=entry["trust"] == "r",
        can_encrypt="E" in entry["cap"] and "D" not in entry["cap"],
        has_secret=not secret.isdisjoint({entry["fingerprint"], *subkeys}),
        rsa_bits=min(_rsa_lengths(entry), default=0),
    )


def _rsa_lengths(entry: Mapping[str, Any]) -> Iterator[int]:
    """Lengths in bits of the RSA keys of an entry that encrypt."""
    for each in (entry, *entry.get("subkey_info", {}).values()):
        if each["algo"] in _RSA and "e" in each["cap"] and each["length"].isdigit():
            yield int(each["length"])


def _decrypting(entry: Mapping[str, Any]) -> Iterator[str]:
    """Fingerprints of the keys of a secret entry that decrypt and are here."""
    if "e" in entry["cap"] and entry["token"] != _ELSEWHERE:
        yield entry["fingerprint"]
    for key_id, _, fingerprint, _ in entry["subkeys"]:
        info = entry["subkey_info"][key_id]
        if "e" in info["cap"] and info["token"] != _ELSEWHERE:
            yield fingerprint


def _user_id(text: str) -> str:
    """Python-gnupg reads gpg's UTF-8 as Latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _shown(recipient: Recipient) -> str:
    """The recipient's name for a message: a file may hold any text there."""
    return "(a private key)" if is_private(recipient.text) else shown(recipient.text)[:60]
