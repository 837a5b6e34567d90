"""Manifests that SOPS has encrypted: what Flux sees of them before it decrypts.

Source: fluxcd/kustomize-controller, internal/decryptor/decryptor.go.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.consumers.flux.objects import Map, get, items, line_of, strings, text
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.objects import Object

VALUE = "ENC[AES256_GCM,"

_DISABLED = "kustomize.toolkit.fluxcd.io/decrypt"

#: The groups whose kinds the controller knows and so reduces to their own fields, `sops` not among them
#: (k8s.io/client-go/kubernetes/scheme). Those of roles it leaves as they are.
_BUILT_IN = re.compile(
    r"v1$|(?:apps|batch|autoscaling|policy|extensions)/|(?:admissionregistration|authentication|authorization"
    r"|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node"
    r"|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io/"
)
_ROLES = ("Role", "ClusterRole")


class Manifest(NamedTuple):
    """An object of an encrypted file.

    Attributes:
        path: of the file.
        line: of its first key.
        api_version: as it is written; it may be encrypted itself.
        kind: likewise.
        name: likewise.
        namespace: likewise; "" where none is written.
        encrypted: it has metadata of SOPS; not every document of a file needs to.
        disabled: an annotation tells Flux not to decrypt it.
        has_data: a value stands below `data`; of a list, in a Secret of it.
        metadata_line: where its metadata is encrypted; 0 where it is in clear.
    """

    path: str
    line: int
    api_version: str
    kind: str
    name: str
    namespace: str
    encrypted: bool
    disabled: bool
    has_data: bool
    metadata_line: int

    @property
    def is_list(self) -> bool:
        """Whether it is a list of objects, which kustomize takes apart: what SOPS wrote about it is lost."""
        return self.kind.endswith("List") and self.api_version == "v1"

    @property
    def is_secret(self) -> bool:
        """Whether it is a Secret."""
        return self.kind == "Secret" and self.api_version == "v1"

    @property
    def effect_without_decryption(self) -> str:
        """What becomes of it where Flux does not decrypt: `fails` or `ciphertext`."""
        if self.is_list or self.is_secret:
            return "fails" if self.has_data else "ciphertext"
        return "ciphertext" if _BUILT_IN.match(self.api_version) and self.kind not in _ROLES else "fails"


def manifests(files: Files, path: str) -> list[Manifest]:
    """The objects of an encrypted file; none where it cannot be read as manifests."""
    content = files.text(path) or ""
    quick = _quick(content, path)
    if quick is not None:
        return [quick]
    try:
        return [_manifest(each) for each in files.objects(path) if not each.in_list]
    except SopskitError:
        return []


def _manifest(found: Object) -> Manifest:
    root = found.root
    data = get(root, "data")
    return Manifest(
        found.path,
        _first_line(root),
        found.api_version,
        found.kind,
        found.name,
        found.namespace,
        "sops" in root,
        text(root, "metadata", "annotations", _DISABLED).lower() == "disabled",
        (isinstance(data, Map) and bool(data)) or any(map(_is_secret_with_data, items(root, "items"))),
        next(_encrypted_lines(get(root, "metadata")), 0),
    )


def _is_secret_with_data(item: Any) -> bool:
    return isinstance(item, Map) and text(item, "kind") == "Secret" and bool(get(item, "data"))


def _first_line(root: Map) -> int:
    return min(root.lines.values(), default=root.line)


def _encrypted_lines(node: Any) -> Iterator[int]:
    """The lines of keys directly or indirectly below a mapping whose values are encrypted."""
    if isinstance(node, Map):
        for key, value in node.items():
            if any(each.startswith(VALUE) for each in strings(value)):
                inner = (
                    next(_encrypted_lines(value), 0) if isinstance(value, Map) and value is not node else 0
                )
                yield inner or line_of(node, key)


# As sops writes a file of one object: no anchors, the metadata of SOPS last.
_TOP = re.compile(r"^(?P<key>[A-Za-z]\w*):(?: (?P<value>[^\n]*))?$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")
_ODD = re.compile(r"^(?:---|\.\.\.|%|[\"'{\[?!&*<-])", re.MULTILINE)


def _quick(content: str, path: str) -> Manifest | None:
    """The one object of a file that looks as sops writes it; None where it has to be parsed."""
    start = 4 if content.startswith("---\n") else 0
    end = content.find("\nsops:\n", start)
    if end < 0 or content.startswith("\ufeff") or "\r" in content or _ODD.search(content, start):
        return None
    keys = {match["key"]: match for match in _TOP.finditer(content, start, end)}
    values = [keys[name]["value"] or "" if name in keys else "" for name in ("apiVersion", "kind")]
    if not all(map(_PLAIN.fullmatch, values)) or "metadata" not in keys or keys["metadata"]["value"]:
        return None
    metadata = _metadata(content, keys["metadata"].end(), end)
    if metadata is None:
        return None
    data = keys.get("data")
    if data is not None and data["value"]:
        return None
    line = content.count("\n", 0, min(match.start() for match in keys.values())) + 1
    name, namespace = metadata
    return Manifest(path, line, values[0], values[1], name, namespace, True, False, data is not None, 0)


_METADATA = re.compile(r"\n(?P<indent> +)(?P<key>name|namespace): (?P<value>[A-Za-z0-9][A-Za-z0-9.-]*)(?=\n)")


def _metadata(content: str, start: int, end: int) -> tuple[str, str] | None:
    """Name and namespace of a `metadata` that says nothing else; None for one that has to be parsed."""
    found = {"name": "", "namespace": ""}
    while match := _METADATA.match(content, start, end + 1):
        found[match["key"]] = match["value"]
        start = match.end()
    if start < end and content.startswith("\n ", start):
        return None
    return (found["name"], found["namespace"]) if found["name"] else None


#: What Flux looks for in a file before it takes it for one of the format (`sopsFormatToMarkerBytes`).
MARKERS = {
    "binary": '"mac": "ENC[',
    "json": '"mac": "ENC[',
    "yaml": "mac: ENC[",
    "dotenv": "sops_mac=ENC[",
    "ini": "[sops]",
}


def format_of(name: str) -> str:
    """The format that Flux takes a key or a file for, by its name (`formatForPath`)."""
    if name.endswith(".dockerconfigjson"):
        return "json"
    suffix = (
        posixpath.splitext(name)[1]
        if not posixpath.basename(name).startswith(".")
        else name[name.rfind(".") :]
    )
    return {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}.get(
        suffix, "binary"
    )


def detected(content: str) -> set[str]:
    """The formats that Flux may take a value of a Secret for (`detectFormatFromMarkerBytes`)."""
    return {name for name, marker in MARKERS.items() if marker in content}
