"""What reads secret files at run time and loses them with a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.output.text import count
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sopskit.consumers.interface import Consumer, Consumers

_LISTED = 10


def losing_consumers(consumers: Consumers, host: str, paths: Collection[str]) -> Iterator[str]:
    """A line for each consumer that reads with a host's keys, or may, and reads files that the host loses.

    Args:
        consumers: of the repository.
        host: who is taken away.
        paths: the files that are taken from it.
    """
    certain = _files(consumers.found, host, paths)
    possible = _files(consumers.found, None, paths)
    for (kind, name), files in list(certain.items())[:_LISTED]:
        yield f"{kind} {shown(name)} can no longer read {_some(files)}: it reads with the key of {host}"
    for (kind, name), files in list(possible.items())[: max(_LISTED - len(certain), 1)]:
        yield f"{kind} {shown(name)} reads {_some(files)}, and no longer can if with the key of {host}"
    more = len(certain) + len(possible) - _LISTED
    if more > 0:
        yield f"{count(more, 'more consumer')} of these files: sopskit access --by consumer"


def _files(
    consumers: Iterable[Consumer], host: str | None, paths: Collection[str]
) -> dict[tuple[str, str], dict[str, None]]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for each in consumers:
        lost = [path for path in each.paths if path in paths]
        if each.host == host and lost:
            name = f"{each.namespace}/{each.name}" if each.namespace else each.name
            found.setdefault((each.kind, name), {}).update(dict.fromkeys(lost))
    return found


def _some(files: Iterable[str]) -> str:
    first, *rest = files
    return shown(first) + (f" and {len(rest)} more" if rest else "")
