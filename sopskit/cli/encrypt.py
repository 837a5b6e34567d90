"""`sopskit encrypt`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.cli.file_arguments import add_stream_arguments
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.keys.recipients import Recipient
    from sopskit.workflows.encrypt import Job, Wanted

#: As sopskit.sops.metadata has them, which starts more slowly.
SELECTORS = {
    "encrypted_regex": "encrypt the values below keys that this pattern matches, no others",
    "unencrypted_regex": "encrypt all but the values below keys that this pattern matches",
    "encrypted_suffix": "encrypt the values below keys that end so, no others",
    "unencrypted_suffix": "encrypt all but the values below keys that end so",
    "encrypted_comment_regex": "encrypt the values whose comment this pattern matches, no others",
    "unencrypted_comment_regex": "encrypt all but the values whose comment this pattern matches",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_stream_arguments(parser, "encrypted form (in a folder: all plaintext files that a rule claims)")
    recipients = parser.add_argument_group("recipients (default: those of the rule that claims the file)")
    recipients.add_argument(
        "-a", "--age", metavar="KEYS", help="age recipients, with commas between (or $SOPS_AGE_RECIPIENTS)"
    )
    recipients.add_argument(
        "-p", "--pgp", metavar="KEYS", help="PGP fingerprints, with commas between (or $SOPS_PGP_FP)"
    )
    values = parser.add_argument_group("which values (default: as the rule says)")
    for name, help_ in SELECTORS.items():
        values.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", help=help_)
    values.add_argument(
        "--mac-only-encrypted", action="store_true", help="let clear values be changed by hand"
    )
    change = parser.add_argument_group("making the change")
    change.add_argument("-y", "--yes", action="store_true", help="do not ask before a folder is encrypted")
    change.add_argument(
        "-n", "--dry-run", action="store_true", help="list the files to encrypt; exit 1 if there are any"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Encrypt; nothing is written unless every file can be."""
    from sopskit.cli import file_arguments
    from sopskit.inventory.governing import Configs
    from sopskit.sops.formats import Format
    from sopskit.workflows import encrypt

    ask = _expand_folders(arguments, terminal)
    if ask and not arguments.files:
        terminal.say("nothing to do: no rule claims a plaintext file there")
        return ExitCode.CLEAN
    wanted = encrypt.Wanted(
        _recipients(arguments, terminal),
        encrypt.selector({name: getattr(arguments, name) for name in SELECTORS}),
        arguments.mac_only_encrypted,
        Format(arguments.output_type) if arguments.output_type else None,
    )
    named = file_arguments.named_sources(arguments, rules=True)
    paths = file_arguments.output_paths(arguments, named)
    work = encrypt.plan(named, Configs(arguments.config), wanted)
    if ask or arguments.dry_run:
        _preview(arguments, terminal, work)
    if arguments.dry_run:
        return ExitCode.FOUND
    if ask and not arguments.yes:
        terminal.confirm("Encrypt these files in place?", "--yes")
    _carry_out(arguments, terminal, work, wanted, paths)
    return ExitCode.CLEAN


def _recipients(arguments: argparse.Namespace, terminal: Terminal) -> tuple[Recipient, ...]:
    from sopskit.workflows import encrypt

    found = encrypt.parse_recipients(arguments.age, arguments.pgp, os.environ)
    variables = {encrypt.AGE_VARIABLE: arguments.age, encrypt.PGP_VARIABLE: arguments.pgp}
    used = [name for name, option in variables.items() if option is None and os.environ.get(name)]
    if used:  # as sops does; it surprises whoever has forgotten the variable
        terminal.say(f"note: recipients from ${' and $'.join(used)}, not from .sops.yaml")
    return found


def _expand_folders(arguments: argparse.Namespace, terminal: Terminal) -> bool:
    """Replace folders among the files by the plaintext files in them that a rule claims."""
    folders = [name for name in arguments.files if Path(name).is_dir()]
    if not folders:
        return False
    if not (arguments.in_place or arguments.dry_run):
        raise UsageError(
            f"{folders[0]}: is a folder", hint="--in-place encrypts the files that rules claim there"
        )
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.selecting import plaintext_below

    found = plaintext_below(open_inventory(arguments, terminal), folders)
    arguments.files = [name for name in arguments.files if name not in folders] + found
    return True


def _preview(arguments: argparse.Namespace, terminal: Terminal, work: list[Job]) -> None:
    from sopskit.output.text import count, short

    lines = []
    for job in work:
        readers = ", ".join(short(recipient) for group in job.how.groups for recipient in group)
        lines.append(f"{job.source.name}: to {readers}")
    terminal.preview("\n".join([*lines, f"{count(len(work), 'file')} to encrypt"]), arguments)


def _carry_out(
    arguments: argparse.Namespace,
    terminal: Terminal,
    work: list[Job],
    wanted: Wanted,
    paths: list[str] | None,
) -> None:
    from sopskit.cli import file_arguments
    from sopskit.output.text import count
    from sopskit.workflows import encrypt

    with (
        file_arguments.opened_engine(arguments, terminal) as engine,
        terminal.progress("encrypting") as report,
    ):
        if arguments.in_place:
            done = encrypt.encrypt_in_place(engine, work, wanted, jobs=arguments.jobs, report=report)
        else:
            found = encrypt.encrypt_files(engine, work, wanted, jobs=arguments.jobs, report=report)
    if arguments.in_place:
        file_arguments.show_notes(terminal, [(each.name, each.notes) for each in done])
        terminal.say(f"encrypted {count(len(done), 'file')}")
        return
    notes = [(job.source.name, each.notes) for job, each in zip(work, found, strict=True)]
    file_arguments.show_notes(terminal, notes)
    file_arguments.deliver(terminal, [each.data for each in found], paths, private=False)
