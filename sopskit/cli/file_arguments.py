"""What the commands that read files by name have in common: options, standard input, and where results go."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.workflows import sources
from sopskit.workflows.sources import STDIN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.engines.interface import Engine
    from sopskit.workflows.sources import Source

FORMATS = ("yaml", "json", "dotenv", "ini", "binary")


def add_input_type(parser: argparse.ArgumentParser) -> None:
    """The format of the file."""
    parser.add_argument(
        "--input-type", choices=FORMATS, help="the file's format (default: by the end of its name)"
    )


def add_stream_arguments(parser: argparse.ArgumentParser, result: str) -> None:
    """The options of a command that reads files, and writes to stdout unless told otherwise."""
    parser.add_argument("files", metavar="FILE", nargs="*", help="what to read; - or none is standard input")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("-i", "--in-place", action="store_true", help=f"replace each file by its {result}")
    place.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="write to this file, or into this folder (for several files, under the paths they have here)",
    )
    add_input_type(parser)
    parser.add_argument(
        "--output-type", choices=FORMATS, help="the format of the result (default: the file's)"
    )
    parser.add_argument(
        "--filename-override", metavar="NAME", help="go by this name: for rules, and for the format"
    )


def named_sources(arguments: argparse.Namespace, *, rules: bool = False) -> list[Source]:
    """The files that the user named, standard input read already.

    Args:
        arguments: of `add_stream_arguments`.
        rules: the name matters even where the format is given.

    Raises:
        UsageError: options that do not go together.
    """
    names = arguments.files or [STDIN]
    override, input_type = arguments.filename_override, arguments.input_type
    if not arguments.files and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("no file is named", hint="name one; - reads standard input from the terminal")
    if override and len(names) > 1:
        raise UsageError("--filename-override goes with one file")
    if STDIN in names and arguments.in_place:
        raise UsageError("standard input cannot be changed in place", hint="leave --in-place out")
    if STDIN in names and not override and (rules or not input_type):
        other = "" if rules else " or --input-type"
        raise UsageError("standard input has no name to go by", hint=f"give --filename-override{other}")
    if names.count(STDIN) > 1:
        raise UsageError("standard input is named twice")
    return [
        sources.source(name, input_type, override, read_stdin() if name == STDIN else None) for name in names
    ]


def read_stdin() -> bytes:
    """All of standard input."""
    if sys.stdin is None:
        raise UsageError("there is no standard input")
    return sources.read_stream(sys.stdin.buffer, "standard input")


@contextlib.contextmanager
def opened_engine(arguments: argparse.Namespace, terminal: Terminal) -> Iterator[Engine]:
    """The engine with this machine's keys; what of them could not be used is told at the end."""
    from sopskit.workflows import opening

    own_keys = opening.find_keys(terminal.passphrase)
    try:
        yield opening.choose_engine(arguments.engine, own_keys)
    finally:
        for warning in own_keys.warnings():
            terminal.warn(warning)


def output_paths(arguments: argparse.Namespace, named: Sequence[Source]) -> list[str] | None:
    """Where each result goes; None for stdout.

    Raises:
        UsageError: two results would go to one file.
    """
    output = arguments.output
    if output in (None, STDIN):
        return None
    if not (Path(output).is_dir() or output.endswith("/")):
        if len(named) > 1:
            raise UsageError("several files do not go into one", hint=f"name a folder: --output {output}/")
        return [output]
    paths = [str(Path(output, _below(each))) for each in named]
    if len(set(paths)) < len(paths):
        raise UsageError("two of the files have the same name", hint="give them to two commands")
    return paths


def _below(source: Source) -> str:
    """The path of a result in the output folder: as from here, or the bare name of a file elsewhere."""
    relative = os.path.relpath(source.path)
    return Path(source.path).name if relative.startswith("..") else relative


def deliver(
    terminal: Terminal, contents: Sequence[bytes], paths: Sequence[str] | None, *, private: bool
) -> None:
    """Write results to stdout, one after the other, or into files.

    Raises:
        FailedError: they cannot be written.
    """
    if paths is None:
        terminal.data(b"".join(contents))
        return
    from sopskit.repo.outputs import write_outputs

    write_outputs(list(zip(paths, contents, strict=True)), private=private)


def show_notes(terminal: Terminal, notes: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Each note once, with the first file it is about."""
    names: dict[str, list[str]] = {}
    for name, each in notes:
        for note in each:
            names.setdefault(note, []).append(name)
    for note, files in names.items():
        others = f" (and {len(files) - 1} more)" if len(files) > 1 else ""
        terminal.warn(f"{files[0]}{others}: {note}")
