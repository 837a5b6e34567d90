"""JSON Web Tokens: header and claims are JSON objects, and the header names the algorithm of the signature.

Source: RFC 7519, and RFC 7515, section 4.
"""

from __future__ import annotations

import base64
import json

#: Subjects of the tokens that documentation shows (jwt.io, RFC 7519).
_SHOWN = ("1234567890", "joe", "test")

#: Roles that have a rule of their own, or are public by design.
_OTHER_ROLES = ("anon", "service_role")


def valid(secret: str) -> bool:
    """Whether it is signed, and neither an example nor a token of a rule of its own."""
    claims = claims_of(secret)
    return claims is not None and claims.get("sub") not in _SHOWN and claims.get("role") not in _OTHER_ROLES


def claims_of(token: str) -> dict[str, object] | None:
    """The claims of a signed token; None for what is none."""
    header, _, rest = token.partition(".")
    algorithm = (_object(header) or {}).get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        return None
    return _object(rest.partition(".")[0])


def _object(part: str) -> dict[str, object] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
