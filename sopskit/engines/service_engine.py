"""The engine: data keys are opened, split and wrapped here; single keys are the matter of key services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.engines import stanzas
from sopskit.engines.opening import Opening
from sopskit.errors import FailedError, SopskitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.engines.interface import KeyService, Rewrap
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group, Metadata, Stanza


class NotServedError(FailedError):
    """Only the sops binary reaches this key: cloud KMS, Vault, age plugins."""


class ServiceEngine:
    """Opens data keys and wraps them for others (an `Engine`).

    Args:
        services: for each key the first that serves it is used; for opening all are tried in this order.
    """

    def __init__(self, *services: KeyService) -> None:
        self._services = services

    def rewrap(self, request: Rewrap) -> bytes:
        """See `Engine.rewrap`."""
        try:
            file = stanzas.read_encrypted(request)
            shares = self._shares(file.metadata, request)
            return stanzas.assemble(file, request, lambda group, key: self._stanza(key, shares[group]))
        except SopskitError as error:
            raise error.at(request.path) from None

    def open(self, metadata: Metadata, path: str, *, ignore_mac: bool = False) -> bytes:
        """See `Engine.open`."""
        try:
            return Opening(self._services, metadata, ignore_mac=ignore_mac).data_key()
        except SopskitError as error:
            raise error.at(path) from None

    def wrap(
        self, data_key: bytes, groups: Sequence[Sequence[Recipient]], threshold: int, path: str
    ) -> tuple[Group, ...]:
        """See `Engine.wrap`."""
        try:
            if not groups or not all(groups):
                raise FailedError("a key group without a recipient would be opened by nobody")
            shares = _split(data_key, len(groups), threshold)
            return tuple(
                tuple(self._stanza(recipient, share) for recipient in group)
                for group, share in zip(groups, shares, strict=True)
            )
        except SopskitError as error:
            raise error.at(path) from None

    def _stanza(self, recipient: Recipient, share: bytes) -> Stanza:
        for service in self._services:
            if service.serves(recipient):
                return service.wrap(recipient, share)
        raise NotServedError(
            f"only the sops binary can encrypt to {stanzas.shown(recipient)}",
            hint="--engine sops, or --engine auto",
        )

    def _shares(self, metadata: Metadata, request: Rewrap) -> dict[int, bytes]:
        """For each group (from 0) that needs a new stanza: what its stanzas wrap."""
        opening = Opening(self._services, metadata)
        if stanzas.is_resplit(metadata, request):
            return dict(enumerate(_split(opening.data_key(), len(request.groups), request.threshold)))
        growing = stanzas.growing(metadata, request)
        if len(metadata.groups) == 1:
            return {0: opening.data_key()} if growing else {}
        return {number: opening.share_of(number) for number in growing}


def _split(data_key: bytes, groups: int, threshold: int) -> list[bytes]:
    """What the stanzas of each group wrap: the data key itself where there is one group."""
    if groups == 1:
        return [data_key]
    from sopskit.sops import shamir

    return shamir.split(data_key, groups, threshold)
