"""`--engine auto|embedded|sops`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines.embedded import InProcess
from sopskit.engines.service_engine import ServiceEngine
from sopskit.engines.sops_binary import SopsBinary

if TYPE_CHECKING:
    from sopskit.engines.interface import Engine
    from sopskit.keys.identities import Identities
    from sopskit.keys.pgp import Keyring


def choose(name: str, identities: Identities, keyring: Keyring) -> Engine:
    """The engine of that name: what sopskit does itself, what sops does, or sops for the rest (`auto`)."""
    if name == "sops":
        return ServiceEngine(SopsBinary(alone=True))
    in_process = InProcess(identities, keyring)
    return ServiceEngine(in_process) if name == "embedded" else ServiceEngine(in_process, SopsBinary())
