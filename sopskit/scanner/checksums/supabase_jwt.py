"""Supabase's API keys of the older form: tokens with a role; `anon` is public, `service_role` is not.

Source: https://supabase.com/docs/guides/api/api-keys
"""

from __future__ import annotations

from sopskit.scanner.checksums.jwt import claims_of


def valid(secret: str) -> bool:
    """Whether the token says that it is the service role's."""
    claims = claims_of(secret)
    return claims is not None and claims.get("role") == "service_role"
