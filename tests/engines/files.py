"""Keys of every kind, and secret files that real sops made for them; each is made once a session."""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.engines.interface import Rewrap
from sopskit.keys import recipients
from sopskit.keys.recipients import StanzaKind
from sopskit.sops import formats
from sopskit.sops.metadata import Stanza
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile

NAMES = ("s.yaml", "s.json", "s.env", "s.ini", "s.bin")

PLAINTEXTS = {
    "s.yaml": b"a: 1\nb:\n  - x\n  - y: z\n# comment\nc: |\n  sops:\n    - two\n",
    "s.json": b'{"a": 1, "b": ["x", {"y": "<&>"}]}',
    "s.env": b"A=1\n# comment\nB=two words \n",
    "s.ini": b"[x]\na=1\nlonger_key = 2\n\n[y]\nb = 3\n",
    "s.bin": b"\x00\x01 bytes",
}

_GPG = ("--batch", "--pinentry-mode", "loopback", "--passphrase", "")


@dataclass(frozen=True)
class Key:
    """A key pair.

    Attributes:
        text: the public half, as `.sops.yaml` has it.
        variable: the environment variable through which sops finds the private half.
        value: what that variable holds; for age keys, the private key itself.
    """

    text: str
    variable: str
    value: str

    @property
    def recipient(self) -> Recipient:
        return recipients.parse(self.text)

    def spelt(self, text: str) -> Key:
        """The same key in another spelling."""
        return replace(self, text=text)


Groups = tuple[tuple[Key, ...], ...]


class Vault:
    """Keys by a letter, and files by what they are encrypted to."""

    def __init__(self, folder: Path, gpg_homes: tuple[Path, Path]) -> None:
        self._folder = folder
        self._gpg_homes = gpg_homes
        self.key = cache(self._key)
        self.encrypted = cache(self._encrypted)
        self.plaintext = cache(self._plaintext)
        self.keyring = cache(self._keyring)

    def _key(self, name: str) -> Key:
        """A-F: age; Q: post-quantum; S: ssh-ed25519; R: ssh-rsa; P and O: PGP, each in its own keyring."""
        if name in "PO":
            self.keyring()
            home = str(self._gpg_homes["PO".index(name)])
            listed = run("gpg", "--with-colons", "--list-keys", name, environ={"GNUPGHOME": home}).decode()
            fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
            return Key(fingerprint, "GNUPGHOME", home)
        path = self._folder / f"key-{name}"
        if name in "SR":
            kind = ("-t", "ed25519") if name == "S" else ("-t", "rsa", "-b", "2048")
            run("ssh-keygen", "-q", *kind, "-N", "", "-C", "one", "-f", str(path))
            return Key(Path(f"{path}.pub").read_text().strip(), "SOPS_AGE_SSH_PRIVATE_KEY_FILE", str(path))
        lines = run("age-keygen", *(("-pq",) if name == "Q" else ())).decode().splitlines()
        public = next(line for line in lines if line.startswith("# public key: "))
        return Key(public.removeprefix("# public key: "), "SOPS_AGE_KEY", lines[-1])

    def _keyring(self) -> str:
        """The home of gpg that holds the private half of P, and the public half of O."""
        for home, name in zip(self._gpg_homes, "PO", strict=True):
            run("gpg", *_GPG, "--quick-gen-key", name, "future-default", environ={"GNUPGHOME": str(home)})
        mine, theirs = ({"GNUPGHOME": str(home)} for home in self._gpg_homes)
        run("gpg", "--batch", "--import", stdin=run("gpg", "--export", "O", environ=theirs), environ=mine)
        return mine["GNUPGHOME"]

    def groups(self, letters: str) -> Groups:
        """`AB C` is two groups of keys; a lower-case letter is another spelling of that key."""
        return tuple(tuple(self._spelt(letter) for letter in group) for group in letters.split())

    def _spelt(self, letter: str) -> Key:
        key = self.key(letter.upper())
        if letter.isupper():
            return key
        return key.spelt(key.text.lower() if letter in "po" else f"{key.text.removesuffix(' one')} two")

    def _encrypted(self, name: str, letters: str, threshold: int = 0, version: str = "sops") -> bytes:
        folder = self._folder / f"{version} {letters} {threshold}".replace(" ", "_")
        folder.mkdir(exist_ok=True)
        folder.joinpath(".sops.yaml").write_text(config(self.groups(letters), threshold))
        folder.joinpath(name).write_bytes(PLAINTEXTS[name])
        sops("-e", "-i", name, folder=folder, keys=[], version=version, environ={"GNUPGHOME": self.keyring()})
        return (folder / name).read_bytes()

    def _plaintext(self, name: str) -> bytes:
        """What sops 3.13 gives back for a file of this name, whoever opens it."""
        path = self._folder / name
        path.write_bytes(self.encrypted(name, "A"))
        return sops("-d", name, folder=self._folder, keys=[self.key("A")]).stdout


def run(name: str, *arguments: str, stdin: bytes = b"", environ: dict[str, str] | None = None) -> bytes:
    """Run a real program and return what it prints; a failure shows what it said."""
    done = subprocess.run(
        [program(name), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **(environ or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(keys: Sequence[Key]) -> dict[str, str]:
    """What lets sops find the private halves of `keys`, and of no others."""
    found: dict[str, str] = {"GNUPGHOME": "/nonexistent"}
    for key in keys:
        joined = found.get(key.variable) if key.variable == "SOPS_AGE_KEY" else None
        found[key.variable] = f"{joined}\n{key.value}" if joined else key.value
    return found


def sops(
    *arguments: str,
    folder: Path,
    keys: Sequence[Key],
    version: str = "sops",
    environ: dict[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run a real sops in `folder`, holding only `keys`."""
    settings = {"SOPS_DISABLE_VERSION_CHECK": "1", **environment(keys), **(environ or {})}
    without_keys = {name: value for name, value in os.environ.items() if not name.startswith("SOPS_")}
    done = subprocess.run(
        [program(version), *arguments],
        cwd=folder,
        env={**without_keys, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stderr.decode()
    return done


def config(groups: Groups, threshold: int = 0) -> str:
    """A `.sops.yaml` with one rule for all files."""
    lines = ["creation_rules:", f"  - shamir_threshold: {threshold}", "    key_groups:"]
    for group in groups:
        by_kind = {
            kind: [k for k in group if k.recipient.stanza_kind is kind]
            for kind in (StanzaKind.AGE, StanzaKind.PGP)
        }
        body = [
            line
            for kind, keys in by_kind.items()
            if keys
            for line in (f"{kind}:", *(f'  - "{key.text}"' for key in keys))
        ]
        lines += [f"      - {body[0]}", *(f"        {line}" for line in body[1:])]
    return "\n".join(lines) + "\n"


def request(data: bytes, groups: Groups, threshold: int = 0, path: str = "s.yaml") -> Rewrap:
    """What an engine is asked for, as the plan would ask for it."""
    wanted = tuple(tuple(key.recipient for key in group) for group in groups)
    effective = (threshold or len(groups)) if len(groups) > 1 else 0
    return Rewrap(path, data, wanted, effective)


def told(error: BaseException) -> str:
    """Everything that an error says, with all that it is chained to."""
    parts, chain = [], [error]
    while chain:
        one = chain.pop()
        parts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        chain += [other for other in (one.__cause__, one.__context__) if other is not None]
    return "\n".join(parts)


def assert_tells_nothing(error: BaseException, *secrets: bytes) -> None:
    """No error text has any of `secrets`, in no spelling that a program would give it."""
    text = told(error)
    for secret in filter(None, secrets):
        spellings = [secret.hex(), base64.b64encode(secret).decode().rstrip("="), repr(secret)[2:-1]]
        assert not any(spelling in text for spelling in (*spellings, secret.decode("latin-1")))


def read(data: bytes, name: str = "s.yaml") -> SopsFile:
    file = formats.read(data, formats.format_of(name))
    assert file is not None
    return file


def outside_stanzas(data: bytes, name: str) -> bytes:
    """The file as it would be with one fixed stanza: equal for files that differ in their stanzas only."""
    fixed = Stanza(recipients.label(StanzaKind.AGE, "age1fixed"), "enc")
    return read(data, name).with_groups([[fixed]], 0)
