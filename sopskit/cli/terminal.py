"""What the commands print and ask: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import os
import sys

from sopskit.errors import DeclinedError, FailedError, SopskitError, UsageError
from sopskit.text.shown import shown

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from questionary import Choice, Question

_RED, _GREEN, _YELLOW, _CYAN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"

_LONGEST = 2_000  # characters of a message


def columns() -> int:
    """The width of the terminal (as `shutil.get_terminal_size`, which takes long to import)."""
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class Terminal:
    """The terminal of one run; questions are asked only where there is one."""

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = False
        self._color = "auto"
        self._process = os.getpid()

    def configure(self, *, quiet: bool, verbose: bool, color: str) -> None:
        """Take over the global options."""
        self.quiet, self.verbose, self._color = quiet, verbose, color

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

    @property
    def watched(self) -> bool:
        """Whether a person sees what goes on, and wants to."""
        return not self.quiet and sys.stderr is not None and sys.stderr.isatty()

    def result(self, text: str) -> None:
        """Print a result."""
        if text:
            _write(sys.stdout, text + "\n")

    def data(self, content: bytes) -> None:
        """Write a result byte for byte.

        Raises:
            FailedError: it cannot be written.
        """
        stream = sys.stdout
        try:
            stream.flush()
            stream.buffer.write(content)
            stream.buffer.flush()
        except OSError as error:
            raise _failed(stream, error) from None

    def say(self, text: str) -> None:
        """Tell what is going on, unless --quiet."""
        if not self.quiet:
            _write(sys.stderr, shown(text) + "\n")

    def warn(self, text: str) -> None:
        """Print a warning."""
        _write(sys.stderr, f"{self._paint(_BOLD, 'warning:')} {_brief(text)}\n")

    def error(self, error: SopskitError) -> None:
        """Print an error and its hint."""
        for cause in error.causes:
            _write(sys.stderr, f"{self._paint(_RED, 'error:')} {_brief(str(cause))}\n")
        _write(sys.stderr, f"{self._paint(_RED, 'error:')} {_brief(str(error))}\n")
        for hint in dict.fromkeys(each.hint for each in (*error.causes, error)):
            if hint:
                _write(sys.stderr, f"{self._paint(_BOLD, 'hint:')} {shown(hint)}\n")

    def preview(self, text: str, arguments: argparse.Namespace, *, is_diff: bool = False) -> None:
        """Show what is going to change: the result of a dry run, and what a question is about."""
        stream = sys.stdout if arguments.dry_run else sys.stderr
        if is_diff:
            colors = {"+": _GREEN, "-": _RED, "@": _CYAN}
            lines = (self._paint(colors.get(line[:1], ""), line, stream) for line in text.splitlines())
            text = "\n".join(lines)
        if arguments.dry_run or not (self.quiet and arguments.yes):
            _write(stream, text + "\n")

    def highlighted(self, word: str) -> str:
        """A word of a result in the colour of what it says, where there are colours."""
        return self._paint({"error": _RED, "warning": _YELLOW}.get(word, _CYAN), word, sys.stdout)

    def _paint(self, color: str, text: str, stream: TextIO | None = None) -> str:
        stream = stream or sys.stderr
        wanted = self._color == "always" or (
            self._color == "auto"
            and stream is not None
            and stream.isatty()
            and not os.environ.get("NO_COLOR")
        )
        return f"{color}{text}{_RESET}" if wanted and color else text

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on stderr where that is a terminal; yields `report(done, total)`.

        It appears with the first report: a question may come before that.
        """
        if not self.watched:
            yield lambda _done, _total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        # Refreshed by hand: a refreshing thread and forked workers do not go together.
        bar = Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        task = bar.add_task(what)

        def report(done: int, total: int) -> None:
            bar.start()
            if done % 25 == 0 or done == total:
                bar.update(task, completed=done, total=total, refresh=True)

        try:
            yield report
        finally:
            bar.stop()

    # Questions. Without a terminal each is a usage error that names the flag to give instead.

    def choose(self, question: str, choices: Sequence[Choice], flag: str) -> str:
        """One of several; returns the choice's value."""
        import questionary

        self.require(flag)
        return str(_ask(questionary.select(question, choices=list(choices))))

    def choose_many(self, question: str, choices: Sequence[Choice], flag: str) -> list[str]:
        """Several of several; returns the values."""
        import questionary

        self.require(flag)
        answer = _ask(questionary.checkbox(question, choices=list(choices)))
        return [str(value) for value in answer] if isinstance(answer, list) else []

    def ask(self, question: str, flag: str, check: Callable[[str], str | None]) -> str:
        """A line of text; `check` returns what is wrong with an answer, or None."""
        import questionary

        self.require(flag)
        valid = lambda answer: check(answer) or True  # noqa: E731 - questionary wants True or a message
        return str(_ask(questionary.text(question, validate=valid)))

    def confirm(self, question: str, flag: str) -> None:
        """Yes or no.

        Raises:
            DeclinedError: the answer was no.
        """
        import questionary

        self.require(flag)
        if not _ask(questionary.confirm(question, default=False)):
            raise DeclinedError("declined, nothing was changed")

    def type_to_confirm(self, question: str, word: str) -> None:
        """Have a word typed, for what --yes must never stand for.

        Raises:
            DeclinedError: something else was typed.
        """
        if not self.interactive:
            raise UsageError(
                "this needs a confirmation typed in a terminal",
                hint="run it in a terminal; --yes does not stand for it",
            )
        if not self.is_typed(question, word):
            raise DeclinedError("declined, nothing was changed")

    def is_typed(self, question: str, word: str) -> bool:
        """Whether the word is typed, or something else; there has to be a terminal."""
        import questionary

        return _ask(questionary.text(f"{question} (type {word})")) == word

    def passphrase(self, prompt: str) -> str | None:
        """Ask for a passphrase; None where nobody can be asked, a forked worker included."""
        if not self.interactive or os.getpid() != self._process:
            return None
        import getpass

        try:
            return getpass.getpass(f"passphrase for {shown(prompt)}: ", stream=sys.stderr)
        except EOFError:
            raise KeyboardInterrupt from None

    def secret(self, prompt: str, flag: str) -> str:
        """Ask for a value without showing it."""
        import getpass

        self.require(flag)
        try:
            return getpass.getpass(f"{shown(prompt)}: ", stream=sys.stderr)
        except EOFError:
            raise KeyboardInterrupt from None

    def require(self, flag: str) -> None:
        """Fail where nobody can be asked for what a flag would have said.

        Raises:
            UsageError: there is no terminal.
        """
        if not self.interactive:
            raise UsageError(f"{flag} is missing, and there is no terminal to ask in", hint=f"give {flag}")


def _brief(text: str) -> str:
    """A message as it may be shown; a file can have a name, or a key, of a million characters."""
    return shown(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _ask(question: Question) -> object:
    """Ask; Ctrl-C and Ctrl-D are an interruption, as everywhere."""
    try:
        answer = question.unsafe_ask()
    except EOFError:
        answer = None
    if answer is None:
        raise KeyboardInterrupt
    return answer


def _write(stream: TextIO | None, text: str) -> None:
    """Write text that may hold characters which the stream's encoding does not have.

    Raises:
        FailedError: a result cannot be written. Messages that nobody receives fail nothing.
    """
    if stream is None:  # the process was started without it
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        failed = _failed(stream, error)
        if stream is sys.stdout:
            raise failed from None


def _failed(stream: TextIO, error: OSError) -> FailedError:
    """What to say of a stream that cannot be written; a reader that went away is no failure of ours."""
    abandon(stream)
    if isinstance(error, BrokenPipeError):
        raise error
    return FailedError(f"the output cannot be written: {error.strerror}", hint="is the disk full?")


def abandon(stream: TextIO) -> None:
    """Point a stream that failed at nothing, so that what it still holds fails no second time at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
