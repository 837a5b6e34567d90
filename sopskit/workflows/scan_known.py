"""`scan --known`: the values of the repository's own secret files, decrypted, to be looked for elsewhere.

They stay in the memory of this process and of those that it forks. What is remembered of a scan between runs
is under a hash of them whose key the data keys are: without an identity it says nothing.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import NoIdentityError, SopskitError
from sopskit.findings import Unread
from sopskit.inventory.history_facts import dotted, sealed
from sopskit.scanner import names
from sopskit.scanner.known_choice import pieces_of
from sopskit.scanner.known_secrets import KnownSecret, KnownSecrets
from sopskit.sops import documents, encryption, formats, values
from sopskit.sops.cipher import Cipher
from sopskit.sops.formats import Format
from sopskit.sops.selectors import selects
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.engines.interface import Engine
    from sopskit.repo.discovery import Repository
    from sopskit.sops.documents import Document
    from sopskit.sops.metadata import Metadata

#: A file that is larger is not taken for a secret file.
_LARGEST = 64 << 20

_PERSON = b"sopskit known"


class Known(NamedTuple):
    """The values to look for.

    Attributes:
        secrets: finds them; None where there are none.
        digest: of all of them, under a key that only an identity opens; 16 bytes.
        files: number of secret files that were opened.
        values: number of values that are looked for.
        left_out: of those that are too short or too common.
        unread: secret files that do not open, and why.
    """

    secrets: KnownSecrets | None
    digest: bytes
    files: int
    values: int
    left_out: int
    unread: tuple[Unread, ...]


class _Value(NamedTuple):
    """A decrypted value; `name` is the last key that leads to it, `identity` the nonce that it has."""

    path: str
    key: str
    name: str
    content: bytes
    identity: bytes


class _Opened(NamedTuple):
    """What came of one secret file.

    Attributes:
        path: of the file.
        values: that are encrypted in it.
        public: that its selector leaves in clear.
        key: made from its data key.
        error: why it does not open; None where it does.
        process: that tried.
    """

    path: str
    values: tuple[_Value, ...] = ()
    public: frozenset[bytes] = frozenset()
    key: bytes = b""
    error: SopskitError | None = None
    process: int = 0


def read_known(repository: Repository, engine: Callable[[], Engine], jobs: int | None = None) -> Known:
    """Decrypt the secret files of the work tree.

    Args:
        repository: where they are.
        engine: gives what opens files; called where there is a secret file.
        jobs: number of processes; None for one a core.

    Raises:
        NoIdentityError: no secret file opens on this machine.
        FailedError: git failed, or a worker was killed.
    """
    paths = repository.files()
    candidates = [
        path for path, is_one in zip(paths, map_files(_Holds(repository), paths, jobs), strict=True) if is_one
    ]
    opened = _open_all(repository, engine(), candidates, jobs) if candidates else []
    closed = [each for each in opened if each.error is not None]
    if closed and len(closed) == len(opened) and all(isinstance(e.error, NoIdentityError) for e in closed):
        raise NoIdentityError(
            f"no identity on this machine opens any of the secret files here ({len(closed)})",
            hint="sopskit doctor lists the identities found here; scan without --known needs none",
        )
    unread = tuple(Unread(each.path, _reason(each.error)) for each in closed if each.error is not None)
    secrets, left_out = _chosen(opened)
    return Known(
        KnownSecrets(secrets) if secrets else None,
        _digest(opened, secrets),
        len(opened) - len(closed),
        len(secrets),
        left_out,
        unread,
    )


def _reason(error: SopskitError) -> str:
    return f"its values are not known, so nobody looked for them: {error.message}"


class _Holds:
    """Says whether a file carries SOPS metadata, or looks as if it did.

    Args:
        repository: where it is.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def __call__(self, path: str) -> bool:
        try:
            status = os.lstat(self._repository.root / path)
            if not os.path.isfile(self._repository.root / path) or status.st_size > _LARGEST:  # noqa: PTH113
                return False
            content = self._repository.read(path).content
            return formats.read(content, formats.format_of(path)) is not None
        except OSError:
            return False
        except SopskitError:
            return True  # opening it says why


def _open_all(
    repository: Repository, engine: Engine, paths: Sequence[str], jobs: int | None
) -> list[_Opened]:
    """Open files; the first in this process, since a worker cannot ask for a passphrase."""

    def one(path: str) -> _Opened:
        try:
            return _opened(repository, engine, path)
        except SopskitError as error:
            return _Opened(path, error=error.at(path), process=os.getpid())

    def again(result: _Opened) -> _Opened:
        was_in_worker = result.process not in (0, os.getpid())
        return one(result.path) if was_in_worker and isinstance(result.error, NoIdentityError) else result

    return [*map(one, paths[:1]), *map(again, map_files(one, paths[1:], jobs))]


def _opened(repository: Repository, engine: Engine, path: str) -> _Opened:
    content = repository.read(path).content
    kind = formats.format_of(path)
    file = formats.read(content, kind)
    if file is None:  # changed meanwhile
        return _Opened(path)
    data_key = engine.open(file.metadata, path)
    document = documents.read(content, kind)
    plain = encryption.decrypt(document, Cipher(data_key), file.metadata).values
    found = tuple(_values(path, kind, document, plain))
    public = frozenset(_public(document, file.metadata))
    return _Opened(path, found, public, blake2b(data_key, digest_size=32, person=_PERSON).digest())


def _values(path: str, kind: Format, document: Document, plain: dict[int, values.Value]) -> Iterator[_Value]:
    for number, leaf in enumerate(document.leaves):
        nonce = sealed(leaf)
        value = plain.get(number)
        if leaf.is_comment or nonce is None or not isinstance(value, str | bytes | int):
            continue
        is_whole = kind is Format.BINARY
        key, name = ("", "") if is_whole else (dotted(leaf.path), "".join(leaf.path[-1:]))
        yield _Value(path, key, name, values.to_bytes(value), nonce[2].encode())


def _public(document: Document, metadata: Metadata) -> Iterator[bytes]:
    """Values that the file itself shows to everyone."""
    is_selected = selects(metadata.selector)
    for leaf in document.leaves:
        if not (leaf.is_comment or sealed(leaf) or is_selected(leaf) or leaf.value is None):
            yield values.to_bytes(leaf.value).strip()


def _chosen(opened: Iterable[_Opened]) -> tuple[list[KnownSecret], int]:
    """What is looked for, each value once, and how many are left out."""
    opened = list(opened)
    public = frozenset[bytes]().union(*(each.public for each in opened))
    found: dict[bytes, KnownSecret] = {}
    left_out: set[bytes] = set()
    for value in (value for each in opened for value in each.values):
        content = value.content.strip()
        if content in found:
            found[content] = found[content]._replace(others=found[content].others + 1)
            continue
        is_public = content in public and names.kind_of(value.name) is None
        pieces = () if is_public else pieces_of(value.name, content)
        if pieces:
            found[content] = KnownSecret(value.path, value.key, value.identity, pieces)
        elif content:
            left_out.add(content)
    return list(found.values()), len(left_out - found.keys())


def _digest(opened: Iterable[_Opened], secrets: Iterable[KnownSecret]) -> bytes:
    """Stands for what is looked for; whoever has none of the data keys learns nothing from it."""
    key = blake2b(b"".join(sorted(each.key for each in opened)), digest_size=32, person=_PERSON).digest()
    digest = blake2b(key=key, digest_size=16, person=_PERSON)
    for piece in sorted(piece for secret in secrets for piece in secret.pieces):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.digest()
