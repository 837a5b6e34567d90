"""JSON output: `{"schema": "sopskit.COMMAND/1", ...}`, described by the schemas under docs/."""

from __future__ import annotations

import json
from typing import Any

from sopskit.text.shown import mask_private


def document(command: str, **content: Any) -> str:
    """One JSON document, its schema named first; undecodable bytes of a path stay lone surrogates.

    A private key that somebody put where a public one belongs is masked here as well.
    """
    return mask_private(json.dumps({"schema": f"sopskit.{command}/1", **content}, indent=2))
