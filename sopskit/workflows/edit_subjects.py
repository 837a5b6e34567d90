"""What is edited: a secret file that is there, or one that the edit is to make."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines import file_encryption
from sopskit.inventory.governing import Configs
from sopskit.repo.targets import Target, existing_folder, refuse_impossible
from sopskit.sops.formats import Format
from sopskit.workflows import encrypt as encrypt_workflow
from sopskit.workflows import opening
from sopskit.workflows.decrypt import clear_comments
from sopskit.workflows.sources import source

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.engines.interface import Engine
    from sopskit.repo.discovery import Repository
    from sopskit.sops.documents import Written
    from sopskit.workflows.sources import Source

#: What the editor shows of a file that is not there yet.
_EXAMPLES = {
    Format.YAML: b"example: value\n",
    Format.JSON: b'{\n\t"example": "value"\n}\n',
    Format.DOTENV: b"EXAMPLE=value\n",
    Format.INI: b"[section]\nexample = value\n",
    Format.BINARY: b"",
}


class Subject(NamedTuple):
    """What is edited.

    Attributes:
        source: the file as the user named it, there or not.
        repository: where it is.
        target: the file as it was read, or is to be made.
        plaintext: its text without encryption; saving just that changes nothing.
        start: what the editor shows first.
        encrypt: makes the new file of a new text; it raises where that is no text of the format.
        seal: encrypts any text for the file's readers, as a binary file.
        notes: what is to be known before the editor starts.
    """

    source: Source
    repository: Repository
    target: Target
    plaintext: bytes
    start: bytes
    encrypt: Callable[[bytes], Written]
    seal: Callable[[bytes], bytes]
    notes: tuple[str, ...] = ()


def open_subject(
    engine: Engine,
    name: str,
    *,
    input_type: str | None = None,
    config: Path | None = None,
    ignore_mac: bool = False,
) -> Subject:
    """Read and decrypt what is to be edited.

    Args:
        engine: reaches the data key.
        name: the file, relative to the working directory; one that is not there has to be claimed by a rule.
        input_type: `--input-type`, or None to go by the name's end.
        config: `--config`, or None.
        ignore_mac: edit a file whose values are not those that were encrypted.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        FailedError: it cannot be read, decrypted, or replaced.
        ConfigurationError: it is not there, and no rule says who is to read it.
    """
    file = source(name, input_type)
    repository = opening.open_repository(existing_folder(Path(file.path).parent))
    opening.recover_interrupted(repository)
    if os.path.lexists(file.path):
        return _existing(engine, repository, file, ignore_mac=ignore_mac)
    return _new(engine, repository, file, config)


def resume(engine: Engine, subject: Subject, kept: str) -> Subject:
    """The same subject, for an edit that goes on from a text that was kept.

    Args:
        engine: reaches the data key.
        subject: what is edited.
        kept: the encrypted text, relative to the working directory.

    Raises:
        NoIdentityError: no identity of this machine opens what was kept.
        FailedError: it cannot be read or decrypted.
    """
    file = source(kept, Format.BINARY)
    text = file_encryption.decrypt_file(engine, file.read(), file.format, file.name)
    return subject._replace(start=text.plaintext().data)


def _existing(engine: Engine, repository: Repository, source: Source, *, ignore_mac: bool) -> Subject:
    snapshot = repository.read(repository.relative(Path(source.path)))
    target = Target.replacing(snapshot)
    refuse_impossible(repository.root, [target])  # not only after all has been edited
    file = file_encryption.decrypt_file(
        engine, snapshot.content, source.format, source.name, ignore_mac=ignore_mac
    )
    written = file.plaintext()
    return Subject(
        source,
        repository,
        target,
        plaintext=written.data,
        start=written.data,
        encrypt=partial(file_encryption.reencrypt_file, file),
        seal=partial(file_encryption.seal_text, file),
        notes=(*clear_comments(file), *written.notes),
    )


def _new(engine: Engine, repository: Repository, source: Source, config: Path | None) -> Subject:
    target = Target.new(repository.resolve(source.path).relative_to(repository.root).as_posix())
    refuse_impossible(repository.root, [target])
    recipients = encrypt_workflow.parse_recipients(None, None, os.environ)
    (job,) = encrypt_workflow.plan([source], Configs(config), encrypt_workflow.Wanted(recipients))
    example = _EXAMPLES[source.format]

    def encrypt(text: bytes, kind: Format = source.format) -> Written:
        how = job.how
        if kind is Format.BINARY:
            how = how._replace(selector=None, mac_only_encrypted=False)
        return file_encryption.encrypt_file(engine, text, kind, source.name, how)

    return Subject(
        source,
        repository,
        target,
        plaintext=example,
        start=example,
        encrypt=encrypt,
        seal=lambda text: encrypt(text, Format.BINARY).data,
    )
