"""A key of a secret file that no NixOS host takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import all_taken, hosts
from sopskit.audits.nix.values import leaves, values_of
from sopskit.consumers.nix import nix_of
from sopskit.consumers.nix.taking import taken
from sopskit.findings import Confidence, Place, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys beside those that hosts take; nothing is said where one thing of a host cannot be told."""
    if not _is_complete(subject):
        return
    kinds: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    for _, each in all_taken(subject):
        kinds.setdefault(each.path, set()).add(each.format)
        keys.setdefault(each.path, set()).add(each.key)
    others = {path for each in subject.consumers.found if each.kind != "nix" for path in each.paths}
    for path in sorted(keys):
        if len(kinds[path]) == 1 and "" not in keys[path] and path not in others:
            yield from _unused(subject, path, next(iter(kinds[path])), keys[path])


def _unused(subject: Subject, path: str, kind: str, used: set[str]) -> Iterator[Finding]:
    document, tree = values_of(subject).document(path, kind), values_of(subject).tree(path, kind)
    if tree is None or document is None or isinstance(document, str):
        return
    lines = {leaf.path: document.line_of(number) for number, leaf in enumerate(document.leaves)}
    for names in leaves(tree):
        if not any("/".join(names[:length]) in used for length in range(1, len(names) + 1)):
            key = "/".join(names)
            yield AUDIT.finding(_place(path, lines.get(names)), f"no NixOS host takes {shown(key)}", key)


def _place(path: str, line: int | None) -> Place:
    return Place(path) if line is None else Place(path, line, 1, line, 1)


def _is_complete(subject: Subject) -> bool:
    """Whether every secret of every host is told for sure."""
    if nix_of(subject.source).unclear:
        return False
    return not any(
        host.options.unclear
        or host.kind == "module"
        or any(taken(host, secret) is None for secret in host.options.secrets)
        for host in hosts(subject)
    )


AUDIT = Audit(
    id="nix-unused-key",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    title="a secret file has a key that no NixOS host takes",
    hint="remove it with sopskit unset if nothing else uses it",
    detect=detect,
)
