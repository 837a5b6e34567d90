"""How plans and hosts look: lines for people, dictionaries for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.inventory.plan import State, changed_recipients
from sopskit.output.text import count, short, table
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.inventory.hosts import HostSummary
    from sopskit.inventory.plan import FilePlan, Plan
    from sopskit.keys.recipients import Recipient

#: More files than this are counted, not listed, unless -v.
_LISTED = 20


def label(recipient: Recipient, names: Mapping[Recipient, str]) -> str:
    """`nebula (age1qyqsz…)`, or the recipient alone where no anchor names it."""
    name = names.get(recipient)
    return f"{shown(name)} ({short(recipient)})" if name else short(recipient)


def change_text(plan: FilePlan, names: Mapping[Recipient, str]) -> str:
    """What changes in one file, on one line."""
    parts = [f"{sign} {label(recipient, names)}" for sign, recipient in changed_recipients(plan)]
    if plan.resplit and plan.file.encryption is not None and plan.target is not None:
        split = [
            f"{each.threshold or 1} of {len(each.groups)}" for each in (plan.file.encryption, plan.target)
        ]
        parts.append(f"groups {split[0]} -> {split[1]}")
    if plan.settings:
        parts.append(settings_text(plan))
    return ", ".join(parts)


def settings_text(plan: FilePlan) -> str:
    """`encrypted_regex: ^data$ -> ^(data|stringData)$`, the file's first; `-` and `+` where one has none."""
    parts = []
    for name, file, rule in plan.settings:
        if file is not None and rule is not None:
            parts.append(f"{name}: {file} -> {rule}")
        else:
            parts.append(f"- {name}: {file}" if rule is None else f"+ {name}: {rule}")
    return ", ".join(parts)


def amount_of_work(plans: Sequence[FilePlan]) -> str:
    """`20 files to re-wrap`, `3 files to re-wrap, 2 files to rotate, 1 file to encrypt`."""
    return ", ".join(f"{count(number, 'file')} to {what}" for what, number in _amounts(plans))


def work_to_do(plans: Sequence[FilePlan]) -> str:
    """`re-wrap 20 files`, `re-wrap 3 files and rotate 2 files`."""
    return " and ".join(f"{what} {count(number, 'file')}" for what, number in _amounts(plans))


def _amounts(plans: Sequence[FilePlan]) -> list[tuple[str, int]]:
    rotated = sum(plan.rotate for plan in plans)
    plaintext = sum(plan.state is State.PLAINTEXT for plan in plans)
    amounts = [("re-wrap", len(plans) - rotated - plaintext), ("rotate", rotated), ("encrypt", plaintext)]
    return [each for each in amounts if each[1]] or amounts[:1]


def file_lines(plans: Sequence[FilePlan], names: Mapping[Recipient, str], *, verbose: bool) -> str:
    """One line for each file, with its state and what changes.

    Where they are many, one for each different change: files may be left out, a recipient never.
    """
    if verbose or len(plans) <= _LISTED:
        return table([(str(each.state), each.path, _detail(each, names)) for each in plans])
    groups: dict[tuple[str, str], list[str]] = {}
    for each in plans:
        groups.setdefault((str(each.state), _detail(each, names)), []).append(each.path)
    rows = [(state, _some(paths), detail) for (state, detail), paths in groups.items()]
    return table(rows) + "\n(-v lists every file)"


def _some(paths: Sequence[str]) -> str:
    """`12 files: a, b, …`, or the one file."""
    if len(paths) == 1:
        return paths[0]
    return f"{count(len(paths), 'file')}: {', '.join(paths[:2])}{', …' if len(paths) > 2 else ''}"


def _detail(plan: FilePlan, names: Mapping[Recipient, str]) -> str:
    if plan.problem is not None:
        problem = plan.problem
        if problem.path not in (None, plan.path):
            return shown(str(problem))  # it is the rule that is wrong
        return shown(problem.message if problem.line is None else f"line {problem.line}: {problem.message}")
    if plan.state is State.ORPHAN:
        return "no rule claims it"
    if plan.state in (State.PLAINTEXT, State.EMPTY) and plan.rule is not None:
        return f"claimed by rule {plan.rule.number}, not encrypted"
    return change_text(plan, names)


def summary_line(plan: Plan) -> str:
    """`40 secret files: 38 in-sync, 2 drift`."""
    parts = [f"{number} {state}" for state, number in plan.summary().items() if number]
    return f"{count(len(plan.files), 'secret file')}: {', '.join(parts)}" if parts else "no secret files"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan for `--format json`."""
    return {"files": [_file_document(each) for each in plan.files], "summary": plan.summary()}


def _file_document(plan: FilePlan) -> dict[str, Any]:
    document: dict[str, Any] = {
        "path": plan.path,
        "state": str(plan.state),
        "changes": [
            {
                "group": change.group,
                "add": [recipient.text for recipient in change.add],
                "remove": [recipient.text for recipient in change.remove],
                "spelling": [recipient.text for recipient in change.respell],
            }
            for change in plan.changes
        ],
    }
    if plan.resplit and plan.target is not None:
        document["threshold"] = plan.target.threshold
    if plan.settings:
        document["settings"] = [change._asdict() for change in plan.settings]
    if plan.problem is not None:
        document["problem"] = plan.problem.message
    return document


def hosts_document(hosts: Sequence[HostSummary]) -> dict[str, Any]:
    """The hosts for `--format json`."""
    return {
        "hosts": [
            {
                "name": host.name,
                "role": host.role,
                "keys": [{"kind": str(r.kind), "recipient": r.text} for r in host.recipients],
                "files": host.files,
            }
            for host in hosts
        ]
    }


def hosts_table(hosts: Sequence[HostSummary], *, verbose: bool) -> str:
    """The hosts for people; -v shows recipients in full."""
    rows = [("HOST", "ROLE", "FILES", "KEYS")]
    for host in hosts:
        keys = ", ".join(f"{r.kind} {shown(r.text) if verbose else short(r)}" for r in host.recipients)
        rows.append((shown(host.name) if host.name else "-", host.role or "-", str(host.files), keys))
    return table(rows)
