"""What reads secrets at run time: one file for each kind, and the registry of all."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from sopskit.consumers.interface import CannotTell, Consumer, Consumers, Source

if TYPE_CHECKING:
    from sopskit.consumers.interface import Reader

#: Each kind, and its module in this room, which has a function `read`.
KINDS = {
    "flux": "flux",
    "nix": "nix",
    "argocd": "argocd",
    "ksops": "ksops",
    "helmfile": "helmfile",
    "terraform": "terraform",
    "ansible": "ansible",
    "compose": "compose",
    "command": "commands",
}


def read_consumers(source: Source) -> Consumers:
    """Every consumer of a repository, of all kinds."""
    found: list[Consumer] = []
    unclear: list[CannotTell] = []
    for module in KINDS.values():
        read = cast("Reader", import_module(f"{__name__}.{module}").read)
        for each in read(source):
            if isinstance(each, Consumer):
                found.append(each)
            else:
                unclear.append(each)
    return Consumers(tuple(found), tuple(unclear))
