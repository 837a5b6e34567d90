"""Matrix tokens of Synapse and of the Matrix Authentication Service: the last part checks all before it.

Source: element-hq/synapse, synapse/handlers/auth.py (`generate_access_token`);
element-hq/matrix-authentication-service, crates/data-model/src/tokens.rs, which writes its least digit first.
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import checksum

_OF_SYNAPSE = ("syt_", "syr_")


def valid(secret: str) -> bool:
    """Whether the part behind the last underscore is the checksum of the text before it."""
    text, _, check = secret.rpartition("_")
    if secret.startswith(_OF_SYNAPSE):
        return check == checksum(text)
    return check == checksum(text, width=0)[::-1].rjust(6, "0")
