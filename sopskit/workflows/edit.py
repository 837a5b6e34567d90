"""Editing the values of a secret file in an editor."""

from __future__ import annotations

import os
import shlex
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit import process
from sopskit.errors import DeclinedError, FailedError, SopskitError
from sopskit.repo import snapshot
from sopskit.repo.private_files import write_private
from sopskit.repo.private_folder import PrivateFolder
from sopskit.repo.staging import stage
from sopskit.repo.targets import RefusedError, existing_folder
from sopskit.repo.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.workflows.edit_subjects import Subject

    Decide = Callable[[SopskitError], "Choice"]


class Choice(StrEnum):
    """What to do with a text that cannot be saved."""

    AGAIN = "again"  # back to the editor
    KEEP = "keep"  # leave it, encrypted, beside the file
    DISCARD = "discard"


class Outcome(NamedTuple):
    """How an edit ended.

    Attributes:
        changed: whether the file was written.
        notes: what had to be spelled otherwise than it was written, one line each.
    """

    changed: bool
    notes: tuple[str, ...] = ()


def edit(
    subject: Subject,
    editor: Sequence[str],
    decide: Decide | None,
    warn: Callable[[str], None],
) -> Outcome:
    """Have a file edited until it can be saved, or is given up.

    Args:
        subject: what is edited.
        editor: the editor's words, see `find_editor`.
        decide: asked when the editor failed, or what it left cannot be saved; None where nobody can be.
        warn: told what a person should know before the editor starts.

    Raises:
        SopskitError: why nothing was written. Where something had been written in the editor and was not
            to be discarded, it is kept, and the hint says where.
    """
    with PrivateFolder() as folder:
        if not folder.in_memory:
            warn(f"no tmpfs here: while you edit, the plaintext is on a disk, in {folder.path}")
        path = folder.write(Path(subject.source.path).name, subject.start)
        while True:
            try:
                return _attempt(subject, editor, path)
            except SopskitError as error:
                _give_up_or_go_on(subject, path, error, decide)


def _attempt(subject: Subject, editor: Sequence[str], path: Path) -> Outcome:
    ended = process.run_in_foreground([*editor, str(path)])
    if ended.told_to_end:
        raise DeclinedError("told to end while the editor ran; nothing was written", path=subject.source.name)
    if ended.returncode != 0:
        how = f"status {ended.returncode}" if ended.returncode > 0 else f"signal {-ended.returncode}"
        raise FailedError(f"the editor failed ({how}); nothing was written", path=subject.source.name)
    text, _ = snapshot.read(str(path), subject.source.name)
    if text == subject.plaintext:
        return Outcome(changed=False)
    written = subject.encrypt(text)
    _write(subject, written.data)
    return Outcome(changed=True, notes=written.notes)


def _write(subject: Subject, data: bytes) -> None:
    with Transaction(subject.repository) as transaction:
        (draft,) = transaction.plan([subject.target])
        stage(draft, data)
        transaction.commit()


def _text_left(path: Path) -> bytes | None:
    """What the editor left; None where that is no file."""
    try:
        return snapshot.read(str(path), str(path))[0]
    except FailedError:
        return None


def _give_up_or_go_on(subject: Subject, path: Path, error: SopskitError, decide: Decide | None) -> None:
    """Return where the editor is to be started again."""
    text = _text_left(path)
    if text is None or text in (subject.plaintext, subject.start):
        raise error
    while (choice := _choose(error, decide)) is Choice.KEEP:
        try:
            _keep(subject, text, error)
        except SopskitError as problem:
            if decide is None:
                raise problem from None
            error = problem
        else:
            raise error
    if choice is Choice.DISCARD:
        raise error


def _choose(error: SopskitError, decide: Decide | None) -> Choice:
    # To save after a change by someone else would overwrite that.
    if decide is None or isinstance(error, RefusedError | DeclinedError):
        return Choice.KEEP
    try:
        return decide(error)
    except KeyboardInterrupt:
        return Choice.KEEP


def _keep(subject: Subject, text: bytes, error: SopskitError) -> None:
    """Leave a text, encrypted, beside its file, and have the error say so."""
    file = Path(subject.source.path)
    kept = _free(existing_folder(file.parent) / f"{file.name}.edited")
    write_private(kept, subject.seal(text))
    command = shlex.join(["sopskit", "edit", "--resume", os.path.relpath(kept), subject.source.name])
    error.hint = f"what you wrote is kept, encrypted; go on with: {command}"


def _free(path: Path) -> Path:
    """A path that nothing stands at: this one, or one with a number behind it."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return next(each for each in chain([path], numbered) if not os.path.lexists(each))
