"""Running a command that gets the values of a secret file: in its environment, or as a file.

Source: getsops/sops, cmd/sops/main.go (`exec-env`, `exec-file`) and cmd/sops/subcommand/exec. Unlike there
no shell comes between, unless the command is one.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NoReturn

from sopskit import process
from sopskit.engines import file_encryption
from sopskit.errors import FailedError, ToolMissingError, UsageError
from sopskit.repo import private_folder
from sopskit.repo.private_folder import PrivateFolder
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.flat_values import text_of
from sopskit.text.shown import shown
from sopskit.workflows.decrypt import Wanted, decrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from sopskit.sops.formats import Format
    from sopskit.workflows.sources import Source

#: What stands for the file's path in the arguments of a command.
PLACEHOLDER = "{}"


def with_environment(
    engine: Engine,
    source: Source,
    command: Sequence[str],
    *,
    pristine: bool = False,
    user: str | None = None,
) -> NoReturn:
    """Run a command, in the place of this process, with the values of a flat file as variables.

    Args:
        engine: reaches the data key.
        source: the file.
        command: program and arguments.
        pristine: leave the environment of this process out.
        user: whom to run it as; None for whoever runs this.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        FailedError: the file cannot be read, or has something that no variable holds.
        ToolMissingError: there is no such program.
    """
    private_folder.remove_abandoned()
    file = file_encryption.decrypt_file(engine, source.read(), source.format, source.name)
    values = variables(file.tree()[0], source.name)
    inherited = {} if pristine else dict(os.environ)
    account = {} if user is None else process.switch_user(user)
    with _shell_hint(command):
        process.become(command, {**inherited, **values, **account})


def with_file(
    engine: Engine,
    source: Source,
    command: Sequence[str],
    *,
    output_type: Format | None = None,
    name: str | None = None,
    fifo: bool = True,
    user: str | None = None,
    warn: Callable[[str], None],
) -> int:
    """Run a command that reads the plaintext from a path, which stands where its arguments have `{}`.

    Args:
        engine: reaches the data key.
        source: the file.
        command: program and arguments.
        output_type: the format of the plaintext; None keeps the file's.
        name: of the file that the command sees; None for the file's own.
        fifo: a named pipe, which can be read once, instead of a file.
        user: whom to run it as; None for whoever runs this.
        warn: told what a person should know.

    Returns:
        The command's exit status; 128 and the signal's number where a signal ended it.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        FailedError: the file cannot be read, or the plaintext not be written.
        ToolMissingError: there is no such program.
        UsageError: the command has no `{}`, or the name is none.
    """
    own_name = _file_name(source, name)
    if not any(PLACEHOLDER in word for word in command):
        raise UsageError("the command has no {}", hint="{} stands for the path of the plaintext")
    private_folder.remove_abandoned()
    written = decrypted(engine, source, source.read(), Wanted(output_type))
    for note in written.notes:
        warn(note)
    account = {} if user is None else process.switch_user(user)
    with PrivateFolder() as folder, _placed(folder, own_name, written.data, fifo=fifo) as path:
        if not fifo and not folder.in_memory:
            warn(f"no tmpfs here: while the command runs, the plaintext is on a disk, in {folder.path}")
        words = [word.replace(PLACEHOLDER, str(path)) for word in command]
        with _shell_hint(command):
            ended = process.run_in_foreground(words, {**os.environ, **account})
    return ended.returncode if ended.returncode >= 0 else 128 - ended.returncode


def variables(branch: Branch, path: str) -> dict[str, str]:
    """The variables that a flat document stands for.

    Args:
        branch: the document.
        path: names the file in errors.

    Raises:
        FailedError: a value is a list or a mapping, or a key or value is none that a variable can have.
    """
    found: dict[str, str] = {}
    for item in branch.items:
        if isinstance(item, Comment):
            continue
        key, node = item
        if isinstance(node, Branch | Items | Comment):
            raise _no_variable(key, "is no single value", path, hint="exec-file gives a command any file")
        text = text_of(node, key)
        if "\0" in text:
            raise _no_variable(key, "has a value with a NUL, which no variable can hold", path)
        if not key or "=" in key or "\0" in key:
            raise _no_variable(key, "is no name of a variable", path)
        found[_native(key)] = _native(text)
    return found


def _no_variable(key: str, problem: str, path: str, hint: str | None = None) -> FailedError:
    return FailedError(f"{shown(key) or 'an empty key'} {problem}", hint=hint, path=path)


def _native(text: str) -> str:
    """The text that is passed on as the same bytes, whatever encoding this process has."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def _file_name(source: Source, name: str | None) -> str:
    if name is None:
        return source.path.rpartition("/")[2]
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise UsageError("--filename: this is no name of a file", hint="give a name without a folder")
    return name


@contextlib.contextmanager
def _placed(folder: PrivateFolder, name: str, plaintext: bytes, *, fifo: bool) -> Iterator[Path]:
    if fifo:
        with folder.pipe(name, plaintext) as path:
            yield path
    else:
        yield folder.write(name, plaintext)


@contextlib.contextmanager
def _shell_hint(command: Sequence[str]) -> Iterator[None]:
    """Tell who writes a command line, as sops wants it, what is different here."""
    try:
        yield
    except ToolMissingError as error:
        if len(command) == 1 and " " in command[0].strip():
            raise ToolMissingError(
                "the command is one word", hint="words are given one by one; for a shell: -- sh -c '...'"
            ) from None
        raise error from None
