"""`--engine auto|embedded|sops`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.engines.embedded import IN_PROCESS, EmbeddedEngine, NotInProcessError
from sopskit.engines.sops_binary import SopsEngine
from sopskit.errors import NoIdentityError, ToolMissingError

if TYPE_CHECKING:
    from sopskit.engines.interface import Engine, Rewrap
    from sopskit.keys.identities import Identities
    from sopskit.keys.pgp import Keyring


class AutoEngine:
    """Embedded, and the sops binary for a file that embedded cannot do."""

    def __init__(self, embedded: EmbeddedEngine, sops: SopsEngine) -> None:
        self._embedded = embedded
        self._sops = sops

    def rewrap(self, request: Rewrap) -> bytes:
        """See `Engine.rewrap`."""
        try:
            return self._embedded.rewrap(request)
        except (NotInProcessError, NoIdentityError) as error:
            if isinstance(error, NoIdentityError) and not self._may_know_more(request):
                raise
            try:
                return self._sops.rewrap(request)
            except ToolMissingError:
                raise error from None

    def _may_know_more(self, request: Rewrap) -> bool:
        """Whether the file has a stanza of a kind that only sops opens."""
        metadata = stanzas.read_encrypted(request).metadata
        return any(stanza.recipient.kind not in IN_PROCESS for group in metadata.groups for stanza in group)


def choose(name: str, identities: Identities, keyring: Keyring) -> Engine:
    """The engine of that name."""
    if name == "sops":
        return SopsEngine()
    embedded = EmbeddedEngine(identities, keyring)
    return embedded if name == "embedded" else AutoEngine(embedded, SopsEngine())
