"""The module text for the secrets that a host can read, from the keys of their files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.nix.values import at, leaves, type_of, values_of
from sopskit.consumers.nix import matching_host
from sopskit.consumers.nix.taking import KEYED
from sopskit.consumers.nix.writing import Wanted, module
from sopskit.errors import UsageError
from sopskit.sops.formats import format_of
from sopskit.workflows.hosts import host_named, recipients_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.audits.subject import Subject


class Snippet(NamedTuple):
    """A module, and what it does not declare.

    Attributes:
        text: of the module; None where there is no secret for it.
        left_out: keys that sops-nix cannot take, each with its file and why.
    """

    text: str | None
    left_out: tuple[str, ...]


def snippet(subject: Subject, name: str, where: str) -> Snippet:
    """The module that declares every secret that a host can read.

    Args:
        subject: the repository.
        name: of the host, in `.sops.yaml` or in the NixOS configuration.
        where: the path that the module will have, relative to the repository.

    Raises:
        UsageError: there is no such host.
    """
    return of_files(subject, _readable(subject, name), where)


def _readable(subject: Subject, name: str) -> list[str]:
    document = subject.inventory.configs.primary.document
    host = host_named(document, name) or host_named(document, matching_host(subject.source, name) or "")
    if host is None:
        raise UsageError(f"there is no host {name}", hint="sopskit hosts lists them")
    readers = subject.inventory.readers()
    return sorted({path for recipient in recipients_of(host) for path in readers.get(recipient, ())})


def of_files(subject: Subject, paths: Iterable[str], where: str) -> Snippet:
    """The module that declares every secret of some files."""
    left_out: list[str] = []
    wanted: dict[str, Wanted] = {}
    for path in paths:
        for each in _secrets(subject, path, left_out):
            name = each.name if each.name not in wanted else f"{posixpath.splitext(path)[0]}/{each.name}"
            if name in wanted:
                left_out.append(f"{path}: another secret is called {name}")
                continue
            wanted[name] = each._replace(name=name)
    return Snippet(module(list(wanted.values()), where) if wanted else None, tuple(left_out))


def _secrets(subject: Subject, path: str, left_out: list[str]) -> Iterator[Wanted]:
    kind = str(format_of(path))
    if kind not in KEYED:
        yield Wanted(posixpath.basename(path), path, kind, "")
        return
    tree = values_of(subject).tree(path, kind)
    if tree is None:
        left_out.append(f"{path}: it cannot be read")
        return
    for names in leaves(tree):
        key = "/".join(names)
        found = at(tree, list(names))
        why = _refusal(names, kind, type_of(found.node) if found is not None else "")
        if why is None:
            yield Wanted(key, path, kind, key)
        else:
            left_out.append(f"{path}: {key}: {why}")


def _refusal(names: tuple[str, ...], kind: str, type_: str) -> str | None:
    """Why sops-nix cannot take a value; None where it can."""
    if type_ != "text":
        return f"it is no text but of the type {type_}"
    if kind == "json" and len(names) > 1:
        return "of JSON only keys at the top can be taken"
    if any("/" in name or name in ("", ".", "..") for name in names):
        return "its name cannot be written as a key"
    return None
