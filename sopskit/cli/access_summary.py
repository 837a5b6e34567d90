"""What a change of access comes to, in one line for a review comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.access_rendering import reader_label
from sopskit.inventory.readers import Level
from sopskit.output.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.inventory.access_changes import AccessChanges, FileChange, HostChange

    Quote = Callable[[str], str]

_NAMED = 3  # hosts that a clause names, and clauses of one kind

#: What happens to files: whether they are gained, what can be done with them then, and how that is said.
_READS: tuple[tuple[bool, Level, str], ...] = (
    (True, Level.ALONE, "gives {who} {number} more {files}"),
    (True, Level.SHARE, "gives {who} a share of {number} more {files}"),
    (False, Level.NONE, "takes {number} {files} from {who}"),
    (False, Level.SHARE, "leaves {who} only a share of {number} {files}"),
)
#: What the rules want and the files do not say yet: whether it is a gain, and how that is said.
_PENDING = (
    (True, "its rules give {who} {number} more {files}, once synced"),
    (False, "its rules take {number} {files} from {who}, once synced"),
)


def summary(changes: AccessChanges, quote: Quote) -> str:
    """`gives nova 3 more files; takes 2 files from cedar`.

    Args:
        changes: for whom.
        quote: what a name looks like.
    """
    clauses = [*_memberships(changes.hosts, quote)]
    for is_gain, level, text in _READS:
        numbers = [
            sum(each.is_gain is is_gain and each.after is level for each in h.by_stanza)
            for h in changes.hosts
        ]
        clauses += _counted(changes.hosts, numbers, text, quote)
    for is_gain, text in _PENDING:
        numbers = [sum(each.is_gain is is_gain for each in host.pending) for host in changes.hosts]
        clauses += _counted(changes.hosts, numbers, text, quote)
    if changes.in_clear:
        clauses.append(f"leaves {count(len(changes.in_clear), 'file')} in clear")
    return "; ".join(clauses) or "changes nobody's access"


def _memberships(hosts: Sequence[HostChange], quote: Quote) -> Iterator[str]:
    """Who comes, who goes, whose name or key changes."""

    def clause(text: str, chosen: Iterable[HostChange]) -> Iterator[str]:
        names = [quote(reader_label(each.host)) for each in chosen]
        if names:
            yield text.format(_listed(names))

    yield from clause("adds {}", (each for each in hosts if each.is_new))
    yield from clause("removes {}", (each for each in hosts if each.is_gone))
    for each in hosts:
        if each.former_names:
            former = _listed([quote(name) for name in each.former_names])
            yield f"renames {former} to {quote(reader_label(each.host))}"
    yield from clause("replaces a key of {}", (each for each in hosts if each.new_keys and each.lost_keys))
    yield from clause("adds a key to {}", (each for each in hosts if each.new_keys and not each.lost_keys))
    yield from clause("takes a key from {}", (each for each in hosts if each.lost_keys and not each.new_keys))


def _counted(hosts: Sequence[HostChange], numbers: Sequence[int], text: str, quote: Quote) -> Iterator[str]:
    """A clause for each number of files, the largest first."""
    groups: dict[int, list[str]] = {}
    for host, number in zip(hosts, numbers, strict=True):
        if number:
            groups.setdefault(number, []).append(quote(reader_label(host.host)))
    ordered = sorted(groups.items(), reverse=True)
    for number, names in ordered[:_NAMED]:
        files = ("file" if number == 1 else "files") + (" each" if len(names) > 1 else "")
        yield text.format(who=_listed(names), number=number, files=files)
    others = sum(len(names) for _, names in ordered[_NAMED:])
    if others:
        yield f"and so for {count(others, 'other host')}, with fewer files"


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 4 others`."""
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} others"]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def kinds_of(changes: Iterable[FileChange]) -> dict[tuple[bool, Level], list[str]]:
    """Paths by what happens to them: whether it is a gain, and what can be done afterwards."""
    found: dict[tuple[bool, Level], list[str]] = {}
    for each in changes:
        found.setdefault((each.is_gain, each.after), []).append(each.path)
    return dict(sorted(found.items(), reverse=True))
