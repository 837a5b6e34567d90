"""The manifest that `sops-install-secrets` takes: written from what was read, or taken as what a host says.

Source: https://github.com/Mic92/sops-nix, pkgs/sops-install-secrets/main.go, modules/sops/manifest-for.nix.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.consumers.nix.declarations import NOTHING, Field, Options, Secret
from sopskit.consumers.nix.reading import NixHost, Reading
from sopskit.consumers.nix.taking import taken
from sopskit.consumers.nix.values import OtherPath, RepositoryPath, Span
from sopskit.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sopskit.consumers.nix.values import Value

_STORE = "/nix/store/"
_IN_STORE = re.compile(r"/nix/store/[a-z0-9]{32}-[^/]+/(?P<path>.+)")
_COPIED = re.compile(r"/nix/store/[a-z0-9]{32}-(?P<name>[^/]+)")

#: The names of a manifest for options of `sops`.
_OPTIONS = {
    "gnupgHome": "gnupg.home",
    "sshKeyPaths": "gnupg.sshKeyPaths",
    "ageKeyFile": "age.keyFile",
    "ageSshKeyPaths": "age.sshKeyPaths",
}


class Manifest(NamedTuple):
    """A manifest, and what could not be told for it.

    Attributes:
        document: as `sops-install-secrets` takes it.
        left_out: names of secrets of which something cannot be told.
        is_complete: whether the host was read to the last import.
    """

    document: dict[str, Any]
    left_out: tuple[str, ...]
    is_complete: bool


def manifest_of(host: NixHost, root: str, *, for_users: bool = False) -> Manifest:
    """The manifest of a host, its secret files at absolute paths.

    Templates are left out: what is in them is no matter of what opens which file.

    Args:
        host: it.
        root: folder of the repository.
        for_users: that of the secrets that are needed for users, which is one of its own.
    """
    folder = "/run/secrets-for-users" if for_users else "/run/secrets"
    secrets, left_out = [], []
    for secret in sorted(host.options.secrets, key=lambda each: each.name):
        needed = secret.field("neededForUsers")
        if needed.certain and needed.unclear is None and (needed.values == (True,)) is not for_users:
            continue
        entry = _entry(host, secret, root, folder)
        if entry is None or not needed.certain:
            left_out.append(secret.name)
        else:
            secrets.append(entry)
    keys = {name: host.options.option(option) for name, option in _OPTIONS.items()}
    document = {
        "secrets": secrets,
        "templates": [],
        "placeholderBySecretName": {},
        "secretsMountPoint": f"{folder}.d",
        "symlinkPath": folder,
        "keepGenerations": 1,
        "sshKeyPaths": _texts(keys["sshKeyPaths"]),
        "gnupgHome": keys["gnupgHome"].text() or "",
        "ageKeyFile": keys["ageKeyFile"].text() or "",
        "ageSshKeyPaths": _texts(keys["ageSshKeyPaths"]),
        "useTmpfs": False,
        "userMode": host.kind == "home",
        "logging": {"keyImport": True, "secretChanges": True},
    }
    return Manifest(document, tuple(left_out), not host.options.unclear)


def _entry(host: NixHost, secret: Secret, root: str, folder: str) -> dict[str, Any] | None:
    what = taken(host, secret)
    texts = {
        "name": secret.field("name").text(secret.name),
        "mode": secret.field("mode").text("0400"),
        "path": secret.field("path").text(f"{folder}/{secret.name}"),
    }
    if what is None or None in texts.values():
        return None
    return {
        **texts,
        "key": what.key,
        "owner": secret.field("owner").text() or None,
        "uid": _number(secret.field("uid")),
        "group": secret.field("group").text() or None,
        "gid": _number(secret.field("gid")),
        "sopsFile": posixpath.join(root, what.path),
        "format": what.format,
        "restartUnits": _texts(secret.field("restartUnits")),
        "reloadUnits": _texts(secret.field("reloadUnits")),
    }


def _number(field: Field) -> int:
    value = field.values[0] if field.certain and field.values else 0
    return value if type(value) is int else 0


def _texts(field: Field) -> list[str]:
    value = field.values[0] if field.certain and field.values else ()
    return [each for each in value if isinstance(each, str)] if isinstance(value, tuple) else []


def with_manifests(
    reading: Reading, documents: Mapping[str, object], paths: Iterable[str], root: str
) -> Reading:
    """Hosts that say what their manifests say; lines are those of the declarations, where these were read.

    Args:
        reading: what was read.
        documents: the manifest of each host, by the host's name.
        paths: the files of the repository.
        root: folder of the repository.

    Raises:
        FailedError: one of them is no manifest.
    """
    before = {host.name: host for host in reading.hosts}
    files = tuple(paths)
    given = [_host(name, before.get(name), document, files, root) for name, document in documents.items()]
    kept = [host for host in reading.hosts if host.name not in documents]
    return reading._replace(hosts=(*given, *kept))


def _host(name: str, before: NixHost | None, document: object, paths: tuple[str, ...], root: str) -> NixHost:
    given = document.get("secrets") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(given, list):
        raise FailedError(
            f"the manifest of {name} has no list of secrets", hint="it is what sops-install-secrets gets"
        )
    span = before.span if before is not None else Span("flake.nix", 0, 0)
    spans = {each.name: each.span for each in before.options.secrets} if before is not None else {}
    secrets = tuple(_secret(each, spans, span, paths, root) for each in given if isinstance(each, dict))
    options = {
        option: _field(_stored(document[given_name]), span)
        for given_name, option in _OPTIONS.items()
        if document.get(given_name)
    }
    return NixHost(name, "nixos", Options(secrets, options, (), ()), NOTHING, span)


_FIELDS = ("key", "format", "owner", "group", "mode", "path", "neededForUsers")


def _secret(
    given: dict[str, Any], spans: Mapping[str, Span], at: Span, paths: tuple[str, ...], root: str
) -> Secret:
    name = str(given.get("name") or "")
    span = spans.get(name, at)
    fields = {each: _field(given[each], span) for each in _FIELDS if given.get(each) is not None}
    fields["sopsFile"] = _field(_file(str(given.get("sopsFile") or ""), paths, root), span)
    return Secret(name, span, (span,), maybe=False, fields=fields)


def _field(value: Value, span: Span) -> Field:
    return Field((value,), certain=True, span=span, unclear=None)


def _stored(value: object) -> Value:
    """A key's path, or a list of them; those in the store as the reader gives path literals."""
    if isinstance(value, list):
        return tuple(_stored(each) for each in value)
    return OtherPath(value) if isinstance(value, str) and value.startswith(_STORE) else value


def _file(path: str, paths: tuple[str, ...], root: str) -> Value:
    """The file of the repository that stands in the store, as a whole flake or copied alone."""
    within = path.removeprefix(f"{root.rstrip('/')}/")
    if within != path:
        return RepositoryPath(within, literal=True)
    match = _IN_STORE.fullmatch(path)
    if match is not None:
        return RepositoryPath(match["path"], literal=True)
    copied = _COPIED.fullmatch(path)
    named = [each for each in paths if copied is not None and posixpath.basename(each) == copied["name"]]
    return RepositoryPath(named[0], literal=True) if len(named) == 1 else OtherPath(path)
