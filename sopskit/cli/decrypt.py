"""`sopskit decrypt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.file_arguments import add_stream_arguments
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_stream_arguments(parser, "plaintext")
    parser.add_argument(
        "--extract", metavar="PATH", help="""only the value there, for example '["key"][0]'"""
    )
    parser.add_argument(
        "--ignore-mac", action="store_true", help="decrypt although values were added, removed or moved"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Decrypt; nothing is written unless every file opens."""
    from sopskit.cli import file_arguments
    from sopskit.sops.formats import Format
    from sopskit.workflows import decrypt

    if arguments.in_place and arguments.extract is not None:
        raise UsageError(
            "--extract would leave the rest of the file away for good", hint="--output FILE keeps the file"
        )
    extract = None
    if arguments.extract:  # an empty one extracts nothing, as in sops
        from sopskit.sops import tree_paths

        extract = tree_paths.parse(arguments.extract)
    output_type = Format(arguments.output_type) if arguments.output_type else None
    wanted = decrypt.Wanted(output_type, extract, arguments.ignore_mac)
    named = file_arguments.named_sources(arguments)
    paths = file_arguments.output_paths(arguments, named)
    with (
        file_arguments.opened_engine(arguments, terminal) as engine,
        terminal.progress("decrypting") as report,
    ):
        if arguments.in_place:
            done = decrypt.decrypt_in_place(engine, named, wanted, jobs=arguments.jobs, report=report)
            notes = [(each.name, each.notes) for each in done]
        else:
            found = decrypt.decrypt_files(engine, named, wanted, jobs=arguments.jobs, report=report)
            notes = [(source.name, each.notes) for source, each in zip(named, found, strict=True)]
    file_arguments.show_notes(terminal, notes)
    if arguments.in_place:
        for each in done:
            terminal.say(f"decrypted {each.name}: it is plaintext now")
    else:
        file_arguments.deliver(terminal, [each.data for each in found], paths, private=True)
    return ExitCode.CLEAN
