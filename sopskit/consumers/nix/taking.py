"""What sops-nix takes out of which file, by what a host says and by sops-nix's own defaults.

Source: https://github.com/Mic92/sops-nix, modules/sops/default.nix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.nix.declarations import NOTHING
from sopskit.consumers.nix.values import RepositoryPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.nix.declarations import Secret
    from sopskit.consumers.nix.reading import NixHost

#: Of these sops-nix takes one key; of the others, and for the key "", the whole file.
KEYED = ("yaml", "json")


class Taken(NamedTuple):
    """One secret of a host, as it is told for sure.

    Attributes:
        secret: its declaration.
        path: of its file, relative to the repository.
        format: that sops-nix reads it in: `yaml`, whatever the suffix, if nothing else is said.
        key: what it takes, `a/b` for a nested one; "" for the whole file.
    """

    secret: Secret
    path: str
    format: str
    key: str


def taken(host: NixHost, secret: Secret) -> Taken | None:
    """What a host takes for a secret; None where one part of it cannot be told."""
    file = host.file_of(secret)
    default_format = host.options.option("defaultSopsFormat").text("yaml")
    kind = secret.field("format").text(default_format or "")
    key = _key(host, secret)
    if secret.maybe or not file.certain or len(file.values) != 1 or not kind or key is None:
        return None
    value = file.values[0]
    if not isinstance(value, RepositoryPath) or not value.path:
        return None
    return Taken(secret, value.path, kind, key if kind in KEYED else "")


def _key(host: NixHost, secret: Secret) -> str | None:
    own, default = secret.field("key"), host.options.option("defaultSopsKey")
    if own != NOTHING:
        return own.text()
    # null, which the default is by default, is the secret's name
    return secret.name if default.certain and default.values in ((), (None,)) else default.text()


def all_taken(host: NixHost) -> Iterator[Taken]:
    """Every secret of a host that is told for sure."""
    for secret in host.options.secrets:
        found = taken(host, secret)
        if found is not None:
            yield found
