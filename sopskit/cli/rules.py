"""`sopskit rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.rules import Known


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "action",
        choices=("list", "show", "test"),
        help="list: all of them; show: one, with an example; test: own rules against their own lines, or one "
        "rule against a FILE",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="the rule to show or test")
    parser.add_argument("file", nargs="?", metavar="FILE", help="a text to try the rule against")
    parser.add_argument("--stdin", action="store_true", help="try the rule against standard input")
    parser.add_argument("--all", action="store_true", help="test the rules that come with sopskit too")
    parser.add_argument("--provider", metavar="NAME", help="list the rules of this provider")
    parser.add_argument(
        "--severity", choices=("error", "warning", "info"), help="list those of this severity"
    )
    parser.add_argument(
        "--rules",
        metavar="FILE",
        action="append",
        default=[],
        help="the [[rule]]s of a file too; may be repeated",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """List, show or test rules."""
    from pathlib import Path

    from sopskit.workflows.rules import known_rules

    _refuse_contradictions(arguments)
    rules = known_rules(Path.cwd(), [Path.cwd() / name for name in arguments.rules])
    if arguments.action == "list":
        return _list(arguments, terminal, rules)
    if arguments.action == "show":
        return _show(arguments, terminal, rules)
    if arguments.stdin or arguments.file:
        return _try(arguments, terminal, rules)
    return _test(arguments, terminal, rules)


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.action == "list" and arguments.id:
        raise UsageError("rules list takes no id", hint="sopskit rules show ID")
    if arguments.action == "show" and not arguments.id:
        raise UsageError("rules show takes an id", hint="sopskit rules list shows all")
    for name, action in (("provider", "list"), ("severity", "list"), ("all", "test"), ("stdin", "test")):
        if getattr(arguments, name) and arguments.action != action:
            raise UsageError(f"--{name} goes with rules {action}", hint="leave it out")
    if arguments.file and (arguments.action != "test" or arguments.stdin):
        raise UsageError("a file goes with rules test ID, and not with --stdin", hint="leave it out")
    if arguments.stdin and not arguments.id:
        raise UsageError("--stdin takes the id of a rule", hint="sopskit rules test ID --stdin")
    if arguments.action == "test" and arguments.format != "text":
        raise UsageError("rules test has text output only", hint="leave out --format")


def _list(arguments: argparse.Namespace, terminal: Terminal, rules: Sequence[Known]) -> ExitCode:
    from sopskit.output import json
    from sopskit.output.text import count, table

    provider, severity = arguments.provider, arguments.severity
    chosen = [
        each
        for each in rules
        if (provider is None or each.rule.provider.casefold() == provider.casefold())
        and (severity is None or each.rule.severity == severity)
    ]
    if arguments.format == "json":
        terminal.result(json.document("rules", rules=[_document(each) for each in chosen]))
        return ExitCode.CLEAN
    rows = [
        (
            each.rule.id,
            str(each.rule.severity),
            each.rule.provider,
            f"{each.rule.description}{' (own)' if each.own else ''}",
        )
        for each in chosen
    ]
    terminal.result(table(rows))
    own = sum(each.own is not None for each in chosen)
    terminal.say(f"{count(len(chosen), 'rule')}, {own or 'none'} of your own")
    return ExitCode.CLEAN


def _show(arguments: argparse.Namespace, terminal: Terminal, rules: Sequence[Known]) -> ExitCode:
    from sopskit.output import json
    from sopskit.text.shown import shown
    from sopskit.workflows.rules import rule_named

    document = _document(rule_named(rules, arguments.id))
    if arguments.format == "json":
        terminal.result(json.document("rules", rules=[document]))
        return ExitCode.CLEAN
    lines = []
    for name, value in document.items():
        texts = [str(each) for each in (value if isinstance(value, list) else [value])]
        lines += [f"{name}: {shown(text)}" for text in texts if value not in (None, "", 0.0)]
    terminal.result("\n".join(lines))
    return ExitCode.CLEAN


def _document(known: Known) -> dict[str, Any]:
    from sopskit.workflows.rules import example_of

    rule, own = known.rule, known.own
    return {
        "id": rule.id,
        "description": rule.description,
        "provider": rule.provider,
        "severity": str(rule.severity),
        "confidence": str(rule.confidence),
        "kind": known.kind,
        "pattern": rule.pattern or None,
        "keywords": list(rule.keywords) if rule.pattern else [],
        "boundary": rule.boundary,
        "entropy": rule.entropy,
        "checksum": rule.checksum,
        "verification": rule.verification or None,
        "remedy": rule.hint,
        "references": list(rule.references),
        "example": example_of(rule),
        "own": f"{own.path}:{own.line}" if own else None,
    }


def _test(arguments: argparse.Namespace, terminal: Terminal, rules: Sequence[Known]) -> ExitCode:
    from sopskit.output.text import count
    from sopskit.workflows.rules import failures, rule_named

    if arguments.id:
        chosen = [rule_named(rules, arguments.id)]
    else:
        chosen = [each for each in rules if arguments.all or each.own]
    failed = [failure for each in chosen for failure in failures(each)]
    for known, message in failed:
        place = f"{known.own.path}:{known.own.line}: " if known.own else ""
        terminal.result(f"{place}{known.rule.id} {message}")
    terminal.say(f"{count(len(chosen), 'rule')} tested, {count(len(failed), 'failure')}")
    return ExitCode.FOUND if failed else ExitCode.CLEAN


def _try(arguments: argparse.Namespace, terminal: Terminal, rules: Sequence[Known]) -> ExitCode:
    import sys

    from sopskit.output.text import count
    from sopskit.repo import snapshot
    from sopskit.text.shown import shown
    from sopskit.workflows.rules import rule_named, tried
    from sopskit.workflows.sources import read_stream

    known = rule_named(rules, arguments.id)
    if arguments.stdin:
        name, content = "-", read_stream(sys.stdin.buffer, "standard input")
    else:
        name, content = arguments.file, snapshot.read(arguments.file, arguments.file)[0]
    found = tried(known, content)
    for line, column, text in found:
        terminal.result(f"{shown(name)}:{line}:{column}: {text} [{known.rule.id}]")
    terminal.say(f"{known.rule.id} finds {count(len(found), 'secret')}")
    return ExitCode.FOUND if found else ExitCode.CLEAN
