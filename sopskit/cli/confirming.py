"""Showing a change of `.sops.yaml` and files, asking, making it, and saying what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.cli.clear_values import add_allow_clear
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from sopskit.cli.key_arguments import HostKeys
    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.configs import Configs
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan
    from sopskit.workflows.apply import NewText, Outcome
    from sopskit.workflows.change import Change
    from sopskit.workflows.new_key import NewKey
    from sopskit.workflows.repair import Repairs
    from sopskit.workflows.rotations import Division


#: More repairs than this are counted, not listed, unless -v.
_LISTED = 10


def add_change_arguments(
    parser: argparse.ArgumentParser, *, writes_files: bool = True, writes_clear: bool = True
) -> None:
    """The options of every command that changes `.sops.yaml` or, with `writes_files`, secret files.

    With `writes_clear`, encrypted values may become clear ones.
    """
    parser.set_defaults(skip_unreadable=False, no_rotate=False, allow_clear=False, force=False)
    group = parser.add_argument_group("making the change")
    group.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")
    group.add_argument(
        "-n", "--dry-run", action="store_true", help="show what would change; exit 1 if anything would"
    )
    if not writes_files:
        return
    group.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave files that no identity here opens, and do the rest",
    )
    group.add_argument(
        "--no-rotate",
        action="store_true",
        help="only re-wrap files that lose a recipient, although who had the data key may have kept it",
    )
    if writes_clear:
        add_allow_clear(group)
    group.add_argument(
        "--force",
        action="store_true",
        help="allow locking yourself out, and files that nobody opens, after a confirmation that is typed",
    )


def make_change(
    arguments: argparse.Namespace,
    terminal: Terminal,
    inventory: Inventory,
    change: Change,
    keys: HostKeys | None = None,
    *,
    texts: tuple[NewText, ...] = (),
) -> ExitCode:
    """Show a change of `.sops.yaml` and what follows from it; make it when it is confirmed.

    The private half of a key that was made for it, and further files (`texts`), are written then too, and not
    before.
    """
    from sopskit.output.text import count

    _show_rules(arguments, terminal, inventory, change.configs)
    for note in (*change.notes, *(keys.notes if keys else ())):
        terminal.say(f"note: {note}")
    if change.other_drift:
        other = count(len(change.other_drift), "file")
        terminal.say(f"note: other drift, not touched here, in {other} (sopskit plan shows it)")
    for broken in change.broken:
        if broken.problem is not None:
            terminal.error(broken.problem.at(broken.path))
    for path, why in change.remaining:
        terminal.warn(f"{path} stays readable to who goes: {why}")
    for loss in change.destroyed:
        terminal.warn(loss)
    new_key = keys.new_key if keys else None
    _show_texts(arguments, terminal, texts)
    work = _Work(inventory, change.plan.drift, change.configs, change.destroyed, new_key, texts)
    code = _carry_out(arguments, terminal, work)
    if code not in (ExitCode.CLEAN, ExitCode.FOUND):
        return code
    return ExitCode.FAILED if change.broken else ExitCode.FOUND if change.remaining else code


def make_sync(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, plans: Sequence[FilePlan]
) -> ExitCode:
    """Show drift and end it; `.sops.yaml` stays as it is."""
    return _carry_out(arguments, terminal, _Work(inventory, plans, inventory.configs))


def make_repairs(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, repairs: Repairs
) -> ExitCode:
    """Show the repairs of what a check has found; make them when they are confirmed."""
    from sopskit.output.text import count

    listed = repairs.summaries if terminal.verbose else repairs.summaries[:_LISTED]
    for summary in listed:
        terminal.preview(f"repair: {summary}", arguments)
    if len(listed) < len(repairs.summaries):
        more = len(repairs.summaries) - len(listed)
        terminal.preview(f"... and {count(more, 'more repair')}; -v lists them", arguments)
    for finding, error in repairs.refused:
        terminal.warn(f"cannot repair {finding.id} in {finding.path}: {error.message}")
    for path, error in repairs.blocked.items():
        terminal.warn(f"cannot repair {path}: {error.message}")
    for path in repairs.left:
        terminal.warn(f"left as it is, since by its rule encrypted values would be in clear: {path}")
    _show_rules(arguments, terminal, inventory, repairs.configs)
    _show_texts(arguments, terminal, repairs.texts)
    work = _Work(inventory, repairs.plans, repairs.configs, texts=repairs.texts, skip_broken=True)
    return _carry_out(arguments, terminal, work)


class _Work(NamedTuple):
    """What a command is about to write.

    Attributes:
        inventory: the repository.
        plans: files with drift, and plaintext files to be encrypted.
        configs: every `.sops.yaml` as it is to be.
        destroyed: what the change takes from everyone.
        new_key: a key whose private half is to be written too.
        texts: other files that get a new text.
        skip_broken: leave files whose content is wrong, and do the rest.
    """

    inventory: Inventory
    plans: Sequence[FilePlan]
    configs: Configs
    destroyed: tuple[str, ...] = ()
    new_key: NewKey | None = None
    texts: tuple[NewText, ...] = ()
    skip_broken: bool = False


def _show_rules(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, configs: Configs
) -> None:
    from sopskit.output.text import diff

    old = {config.path: config.document.text for config in inventory.configs.all()}
    for config in configs.rewritten(inventory.configs):
        text = diff(old[config.path], config.document.text, config.path)
        terminal.preview(text, arguments, is_diff=True)


def _show_texts(arguments: argparse.Namespace, terminal: Terminal, texts: Sequence[NewText]) -> None:
    from sopskit.output.text import diff

    for each in texts:
        if not each.old:
            terminal.preview(f"new file: {each.path}", arguments)
        else:
            old, new = (content.decode("utf-8", "replace") for content in (each.old, each.new))
            terminal.preview(diff(old, new, each.path), arguments, is_diff=True)


def _carry_out(arguments: argparse.Namespace, terminal: Terminal, work: _Work) -> ExitCode:
    from sopskit.cli import clear_values
    from sopskit.workflows import guard
    from sopskit.workflows.rotations import divide, narrowings

    guard.refuse_empty_groups(work.plans)
    division = divide(work.plans, no_rotate=arguments.no_rotate)
    otherwise = bool(work.configs.rewritten(work.inventory.configs) or work.texts)
    if (division.work or otherwise) and not (arguments.yes or arguments.dry_run):
        terminal.require("--yes")
    _show_files(arguments, terminal, work, division)
    narrowed = narrowings(work.inventory, division.work, arguments.jobs)
    clear_values.show(terminal, narrowed)
    if arguments.dry_run and (division.work or otherwise):
        return ExitCode.FOUND
    if not clear_values.are_accepted(arguments, terminal, narrowed):
        division = division.without({each.path for each in narrowed})
    if not (division.work or otherwise):
        terminal.say("nothing was changed" if division.left else "nothing to do")
        return ExitCode.FOUND if division.left else ExitCode.CLEAN
    return _write(arguments, terminal, work, division)


def _write(arguments: argparse.Namespace, terminal: Terminal, work: _Work, division: Division) -> ExitCode:
    from sopskit.workflows import apply, guard, new_key, opening

    documents = work.configs.rewritten(work.inventory.configs)
    own_keys = opening.find_keys(terminal.passphrase)
    losses = tuple(guard.find_losses(division.work, own_keys, work.inventory.configs, work.configs))
    _ask(arguments, terminal, work, losses, division)
    engine = opening.choose_engine(arguments.engine, own_keys)
    try:
        with (
            new_key.written(work.new_key, work.inventory, terminal.warn),
            terminal.progress("writing") as report,
        ):
            outcome = apply.apply(
                work.inventory,
                division.work,
                engine,
                documents=documents,
                texts=work.texts,
                skip_unreadable=arguments.skip_unreadable,
                skip_broken=work.skip_broken,
                jobs=arguments.jobs,
                report=report,
            )
    finally:
        for warning in own_keys.warnings():
            terminal.warn(warning)
    for path in (*(each.path for each in documents), *(each.path for each in work.texts)):
        terminal.say(f"wrote {path}")
    if work.new_key is not None:
        terminal.say(work.new_key.done)
    return _report(terminal, outcome, division)


def _show_files(arguments: argparse.Namespace, terminal: Terminal, work: _Work, division: Division) -> None:
    from sopskit.cli import rendering
    from sopskit.inventory.hosts import names_of

    names = {**names_of(work.inventory.configs), **names_of(work.configs)}
    if division.work:
        terminal.preview(rendering.file_lines(division.work, names, verbose=terminal.verbose), arguments)
        terminal.preview(rendering.amount_of_work(division.work), arguments)
    for plan in division.left:
        terminal.warn(
            f"left, since only a rotation would end it: {plan.path} ({rendering.settings_text(plan)})"
        )
    if arguments.no_rotate:
        lost = {recipient for plan in division.work for recipient in plan.lost}
        who = ", ".join(sorted(rendering.label(recipient, names) for recipient in lost))
        if who:
            terminal.warn(
                f"they keep access to the data keys they have seen, and to what is written later: {who}"
            )


def _ask(
    arguments: argparse.Namespace,
    terminal: Terminal,
    work: _Work,
    losses: tuple[str, ...],
    division: Division,
) -> None:
    from sopskit.cli import rendering

    if losses or work.destroyed:
        accept_losses(arguments, terminal, losses)
    elif not arguments.yes:
        files = f", and {rendering.work_to_do(division.work)}" if division.work else ""
        terminal.confirm(f"Write this{files}?", "--yes")


def accept_losses(arguments: argparse.Namespace, terminal: Terminal, losses: Sequence[str]) -> None:
    """Have what would be lost for good confirmed, which takes --force and a typed answer.

    Raises:
        UsageError: --force was not given, or nobody can be asked.
        DeclinedError: the answer was another one.
    """
    if losses and not arguments.force:
        raise UsageError(
            losses[0], hint="give a key of yours to the rule; or --force, and a typed confirmation"
        )
    for loss in losses:
        terminal.warn(loss)
    terminal.type_to_confirm("Nobody can give this access back. Go on?", "lose access")


def _report(terminal: Terminal, outcome: Outcome, division: Division) -> ExitCode:
    from sopskit.output.text import count

    done = (("re-wrapped", outcome.rewrapped), ("rotated", outcome.rotated), ("encrypted", outcome.encrypted))
    for what, paths in done:
        if paths:
            terminal.say(f"{what} {count(len(paths), 'file')}")
    for path, note in outcome.notes:
        terminal.say(f"note: {path}: {note}")
    for error in (*outcome.failed, *outcome.unreadable):
        terminal.error(error)
    if outcome.failed:
        terminal.say(f"left as they were, they cannot be changed: {count(len(outcome.failed), 'file')}")
    if outcome.unreadable:
        terminal.say(
            f"left as they were, no identity here opens them: {count(len(outcome.unreadable), 'file')}"
        )
    if outcome.failed or outcome.unreadable:
        return ExitCode.FAILED
    return ExitCode.FOUND if division.left else ExitCode.CLEAN
