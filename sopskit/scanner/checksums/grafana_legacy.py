"""Grafana's API keys of old: base64 of JSON with the key `k`, its name `n` and the organisation's `id`.

Source: grafana/grafana, pkg/components/apikeygen/apikeygen.go.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode


def valid(secret: str) -> bool:
    """Whether it decodes to such an object."""
    try:
        content = json.loads(b64decode(_padded(secret), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"k", "n", "id"} <= set(content)


def _padded(text: str) -> str:
    text = text.rstrip("=")
    return text + "=" * (-len(text) % 4)
