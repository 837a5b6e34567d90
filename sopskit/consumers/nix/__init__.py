"""NixOS with sops-nix: the files that a host's configuration names, read without running Nix.

Source: https://github.com/Mic92/sops-nix. What cannot be told is said to be, and where.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.consumers.interface import CannotTell, Consumer
from sopskit.consumers.nix.reading import Reading, read_hosts
from sopskit.consumers.nix.values import RepositoryPath
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import Source
    from sopskit.consumers.nix.declarations import Field
    from sopskit.consumers.nix.reading import NixHost
    from sopskit.consumers.nix.values import Span

_PREFIX = re.compile(r"^(?:server|host|machine)[_-]")


def nix_of(source: Source) -> Reading:
    """Every NixOS host of a repository, and what it says to sops-nix."""
    if "nix" not in source.memo:
        source.memo["nix"] = read_hosts(source)
    found: Reading = source.memo["nix"]
    return found


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """The files of each host, and of modules whose hosts are not known."""
    reading = nix_of(source)
    said: set[tuple[Span | None, str]] = set()
    for host in reading.hosts:
        fields = [
            host.options.option("defaultSopsFile"),
            *(host.file_of(each) for each in host.options.secrets),
        ]
        for name in hosts_of(source, host) or (None,):
            yield from _consumers(source, host, name, fields)
        for field in fields:
            if (
                field.unclear is not None
                and field.span is not None
                and (field.span, field.unclear) not in said
            ):
                said.add((field.span, field.unclear))
                yield CannotTell("nix", place_of(source, field.span), f"a file: {field.unclear}")
        for each in host.options.unclear:
            yield CannotTell("nix", place_of(source, each.span), f"secrets: {each.message}")
    for each in reading.unclear:
        yield CannotTell("nix", place_of(source, each.span), each.message)


def _consumers(source: Source, host: NixHost, name: str | None, fields: list[Field]) -> Iterator[Consumer]:
    """One for each place: an audit says which line is wrong."""
    seen = set()
    for field in fields:
        for value in field.values:
            if (
                isinstance(value, RepositoryPath)
                and field.span is not None
                and (field.span, value.path) not in seen
            ):
                seen.add((field.span, value.path))
                yield Consumer("nix", host.name, "", (value.path,), name, place_of(source, field.span))


def hosts_of(source: Source, host: NixHost) -> tuple[str, ...]:
    """The names in `.sops.yaml` of a NixOS host: by `.sopskit.toml`, else by its own name."""
    bound = source.bindings.get(f"nix:{host.name}")
    if bound:
        return tuple(bound)
    name = matching_host(source, host.name)
    return () if name is None else (name,)


def matching_host(source: Source, name: str) -> str | None:
    """The host of that name, role prefix aside and `-` equal to `_`; None where there is none, or several."""
    wanted = _plain(name)
    found = [host for host in source.hosts if _plain(host) == wanted]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return _PREFIX.sub("", name).replace("-", "_").lower()


def place_of(source: Source, span: Span) -> Place:
    """A span as a place for people."""
    text = source.text(span.path)
    if text is None or span.end == 0:
        return Place(span.path)
    end = min(span.end, text.find("\n", span.start) if "\n" in text[span.start : span.end] else span.end)
    return Place.of_span(span.path, text, span.start, end)
