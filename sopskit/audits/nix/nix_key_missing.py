"""A secret of a NixOS host whose key its file does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import place, secrets
from sopskit.consumers.nix.values import RepositoryPath
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.sops import documents
from sopskit.sops.documents import Branch
from sopskit.sops.formats import Format
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.nix.declarations import Secret
    from sopskit.consumers.nix.reading import NixHost
    from sopskit.findings import Finding

_FORMATS = ("yaml", "json")  # of the others sops-nix takes the whole file


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys that are told for sure, and that the file does not have: the build fails."""
    trees: dict[tuple[str, str], Branch | None] = {}
    told = ((secret, _wanted(host, secret)) for host, secret in secrets(subject) if not secret.maybe)
    for (span, name), (path, kind, key) in dict.fromkeys(
        ((secret.span, secret.name), wanted) for secret, wanted in told if wanted is not None
    ):
        if (path, kind) not in trees:
            trees[path, kind] = _tree(subject, path, kind)
        tree = trees[path, kind]
        if tree is not None and not _has(tree, key.split("/") if kind == "yaml" else [key]):
            message = f"{shown(path)} has no key {shown(key)}, which the secret {shown(name)} takes"
            yield AUDIT.finding(place(subject, span), message, name, path, key)


def _wanted(host: NixHost, secret: Secret) -> tuple[str, str, str] | None:
    """File, format and key of a secret, where all are told for sure."""
    file = host.file_of(secret)
    own = secret.field("format").text(host.options.option("defaultSopsFormat").text("yaml") or "")
    key = secret.field("key").text(host.options.option("defaultSopsKey").text(secret.name) or "")
    if not file.certain or len(file.values) != 1 or own not in _FORMATS or not key:
        return None
    value = file.values[0]
    return (value.path, own, key) if isinstance(value, RepositoryPath) else None


def _tree(subject: Subject, path: str, kind: str) -> Branch | None:
    if path not in subject.source.encrypted:
        return None
    content = subject.content(path)
    try:
        found = () if content is None else documents.read(content, Format(kind)).tree()
    except SopskitError:
        return None  # that it cannot be parsed is another finding
    return found[0] if len(found) == 1 else None


def _has(tree: Branch, names: list[str]) -> bool:
    node: object = tree
    for name in names:
        if not isinstance(node, Branch):
            return False
        pairs = dict(item for item in node.items if type(item) is tuple)
        if name not in pairs:
            return False
        node = pairs[name]
    return True


AUDIT = Audit(
    id="nix-key-missing",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host takes a key that the secret file does not have",
    hint="correct the key, or add it with sopskit edit",
    detect=detect,
)
