"""Files encrypted and decrypted in process, and by real sops with the same key."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops import documents, encryption, formats
from sopskit.sops.cipher import Cipher
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Metadata
from sopskit.text import splice
from sopskit.text.splice import Splice
from tests.programs import program
from tests.sops.oracle import DATA_KEY, KEY, STANZA

if TYPE_CHECKING:
    from sopskit.sops.documents import Branch, Document
    from sopskit.sops.metadata import Selector

NOW = "2026-11-24T09:17:29Z"

_NAMES = {
    Format.YAML: "f.yaml",
    Format.JSON: "f.json",
    Format.DOTENV: "f.env",
    Format.INI: "f.ini",
    Format.BINARY: "f.bin",
}


class Decrypted(NamedTuple):
    """A decrypted file: its text, its tree, and how many comments were found clear."""

    data: bytes
    tree: tuple[Branch, ...]
    clear_comments: int


def metadata(selector: Selector | None = None, **changes: object) -> Metadata:
    """Metadata of a file for `KEY`."""
    values = Metadata(((STANZA,),), 0, NOW, "", "3.13.3", selector, mac_only_encrypted=False)
    return values._replace(**changes)  # type: ignore[arg-type]


def encrypt(
    plaintext: bytes,
    format: Format,  # noqa: A002
    selector: Selector | None = None,
    *,
    mac_only_encrypted: bool = False,
) -> bytes:
    """The plaintext encrypted by us."""
    wanted = metadata(selector, mac_only_encrypted=mac_only_encrypted)
    return _encrypted(plaintext, format, Cipher(DATA_KEY), wanted, None)


def encrypt_again(plaintext: bytes, format: Format, previous: bytes) -> bytes:  # noqa: A002
    """An edited plaintext encrypted by us with the data key and the stanzas of the file it came from."""
    file = formats.read(previous, format)
    assert file is not None
    document, cipher = documents.read(previous, format), Cipher(data_key(previous, format))
    encryption.decrypt(document, cipher, file.metadata)
    return _encrypted(plaintext, format, cipher, file.metadata._replace(lastmodified=NOW), document)


def data_key(data: bytes, format: Format) -> bytes:  # noqa: A002
    """The data key of a file for `KEY`."""
    file = formats.read(data, format)
    assert file is not None
    return KEY.open(file.metadata.groups[0][0])


def _encrypted(
    plaintext: bytes,
    format: Format,  # noqa: A002
    cipher: Cipher,
    wanted: Metadata,
    previous: Document | None,
) -> bytes:
    document = documents.read(plaintext, format)
    assert not document.encrypted
    selector, only = wanted.selector, wanted.mac_only_encrypted
    found = encryption.encrypt(document, cipher, selector, mac_only_encrypted=only)
    mac = encryption.sealed_mac(found.mac, cipher, wanted.lastmodified)
    return document.written(found.values, wanted._replace(mac=mac), previous).data


def decrypt(data: bytes, format: Format) -> Decrypted:  # noqa: A002
    """The file decrypted by us, its MAC checked."""
    file = formats.read(data, format)
    assert file is not None
    cipher = Cipher(data_key(data, format))
    document = documents.read(data, format)
    found = encryption.decrypt(document, cipher, file.metadata)
    text = document.written(found.values, None).data
    return Decrypted(text, document.tree(found.values), len(found.clear_comments))


def sops(
    data: bytes,
    format: Format,  # noqa: A002
    *arguments: str,
    version: str = "sops",
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run real sops on a file with that content; its name is appended to the arguments."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, _NAMES[format]).write_bytes(data)
        done = _run(program(version), *arguments, _NAMES[format], folder=folder)
    if check:
        assert done.returncode == 0, done.stderr.decode()
    return done


def sops_encrypts(data: bytes, format: Format, *arguments: str, version: str = "sops") -> bytes:  # noqa: A002
    """The plaintext encrypted by real sops."""
    return sops(data, format, "-e", "--age", KEY.public, *arguments, version=version).stdout


def sops_decrypts(data: bytes, format: Format, *arguments: str, version: str = "sops") -> bytes:  # noqa: A002
    """The file decrypted by real sops, which finds no comment that it cannot open."""
    done = sops(data, format, "-d", *arguments, version=version)
    assert b"possibly unencrypted" not in done.stderr
    return done.stdout


def sops_sets(data: bytes, format: Format, path: str, value: str) -> bytes:  # noqa: A002
    """The encrypted file with a value set by real sops."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, _NAMES[format])
        file.write_bytes(data)
        command = ("unset", file.name, path) if not value else ("set", file.name, path, value)
        done = _run(program("sops"), *command, folder=folder)
        assert done.returncode == 0, done.stderr.decode()
        return file.read_bytes()


def outside_values(data: bytes, format: Format) -> bytes:  # noqa: A002
    """The text with each value and comment replaced by its number: what encryption must not touch."""
    document = documents.read(data, format)
    spans: list[tuple[int, int]] = document.spans  # type: ignore[attr-defined]  # JSON and dotenv have them
    text = data.decode("utf-8", "surrogateescape")
    marked = splice.apply(text, [Splice(*span, f"<{number}>") for number, span in enumerate(spans)])
    return marked.encode("utf-8", "surrogateescape")


def refused(data: bytes, format: Format) -> bool:  # noqa: A002
    """Whether real sops refuses to encrypt a file."""
    return sops(data, format, "-e", "--age", KEY.public, check=False).returncode != 0


def masked(data: bytes) -> bytes:
    """The text with what is new at each encryption taken out of the values and of the metadata."""
    data = re.sub(rb"ENC\[[^\]]*\]", b"ENC", data)
    return re.sub(rb'(lastmodified"?[ :=]+"?)[0-9TZ:-]+', rb"\1", data)


def _run(*command: str, folder: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1", "SOPS_AGE_KEY": KEY.secret}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
