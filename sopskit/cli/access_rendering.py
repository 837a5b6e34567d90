"""How access looks: tables for people, dictionaries for JSON, rows for CSV."""

from __future__ import annotations

from posixpath import commonpath, dirname
from typing import TYPE_CHECKING, Any

from sopskit.cli.terminal import columns
from sopskit.inventory.plan import State
from sopskit.inventory.readers import Level, labels
from sopskit.output import csv
from sopskit.output.text import count, short, table
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.findings import Place
    from sopskit.inventory.access import Access, FileAccess
    from sopskit.inventory.readers import Reader
    from sopskit.workflows.access import Choice

_LISTED = 20  # rows; of more, equal ones become one, unless -v
_NAMED = 8  # readers in a line; of more the rest is counted, unless -v
_READABLE = {True: "yes", False: "no", None: "cannot tell"}
_SIGNS = {
    "+": "by its rule, not yet in the file",
    "-": "in the file, not by its rule",
    "*": "only together with others",
}


def reader_label(reader: Reader) -> str:
    """A host's name, or a key short enough for a table."""
    return shown(reader.name) if reader.name is not None else short(reader.recipients[0])


def some(paths: Sequence[str]) -> str:
    """`12 files in hosts/nova/`, `12 files: a, b, …`, or the one file."""
    if len(paths) == 1:
        return shown(paths[0])
    folder = commonpath([dirname(path) for path in paths])
    if folder:
        return f"{count(len(paths), 'file')} in {shown(folder)}/"
    return f"{count(len(paths), 'file')}: {', '.join(map(shown, paths[:2]))}{', …' if len(paths) > 2 else ''}"


def access_table(access: Access, choice: Choice, by: str, *, verbose: bool) -> str:
    """Access for people.

    Args:
        access: what was asked for.
        choice: the hosts that were asked for.
        by: `file`, `host` or `consumer`.
        verbose: every file and every reader, however many.
    """
    if by == "consumer":
        return _consumers_table(access, verbose=verbose)
    if by == "host":
        return _hosts_table(access, choice, verbose=verbose)
    return _files_table(access, verbose=verbose)


def _sign(file: FileAccess, reader: int) -> str:
    """How a reader's access by the rule and by the stanzas differ: one of `_SIGNS`, or nothing."""
    rule, stanza = file.by_rule.get(reader, Level.NONE), file.by_stanza.get(reader, Level.NONE)
    if file.plan.state in (State.PLAINTEXT, State.EMPTY):
        stanza = rule  # the rule is yet to be applied: that is what the state says
    elif file.target is None:
        rule = stanza  # no rule claims it: as above
    if rule is not stanza:
        return "+" if rule > stanza else "-"
    return "*" if rule is Level.SHARE else ""


def _files_table(access: Access, *, verbose: bool) -> str:
    groups = _alike(access.files, together=not verbose and len(access.files) > _LISTED)
    if not groups:
        return "no secret files"
    matrix = _matrix(access, groups)
    width = max(len(line) for line in matrix.splitlines())
    listed = matrix if width <= columns() else _list(access, groups, verbose=verbose)
    notes = _notes(access, groups)
    if len(groups) < len(access.files):
        notes.append("(-v lists every file)")
    return "\n".join((listed, *notes))


def _alike(files: Iterable[FileAccess], *, together: bool) -> list[list[FileAccess]]:
    """Files that the same people read, by the same right; one by one unless `together`."""
    groups: dict[object, list[FileAccess]] = {}
    for each in files:
        key = (each.plan.state, *map(_frozen, (each.by_rule, each.by_stanza))) if together else each.path
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _frozen(levels: object) -> tuple[object, ...]:
    return tuple(levels.items())  # type: ignore[attr-defined]


def _matrix(access: Access, groups: Sequence[Sequence[FileAccess]]) -> str:
    """A column for each reader; `x` where it reads, or one of `_SIGNS`."""
    readers = [n for n in range(len(access.readers)) if any(group[0].level(n) for group in groups)]
    rows = [("FILES", "STATE", *(reader_label(access.readers[n]) for n in readers))]
    for group in groups:
        marks = ((_sign(group[0], n) or "x") if group[0].level(n) else "." for n in readers)
        rows.append((some([each.path for each in group]), str(group[0].plan.state), *marks))
    return table(rows)


def _list(access: Access, groups: Sequence[Sequence[FileAccess]], *, verbose: bool) -> str:
    rows = [("STATE", "FILES", "READERS")]
    for group in groups:
        readers = _readers_text(access, group[0], verbose=verbose)
        rows.append((str(group[0].plan.state), some([each.path for each in group]), readers))
    return table(rows)


def _readers_text(access: Access, file: FileAccess, *, verbose: bool) -> str:
    """`admin, +nova`; who stands out comes first, so that it is never left out."""
    signed = sorted(
        (not (sign := _sign(file, n)), reader.name is not None, reader_label(reader), sign)
        for n, reader in enumerate(access.readers)
        if file.level(n)
    )
    texts = [f"{name}{sign}" if sign == "*" else f"{sign}{name}" for _, _, name, sign in signed]
    standing_out = sum(not (plain and named) for plain, named, _, _ in signed)
    shown_number = len(texts) if verbose or len(texts) <= _NAMED else max(_NAMED, standing_out)
    rest = len(texts) - shown_number
    return ", ".join(texts[:shown_number]) + (f", and {rest} more" if rest else "") or "nobody"


def _notes(access: Access, groups: Iterable[Sequence[FileAccess]]) -> list[str]:
    """What the signs mean that occur, and what is in clear."""
    signs = {_sign(group[0], n) for group in groups for n in range(len(access.readers)) if group[0].level(n)}
    notes = [f"{sign} {meaning}" for sign, meaning in _SIGNS.items() if sign in signs]
    plaintext = sum(each.in_clear for each in access.files)
    if plaintext:
        notes.append(f"{count(plaintext, 'file')} in clear: everyone reads it who has the repository")
    return notes


def _hosts_table(access: Access, choice: Choice, *, verbose: bool) -> str:
    chosen = [n for n, reader in enumerate(access.readers) if choice.has_reader(reader)]
    if verbose or choice.hosts:
        return _each_host(access, chosen, verbose=verbose)
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for number in chosen:
        mine = tuple((file.path, _sign(file, number)) for file in access.files if file.level(number))
        groups.setdefault(mine, []).append(number)
    rows = [("HOSTS", "ROLE", "FILES")]
    for mine, numbers in groups.items():
        names = ", ".join(reader_label(access.readers[n]) for n in numbers[:_NAMED])
        names += f", and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
        roles = {access.readers[n].role or "-" for n in numbers}
        rows.append((names, roles.pop() if len(roles) == 1 else "-", _files_text(list(mine))))
    return table(rows)


def _files_text(signed: Sequence[Any]) -> str:
    """`12 files: a, b, …`, and how many of them are not as the rules say."""
    if not signed:
        return "no files"
    text = some([path for path, _ in signed])
    counts = {sign: sum(each == sign for _, each in signed) for sign in _SIGNS}
    parts = [f"{number}{sign}" for sign, number in counts.items() if number]
    return f"{text} ({', '.join(parts)})" if parts else text


def _each_host(access: Access, chosen: Sequence[int], *, verbose: bool) -> str:
    """A line for each file of each host, equal states summed up where there are many."""
    rows: list[tuple[str, str, str]] = []
    signs = set()
    for number in chosen:
        files = access.files_of(number)
        groups: dict[tuple[object, ...], list[str]] = {}
        for file in files:
            sign = _sign(file, number)
            signs.add(sign)
            alone = verbose or len(files) <= _LISTED
            groups.setdefault((sign, str(file.plan.state), file.path if alone else ""), []).append(file.path)
        name = reader_label(access.readers[number])
        rows += [
            (name, str(state), f"{sign or ' '} {some(paths)}") for (sign, state, _), paths in groups.items()
        ]
        if not files:
            rows.append((name, "-", "  no files"))
    notes = [f"{sign} {meaning}" for sign, meaning in _SIGNS.items() if sign in signs]
    return "\n".join((table([("HOST", "STATE", "  FILES"), *rows]), *notes))


def _consumers_table(access: Access, *, verbose: bool) -> str:
    """What reads secrets at run time, and whether it can."""
    rows = [("KIND", "CONSUMER", "HOST", "READS", "FILES")]
    for each, readable in access.consumers:
        name = f"{each.namespace}/{each.name}" if each.namespace else each.name
        files = some(each.paths) if each.paths else "no files"
        rows.append((each.kind, shown(name), shown(each.host or "-"), _READABLE[readable], files))
    lines = [table(list(dict.fromkeys(rows)))] if len(rows) > 1 else ["no consumers found"]
    notes = [shown(f"not understood: {place_text(each.place)}: {each.message}") for each in access.unclear]
    listed = len(notes) if verbose else _LISTED
    lines += notes[:listed]
    if notes[listed:]:
        lines.append(f"not understood: {len(notes) - listed} more (-v lists all)")
    return "\n".join(lines)


def place_text(place: Place) -> str:
    """`path:line`, or the path alone."""
    return f"{place.path}:{place.line}" if place.line else place.path


def access_document(access: Access) -> dict[str, Any]:
    """Access for `--format json`."""
    return {
        "hosts": [
            {"name": each.name, "role": each.role, "keys": [r.text for r in each.recipients]}
            for each in access.readers
        ],
        "files": [_file_document(access, each) for each in access.files],
        "consumers": [
            {
                "kind": each.kind,
                "name": each.name,
                "namespace": each.namespace,
                "host": each.host,
                "paths": list(each.paths),
                "readable": readable,
            }
            for each, readable in access.consumers
        ],
    }


def _file_document(access: Access, file: FileAccess) -> dict[str, Any]:
    plan = file.plan
    document: dict[str, Any] = {
        "path": file.path,
        "state": str(plan.state),
        "config": plan.config.path if plan.config else None,
        "rule": plan.rule.number if plan.rule else None,
        "by_rule": labels(file.by_rule, access.readers, Level.ALONE),
        "by_stanza": labels(file.by_stanza, access.readers, Level.ALONE),
    }
    shares = [labels(levels, access.readers, Level.SHARE) for levels in (file.by_rule, file.by_stanza)]
    if any(shares):
        document["with_others"] = dict(zip(("by_rule", "by_stanza"), shares, strict=True))
    return document


def access_csv(access: Access, choice: Choice, by: str) -> str:
    """A row for each file and host, or for each file of each consumer."""
    if by == "consumer":
        header = ("kind", "namespace", "name", "host", "readable", "path")
        return csv.document(
            header,
            (
                (each.kind, each.namespace or "", each.name, each.host or "", _READABLE[readable], path)
                for each, readable in access.consumers
                for path in each.paths
            ),
        )
    readers = [(n, reader) for n, reader in enumerate(access.readers) if choice.has_reader(reader)]
    pairs = [(file, n, reader) for file in access.files for n, reader in readers if file.level(n)]
    if by == "host":
        pairs.sort(key=lambda pair: pair[1])
    return csv.document(
        ("path", "state", "host", "role", "by_rule", "by_stanza"),
        (
            (
                file.path,
                str(file.plan.state),
                reader.label,
                reader.role or "",
                file.by_rule.get(n, Level.NONE).word,
                file.by_stanza.get(n, Level.NONE).word,
            )
            for file, n, reader in pairs
        ),
    )
