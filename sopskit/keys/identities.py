"""The age and SSH private keys of whoever runs sopskit, found where sops finds them.

All places are tried. One that cannot be read, or a line in it that is no key, is a warning that names
the place and the reason, never what it holds; the others still count.

What costs something waits until it is needed: a command of the environment runs when a stanza names a
key that is not here, a passphrase is asked for when nothing else opens the file. Either happens once in a
process: forked workers share what was known before the fork. Identities cannot be pickled.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, SopskitError
from sopskit.keys import age, identity_places, ssh
from sopskit.keys.identity_places import Place, Source
from sopskit.keys.recipients import Recipient, parse_age

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    AskPassphrase = Callable[[str], str | None]

_MAX_SIZE = 1 << 24  # sops's own limit for an encrypted key file
_MAX_BAD_LINES = 10
_ENCRYPTED = (b"age-encryption", b"-----BEGIN AGE")


class Identity(NamedTuple):
    """One private key of ours.

    Attributes:
        source: where it was found, to show to people.
        recipient: its public half, as a stanza names it; an SSH key without its comment.
        locked: a passphrase protects it.
        key: what opens files with it.
    """

    source: str
    recipient: Recipient
    locked: bool
    key: age.AgeIdentity

    def unwrap(self, enc: str) -> bytes | None:
        """The data key in an armored age file; None where it is for another key, or damaged.

        Asks for the passphrase of a locked key, once, if the file names that key.
        """
        return self.key.unwrap(enc)


class Identities:
    """All identities found.

    Attributes:
        warnings: what could not be used and why; grows while identities are used.
        searched: names of all places that count, for hints.
        plugin_identities: names of the age plugins whose identities were found; only sops runs them.
    """

    def __init__(self, environ: Mapping[str, str], ask_passphrase: AskPassphrase | None) -> None:
        self.warnings: list[str] = []
        self.searched = identity_places.searched(environ)
        self.plugin_identities: list[str] = []
        self._environ = environ
        self._ask_passphrase = ask_passphrase
        self._known: list[Identity] = []
        self._sealed: list[Callable[[], list[Identity]]] = []
        self._commands = [
            lru_cache(maxsize=None)(lambda text, place=place: self._from_command(place, text))
            for place in identity_places.places(environ)
            if place.source is Source.COMMAND
        ]
        for place in identity_places.places(environ):
            self._known += self._from_place(place)

    def __iter__(self) -> Iterator[Identity]:
        """The identities known without running a further command or asking for a passphrase."""
        return iter(tuple(self._known))

    def opens(self, recipient: Recipient) -> bool:
        """Whether we hold the private half of a recipient; may run the environment's key commands."""
        return any(True for _ in self.matching(recipient))

    def matching(self, recipient: Recipient, *, run_commands: bool = True) -> Iterator[Identity]:
        """The identities whose public half `recipient` is; those without a passphrase come first.

        The environment's commands run, where they may, if the caller takes no match from what is known
        already. What they give is known from then on, whomever it is for.
        """
        known = (identity for identity in self._known if identity.recipient == recipient)
        yield from sorted(known, key=lambda identity: identity.locked)
        for identity in self._commanded(recipient) if run_commands else ():
            if identity.recipient == recipient:
                yield identity

    def others(self, recipient: Recipient) -> Iterator[Identity]:
        """All other identities that are known: sops tries them too, since a stanza's label may lie.

        Key files under a passphrase come last: which keys they hold is not known before.
        """
        for identity in self:
            if identity.recipient != recipient:
                yield identity
        for unseal in self._sealed:
            yield from unseal()

    def _commanded(self, recipient: Recipient) -> Iterator[Identity]:
        """The further identities that the environment's commands give for a recipient."""
        for command in self._commands:
            for identity in command(recipient.text):
                if identity not in self._known:
                    self._known.append(identity)
                    yield identity

    def _from_place(self, place: Place) -> list[Identity]:
        if place.source is Source.COMMAND:
            return []  # they run when a recipient is known
        if place.source is Source.TEXT:
            return self._age_identities(place, place.value.encode("utf-8", "surrogateescape"))
        data = self._read(place)
        if data is None:
            return []
        return self._ssh_identities(place, data) if place.holds_ssh else self._age_identities(place, data)

    def _from_command(self, place: Place, recipient: str) -> list[Identity]:
        environ = {**self._environ, identity_places.RECIPIENT: recipient}
        try:
            import shlex

            from sopskit import process

            argv = shlex.split(place.value)
            done = process.run(argv, environ=environ) if argv else None
        except ValueError:
            return self._skip(place, "its quotes do not match")
        except SopskitError as error:
            return self._skip(place, error.message)
        if done is None or done.returncode != 0:
            return self._skip(place, f"the command ended with status {done.returncode if done else '?'}")
        read = self._ssh_identities if place.holds_ssh else self._age_identities
        return read(place, done.stdout)

    def _read(self, place: Place) -> bytes | None:
        try:
            with Path(place.value).open("rb") as stream:
                data = stream.read(_MAX_SIZE + 1)
        except FileNotFoundError:
            if place.expected:
                self._skip(place, "there is no such file")
            return None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            self._skip(place, (isinstance(error, OSError) and error.strerror) or "it cannot be read")
            return None
        if len(data) > _MAX_SIZE:
            self._skip(place, "it is too long for a key file")
            return None
        return data

    def _ssh_identities(self, place: Place, pem: bytes) -> list[Identity]:
        try:
            locked = ssh.needs_passphrase(pem)
            recipient = self._public_half(place, pem)
        except ConfigurationError as error:
            return self._skip(place, error.message)
        load = lru_cache(maxsize=1)(lambda: self._unlocked(place, pem, locked=locked))
        return [Identity(place.name, recipient, locked, age.ssh_identity(recipient, load))]

    def _public_half(self, place: Place, pem: bytes) -> Recipient:
        """The public half of a private key file, or of the .pub file beside it, where sops looks too."""
        try:
            return ssh.public_half(pem)
        except ssh.PassphraseError:
            if place.source is not Source.FILE:
                raise
        try:
            return parse_age(Path(place.value + ".pub").read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError("it is encrypted, and there is no .pub file beside it") from None

    def _unlocked(self, place: Place, pem: bytes, *, locked: bool) -> bytes | None:
        passphrase = self._passphrase(place) if locked else None
        if locked and passphrase is None:
            return None
        try:
            return ssh.without_passphrase(pem, None if passphrase is None else passphrase.encode())
        except ConfigurationError as error:
            self._skip(place, error.message)
            return None

    def _age_identities(self, place: Place, data: bytes) -> list[Identity]:
        if data.startswith(_ENCRYPTED):
            self._sealed.append(lru_cache(maxsize=1)(lambda: self._unsealed(place, data)))
            return []
        return list(self._parsed(place, data))

    def _unsealed(self, place: Place, data: bytes) -> list[Identity]:
        """The identities of a key file that is encrypted with a passphrase."""
        import pyrage

        passphrase = self._passphrase(place)
        if passphrase is None:
            return []
        try:
            text = pyrage.passphrase.decrypt(data, passphrase)
        except pyrage.DecryptError:  # its text is dropped: it may say more than it should
            return self._skip(place, "the passphrase does not open it, or it is damaged")
        return list(self._parsed(place, text))

    def _parsed(self, place: Place, data: bytes) -> Iterator[Identity]:
        bad_lines = 0
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            words = [] if line.startswith("#") else line.split()
            try:
                for word in words:
                    if word.startswith("AGE-PLUGIN-"):
                        self.plugin_identities.append(_plugin_name(word))
                    else:
                        identity = age.parse_identity(word)
                        yield Identity(place.name, identity.recipient, locked=False, key=identity)
            except ConfigurationError as error:
                self._skip(place, f"line {number}: {error.message}")
                bad_lines += 1
                if bad_lines == _MAX_BAD_LINES:
                    self._skip(place, "this is no file of age identities, the rest is not read")
                    return

    def _passphrase(self, place: Place) -> str | None:
        passphrase = self._ask_passphrase(place.name) if self._ask_passphrase else None
        if passphrase is None:
            self._skip(place, "it is protected by a passphrase, which was not given")
        return passphrase

    def _skip(self, place: Place, reason: str) -> list[Identity]:
        """Warn that a place gives nothing, and give nothing."""
        warning = f"{place.name}: {reason}"
        if warning not in self.warnings:
            self.warnings.append(warning)
        return []


def find_identities(environ: Mapping[str, str], *, ask_passphrase: AskPassphrase | None = None) -> Identities:
    """Find the identities of this machine in the places and the order of sops.

    Args:
        environ: the environment; HOME, XDG_CONFIG_HOME and sops's SOPS_AGE_* variables count.
        ask_passphrase: called with the name of a place, at most once for each; None is "not given".

    Returns:
        What was found, possibly nothing: whether that is an error, the caller knows.
    """
    return Identities(environ, ask_passphrase)


def _plugin_name(identity: str) -> str:
    """The plugin's name in `AGE-PLUGIN-NAME-1...`; the part behind it is left out, it may be secret."""
    name = identity.partition("1")[0].removeprefix("AGE-PLUGIN-").rstrip("-").lower()
    return name if name.replace("-", "").isalnum() and len(name) <= 40 else "unknown"
