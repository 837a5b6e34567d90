"""Showing a change of `.sops.yaml` and files, asking, making it, and saying what was done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from sopskit.cli.key_arguments import HostKeys
    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan
    from sopskit.sops_yaml.model import SopsYaml
    from sopskit.workflows.add_host import Change
    from sopskit.workflows.apply import Outcome
    from sopskit.workflows.host_key_sources import NewKey


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that changes files."""
    group = parser.add_argument_group("making the change")
    group.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")
    group.add_argument(
        "-n", "--dry-run", action="store_true", help="show what would change; exit 1 if anything would"
    )
    group.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave files that no identity here opens, and do the rest",
    )
    group.add_argument(
        "--no-rotate",
        action="store_true",
        help="re-wrap files that lose a recipient too, although who had the data key may have kept it",
    )
    group.add_argument(
        "--force", action="store_true", help="allow locking yourself out, after a confirmation that is typed"
    )


def make_change(
    arguments: argparse.Namespace,
    terminal: Terminal,
    inventory: Inventory,
    change: Change,
    keys: HostKeys | None = None,
) -> ExitCode:
    """Show a change of `.sops.yaml` and what follows from it; make it when it is confirmed.

    The private half of a key that was made for it is written then too, and not before.
    """
    from sopskit.output.text import count, diff

    config = inventory.configs.primary
    rewritten = change.document.text != config.document.text
    if rewritten:
        text = diff(config.document.text, change.document.text, config.path)
        terminal.preview(text, arguments, is_diff=True)
    for note in (*change.notes, *(keys.notes if keys else ())):
        terminal.say(f"note: {note}")
    if change.other_drift:
        other = count(len(change.other_drift), "file")
        terminal.say(f"note: other drift, not touched here, in {other} (sopskit plan shows it)")
    work = _Work(
        inventory,
        change.plan.drift,
        change.document if rewritten else None,
        keys.new_key if keys else None,
    )
    for broken in change.broken:
        if broken.problem is not None:
            terminal.error(broken.problem.at(broken.path))
    code = _carry_out(arguments, terminal, work)
    return ExitCode.FAILED if change.broken and code in (ExitCode.CLEAN, ExitCode.FOUND) else code


def make_sync(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, plans: Sequence[FilePlan]
) -> ExitCode:
    """Show drift and end it; `.sops.yaml` stays as it is."""
    return _carry_out(arguments, terminal, _Work(inventory, plans))


class _Work(NamedTuple):
    """What a command is about to write.

    Attributes:
        inventory: the repository.
        plans: files with drift.
        document: the new `.sops.yaml`, or None where it stays.
        new_key: a key whose private half is to be written too.
    """

    inventory: Inventory
    plans: Sequence[FilePlan]
    document: SopsYaml | None = None
    new_key: NewKey | None = None


def _carry_out(arguments: argparse.Namespace, terminal: Terminal, work: _Work) -> ExitCode:
    from sopskit.workflows import apply, guard, opening

    guard.refuse_empty_groups(work.plans)
    now, left = apply.split_losing(work.plans, no_rotate=arguments.no_rotate)
    if (now or work.document) and not (arguments.yes or arguments.dry_run):
        terminal.require("--yes")
    _show_files(arguments, terminal, work, now, left)
    if not now and work.document is None:
        terminal.say("nothing was changed" if left else "nothing to do")
        return ExitCode.FOUND if left else ExitCode.CLEAN
    if arguments.dry_run:
        return ExitCode.FOUND
    own_keys = opening.find_keys(terminal.passphrase)
    _ask(arguments, terminal, guard.find_lockout(now, own_keys), len(now))
    engine = opening.choose_engine(arguments.engine, own_keys)
    try:
        with _written(work, terminal), terminal.progress("re-wrapping") as report:
            outcome = apply.apply(
                work.inventory,
                now,
                engine,
                document=work.document,
                skip_unreadable=arguments.skip_unreadable,
                jobs=arguments.jobs,
                report=report,
            )
    finally:
        for warning in own_keys.warnings():
            terminal.warn(warning)
    if work.document is not None:
        terminal.say(f"wrote {work.document.path}")
    if work.new_key is not None:
        terminal.say(f"wrote {work.new_key.path}: the host's private key; move it there, and keep no copy")
    return _report(terminal, outcome, left)


def _show_files(
    arguments: argparse.Namespace,
    terminal: Terminal,
    work: _Work,
    now: Sequence[FilePlan],
    left: Sequence[FilePlan],
) -> None:
    from sopskit.cli import rendering
    from sopskit.inventory.hosts import names_of
    from sopskit.output.text import count

    configs = work.inventory.configs
    names = names_of(configs)
    if work.document is not None:
        names = {**names, **names_of(configs.with_primary(work.document))}
    if now:
        terminal.preview(rendering.file_lines(now, names, verbose=terminal.verbose), arguments)
        terminal.preview(f"{count(len(now), 'file')} to re-wrap", arguments)
    for plan in left:
        change = rendering.change_text(plan, names)
        terminal.warn(f"left alone, it would lose a recipient: {plan.path} ({change})")
    if left:
        terminal.say("hint: who loses a stanza may have kept the data key; --no-rotate re-wraps all the same")


@contextmanager
def _written(work: _Work, terminal: Terminal) -> Iterator[None]:
    """The private key on disk before anything is encrypted to it, and gone if nothing was."""
    from sopskit.workflows import apply

    if work.new_key is None:
        yield
        return
    work.new_key.write()
    try:
        yield
    except BaseException:
        if apply.is_untouched(work.inventory):
            work.new_key.discard()
        else:
            terminal.warn(f"{work.new_key.path} is kept: files may be encrypted to it already")
        raise


def _ask(arguments: argparse.Namespace, terminal: Terminal, lockout: tuple[str, ...], files: int) -> None:
    from sopskit.output.text import count

    if lockout:
        lost = count(len(lockout), "file")
        if not arguments.force:
            raise UsageError(
                f"you would lose access to {lost}, {lockout[0]} for one",
                hint="give a key of yours to the rule; or --force, and a typed confirmation",
            )
        terminal.type_to_confirm(f"You lose access to {lost}. Go on?", "lose access")
    elif not arguments.yes:
        terminal.confirm(f"Write this, and re-wrap {count(files, 'file')}?", "--yes")


def _report(terminal: Terminal, outcome: Outcome, left: Sequence[FilePlan]) -> ExitCode:
    from sopskit.output.text import count

    if outcome.rewrapped:
        terminal.say(f"re-wrapped {count(len(outcome.rewrapped), 'file')}")
    for error in outcome.unreadable:
        terminal.error(error)
    if outcome.unreadable:
        terminal.say(
            f"left as they were, no identity here opens them: {count(len(outcome.unreadable), 'file')}"
        )
        return ExitCode.FAILED
    return ExitCode.FOUND if left else ExitCode.CLEAN
