"""Binary: any other file is JSON once it is encrypted, `{"data": ..., "sops": ...}`.

Source: getsops/sops, stores/json/store.go, BinaryStore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.sops.formats import json

if TYPE_CHECKING:
    from sopskit.sops.formats import SopsFile


def read(data: bytes) -> SopsFile | None:
    """Read a file whose name says nothing; see `sopskit.sops.formats.read`.

    Most such files are plaintext of any kind, so that only what starts as an object is looked at.
    """
    return json.read(data) if data.lstrip()[:1] == b"{" else None
