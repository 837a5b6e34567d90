"""The `sopskit` command: global options, dispatch, and the one place that turns errors into exit codes.

Every start waits for what is imported here, so that pathlib and typing are not.
"""
# ruff: noqa: PTH109, PTH119

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys

from sopskit.cli.terminal import Terminal, columns
from sopskit.errors import ExitCode, SopskitError, UsageError
from sopskit.version import __version__

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any, NoReturn, Protocol

    class Command(Protocol):
        """What a module of sopskit.cli that implements a command has."""

        def add_arguments(self, parser: argparse.ArgumentParser) -> None:
            """Declare the command's own options."""

        def run(self, arguments: argparse.Namespace, terminal: Terminal) -> int:
            """Parse, ask, call one workflow, render; returns an `ExitCode`, or that of a command it ran."""


ENGINES = ("auto", "embedded", "sops")  # as sopskit.engines.selection, which starts more slowly

#: Every command, its module under sopskit.cli, and its line in --help.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "write a first .sops.yaml from the keys found on this machine"),
    "add-host": ("add_host", "add a host: its keys, its rules, and a stanza in every file it is to read"),
    "add-key": ("add_key", "give a host a second key"),
    "remove-key": ("remove_key", "take one of a host's keys away"),
    "replace-key": ("replace_key", "put a new key in the place of a host's old one"),
    "rename-host": ("rename_host", "give a host another name; no secret file changes"),
    "remove-host": ("remove_host", "take a host away: its keys, and every file that it could read"),
    "hosts": ("hosts", "list the hosts, their keys, and how many files each reads"),
    "access": ("access", "show who reads which secret file, and what a change gives to whom"),
    "exposure": ("exposure", "list what a host, or everyone, could once read and that has not changed since"),
    "report": ("report", "write who reads what, findings and exposures as one HTML page"),
    "plan": ("plan", "show where files and rules differ; needs no private key"),
    "sync": ("sync", "make every file what its rule says: re-wrap or rotate it, where they differ"),
    "check": ("check", "find what is wrong with rules, keys and secret files, and repair it"),
    "flux": ("flux", "check what Flux makes of the secret files, and set its clusters up"),
    "nix": ("nix", "check what NixOS hosts take out of the secret files, and set them up"),
    "scan": ("scan", "look for secrets that are not encrypted"),
    "rules": ("rules", "list, show and test what a scan looks for"),
    "encrypt": ("encrypt", "encrypt files for the recipients of their rules"),
    "decrypt": ("decrypt", "decrypt files, or a part of one"),
    "set": ("set_value", "give one value of a secret file another content"),
    "unset": ("unset", "remove one value from a secret file"),
    "rotate": ("rotate", "give files a new data key, and the recipients of their rules"),
    "edit": ("edit", "edit the values of a secret file, or make one, in an editor"),
    "exec-env": ("exec_env", "run a command with the values of a flat file in its environment"),
    "exec-file": ("exec_file", "run a command that reads the plaintext of a file from a path"),
    "merge-driver": ("merge_driver", "merge an encrypted file value by value; git runs it"),
    "reseal": ("reseal", "give a file whose merge conflicts were resolved by hand a MAC again"),
    "textconv": ("textconv", "print a file decrypted, for a readable diff; git runs it"),
    "doctor": ("doctor", "check what sopskit and sops find on this machine"),
}


class _Formatter(argparse.HelpFormatter):
    """As wide as argparse's own, which imports shutil and all its archives at every start to ask how wide."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns() - 2)


class _Parser(argparse.ArgumentParser):
    """An argparse parser that leaves printing and exiting to `main`.

    Args:
        named: whether its command stands in the arguments. Of another argparse needs nothing but the line in
            the help, and a whole parser takes 0.3 ms.
        options: those of argparse.
    """

    def __init__(self, *, named: bool = True, **options: Any) -> None:
        if named:
            super().__init__(**options)
        else:
            self.prog = options["prog"]  # newer versions format the line in the help, to check it

    def _get_formatter(self) -> argparse.HelpFormatter:
        # Not by `formatter_class`, which each of a command's parsers would have to be given.
        return _Formatter(self.prog)

    def error(self, message: str) -> NoReturn:
        option, surplus, _ = message.partition("ignored explicit argument")
        if surplus:  # it may be a value that is secret
            message = f"{option}takes no value"
        raise UsageError(message, hint=f"{self.prog} --help")


def global_options(**defaults: object) -> _Parser:
    """The options that stand on either side of the command.

    argparse lets a subparser's defaults overwrite what stood before the command, so that there they
    are suppressed.
    """

    def default(name: str) -> object:
        return defaults[name] if defaults else argparse.SUPPRESS

    parser = _Parser(add_help=False)
    group = parser.add_argument_group("global options")
    group.add_argument(
        "-C",
        dest="directory",
        metavar="DIR",
        type=_path,
        default=default("directory"),
        help="run as if started in DIR",
    )
    group.add_argument(
        "-q", "--quiet", action="store_true", default=default("quiet"), help="print results and errors only"
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=default("verbose"),
        help="list every file, however many, and keys in full",
    )
    group.add_argument(
        "--engine",
        choices=ENGINES,
        default=default("engine"),
        help="embedded: in this process; sops: the binary; auto: embedded, and sops for what only it opens",
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        type=_path,
        default=default("config"),
        help="the .sops.yaml to use for every file (default: $SOPS_CONFIG, or the nearest above each file)",
    )
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default=default("color"),
        help="colours (NO_COLOR is honoured)",
    )
    group.add_argument(
        "--jobs",
        type=_positive,
        metavar="N",
        default=default("jobs"),
        help="processes to use (default: one a core)",
    )
    return parser


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


def build_parser(wanted: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The whole parser; only commands in `wanted` (None: all) get their own options.

    A command's module is imported only when it is named, which keeps the start short.
    """
    parser = _Parser(
        prog="sopskit",
        description="Which machine can read which secret: manage it, for a repository of SOPS files.",
        parents=[
            global_options(
                directory=None,
                quiet=False,
                verbose=False,
                engine="auto",
                config=None,
                color="auto",
                jobs=None,
            )
        ],
        epilog="Exit codes: 0 clean, 1 findings or drift, 2 usage, 3 configuration, 4 a tool is missing, "
        "5 no identity opens a file, 6 a failure, 70 a bug, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"sopskit {__version__}")
    commands = parser.add_subparsers(
        prog=parser.prog, dest="command", metavar="COMMAND", title="commands", parser_class=_Parser
    )
    for name, (module, help_) in COMMANDS.items():
        if wanted is not None and name not in wanted:
            commands.add_parser(name, help=help_, named=False)
            continue
        command = commands.add_parser(
            name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", parents=[global_options()]
        )
        _load(module).add_arguments(command)
    return parser


def _load(module: str) -> Command:
    loaded: Any = importlib.import_module(f"sopskit.cli.{module}")
    command: Command = loaded
    return command


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: the arguments without the program's name; None for `sys.argv`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal()
    try:
        return int(_run(arguments, terminal))
    except SopskitError as error:
        terminal.error(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return interrupted(terminal)
    except BrokenPipeError:  # the reader of our output went away (`| head`)
        return int(ExitCode.FAILED)
    except Exception as error:  # noqa: BLE001 - the exit code of a bug; the text of an unknown error may hold a secret
        terminal.error(
            SopskitError(f"a bug: {_place_of(error)}", hint="please report it with the line above")
        )
        return int(ExitCode.BUG)


def interrupted(terminal: Terminal | None = None) -> int:
    """Say so, and return the exit code of that."""
    terminal = terminal or Terminal()
    terminal.say("")
    terminal.error(SopskitError("interrupted"))
    return int(ExitCode.INTERRUPTED)


def _run(argv: Sequence[str], terminal: Terminal) -> int:
    arguments, unknown = build_parser(argv).parse_known_args(argv)
    if unknown:
        raise _unknown(unknown, arguments.command)
    terminal.configure(quiet=arguments.quiet, verbose=arguments.verbose, color=arguments.color)
    if arguments.command is None:
        terminal.result(build_parser(()).format_help().rstrip())
        return ExitCode.USAGE
    if arguments.config is None and os.environ.get("SOPS_CONFIG"):
        arguments.config = _path(os.environ["SOPS_CONFIG"])
    if arguments.directory is not None:
        _enter(arguments.directory)
    try:
        os.getcwd()
    except OSError:
        raise UsageError("the working directory is gone", hint="cd into one that exists") from None
    return _load(COMMANDS[arguments.command][0]).run(arguments, terminal)


def _enter(directory: Path) -> None:
    if any(name.startswith("GIT_") for name in os.environ):  # of the repository where we are
        from sopskit.repo.git import name_repository

        name_repository()
    try:
        os.chdir(directory)
    except OSError as error:
        raise UsageError(f"-C {directory}: {error.strerror}") from None


def _unknown(words: Sequence[str], command: str | None) -> UsageError:
    """Arguments that nobody takes. Only an option is named: other words may be a value that is secret."""
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    what = f"there is no option {options[0]}" if options else "there are too many arguments"
    return UsageError(what, hint=f"{' '.join(filter(None, ('sopskit', command)))} --help")


def _place_of(error: Exception) -> str:
    """Type and place of an unexpected error, without its text."""
    place = "unknown place"
    traceback = error.__traceback__
    while traceback is not None:
        place = f"{os.path.basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return f"{type(error).__name__} at {place}"


def entry_point() -> NoReturn:
    """What `cli.entry` leaves to the whole command line."""
    gc.set_threshold(50_000)  # nearly all that a run builds lasts as long as the run
    status = main()
    gc.freeze()  # else the interpreter searches it all for garbage before it ends
    sys.exit(status)
