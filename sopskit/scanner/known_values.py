"""Secrets that are none, since a vendor prints them in its documentation or its emulator has them built in.

They are kept as the first eight bytes of their SHA-256, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import hashlib

_KNOWN = frozenset(
    (
        bytes.fromhex(
            "0011cc25eb432071"
        ),  # Azurite and the Azure storage emulator (Microsoft Learn, "Use the Azurite emulator")
        bytes.fromhex(
            "aa6547439583c3a2"
        ),  # the Azure Cosmos DB emulator (Microsoft Learn, "Azure Cosmos DB emulator")
        bytes.fromhex("f2d6ca16515033e5"),  # Stripe's documentation, its first test key
        bytes.fromhex("2cafc0970149a84f"),  # Stripe's documentation, its later test key
        bytes.fromhex("731fa294d036e54f"),  # Telegram, "Authorizing your bot"
        bytes.fromhex("0b5dd075ccdd03c4"),  # Telegram, "Obtain your bot token"
        bytes.fromhex("d9c3482af2ba6590"),  # Meraki's sandbox (developer.cisco.com), its key
        bytes.fromhex("132e022cf9bcb6c6"),  # Meraki's documentation and SDK, its first key
        bytes.fromhex("7f75367e78812551"),  # jwt.io, its first token
        bytes.fromhex("da816f9f2c16e6c5"),  # jwt.io, its first token of old
        bytes.fromhex("1bbb9293c38acc5e"),  # MinIO's public playground, its access key
        bytes.fromhex("df452eef23e8cf2c"),  # MinIO's public playground, its secret key
        bytes.fromhex(
            "8be5d113c0871ce1"
        ),  # the TOTP secret of every tutorial (Google Authenticator, "Key URI format")
        bytes.fromhex("73f71af093fdf154"),  # Sumo Logic, "API Authentication", its example of Basic
        bytes.fromhex("8d4ef6536dc8895f"),  # RFC 7519, 3.1
    )
)


def is_known(secret: bytes) -> bool:
    """Whether it is one of these."""
    return hashlib.sha256(secret).digest()[:8] in _KNOWN
