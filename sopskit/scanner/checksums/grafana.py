"""Grafana's service account tokens: `glsa_<32 random characters>_<CRC-32 of all before, least byte first>`.

Source: grafana/grafana, pkg/components/satokengen/tokengen.go.
"""

from __future__ import annotations

from zlib import crc32


def valid(secret: str) -> bool:
    """Whether the part behind the last underscore is the checksum of the text before it."""
    text, _, check = secret.rpartition("_")
    return check == crc32(text.encode()).to_bytes(4, "little").hex()
