"""How changes of access look: a table, GitHub Markdown for a review comment, JSON and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.cli.access_rendering import reader_label, some
from sopskit.cli.access_summary import kinds_of, summary
from sopskit.inventory.readers import Level
from sopskit.output import csv, markdown
from sopskit.output.text import short, table
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.inventory.access_changes import AccessChanges, FileChange, HostChange

_LISTED = 200  # lines of files in a comment; GitHub takes 65,536 characters


def changes_table(changes: AccessChanges, *, verbose: bool) -> str:
    """Changes for people: a line for each thing that changes, or with `verbose` for each file."""
    rows = [
        (reader_label(host.host), what, detail)
        for host in changes.hosts
        for what, detail in _lines(host, verbose=verbose)
    ]
    if changes.in_clear:
        rows.append(("everyone", "reads", f"+ {some(changes.in_clear)} (in clear)"))
    lines = [table([("HOST", "WHAT", "CHANGE"), *rows])] if rows else []
    return "\n".join((*lines, summary(changes, str)))


def _lines(host: HostChange, *, verbose: bool) -> Iterator[tuple[str, str]]:
    if host.is_new or host.is_gone:
        yield "host", "new" if host.is_new else "removed"
    for name in host.former_names:
        yield "name", f"was {shown(name)}"
    yield from (("key", f"+ {short(recipient)}") for recipient in host.new_keys)
    yield from (("key", f"- {short(recipient)}") for recipient in host.lost_keys)
    for what, files in (("reads", host.by_stanza), ("by rule", host.pending)):
        for (is_gain, level), paths in kinds_of(files).items():
            note = " (only with others)" if level is Level.SHARE else ""
            for each in [[path] for path in paths] if verbose else [paths]:
                yield what, f"{'+' if is_gain else '-'} {some(each)}{note}"


def changes_markdown(changes: AccessChanges) -> str:
    """Changes for a review comment."""
    text = summary(changes, markdown.code)
    parts = [f"**Access to secrets:** {text}"]
    if changes.hosts:
        rows = [_markdown_row(host) for host in changes.hosts]
        parts.append(markdown.table(("host", "gains", "loses", "once synced"), rows))
    files = [line for host in changes.hosts for line in _markdown_files(host)]
    files += [f"- in clear: {markdown.code(path)}" for path in changes.in_clear]
    if len(files) > _LISTED:
        files = [*files[:_LISTED], f"- and {len(files) - _LISTED} more: `sopskit access --diff -v`"]
    if files:
        parts.append(markdown.details("Files", "\n".join(files)))
    return "\n\n".join(parts)


def _markdown_row(host: HostChange) -> tuple[str, str, str, str]:
    def number(files: Iterable[FileChange], *, gain: bool) -> int:
        return sum(each.is_gain is gain for each in files)

    gains, losses = (number(host.by_stanza, gain=gain) for gain in (True, False))
    pending = [
        f"{sign}{n}" for sign, gain in (("+", True), ("-", False)) if (n := number(host.pending, gain=gain))
    ]
    return (
        markdown.code(reader_label(host.host)),
        str(gains or ""),
        str(losses or ""),
        ", ".join(pending),
    )


def _markdown_files(host: HostChange) -> Iterator[str]:
    name = markdown.code(reader_label(host.host))
    for what, files in (("", host.by_stanza), (" by its rules", host.pending)):
        for (is_gain, level), paths in kinds_of(files).items():
            verb = "gains" if is_gain else "loses"
            share = " a share of" if level is Level.SHARE else ""
            yield from (f"- {name}{what} {verb}{share} {markdown.code(path)}" for path in paths)


def changes_document(changes: AccessChanges) -> dict[str, Any]:
    """Changes for `--format json`."""
    return {
        "summary": summary(changes, str),
        "hosts": [_host_document(each) for each in changes.hosts],
        "in_clear": list(changes.in_clear),
    }


def _host_document(host: HostChange) -> dict[str, Any]:
    return {
        "name": host.host.name,
        "role": host.host.role,
        "keys": [recipient.text for recipient in host.host.recipients],
        "is_new": host.is_new,
        "is_gone": host.is_gone,
        "former_names": list(host.former_names),
        "new_keys": [recipient.text for recipient in host.new_keys],
        "lost_keys": [recipient.text for recipient in host.lost_keys],
        "by_stanza": _files_document(host.by_stanza),
        "by_rule": _files_document(host.by_rule),
    }


def _files_document(files: Sequence[FileChange]) -> dict[str, Any]:
    return {
        key: [
            {"path": each.path, "before": each.before.word, "after": each.after.word}
            for each in files
            if each.is_gain is gain
        ]
        for key, gain in (("gains", True), ("loses", False))
    }


def changes_csv(changes: AccessChanges) -> str:
    """A row for each file and host."""
    header = ("host", "path", "by", "before", "after")
    return csv.document(
        header,
        (
            (host.host.label, each.path, by, each.before.word, each.after.word)
            for host in changes.hosts
            for by, files in (("stanza", host.by_stanza), ("rule", host.by_rule))
            for each in files
        ),
    )
