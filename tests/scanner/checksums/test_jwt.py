"""JSON Web Tokens: signed ones with claims, and the roles of Supabase's."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest

from sopskit.scanner.checksums import jwt, supabase_jwt


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token_of(header: object, claims: object) -> str:
    return f"{part(header)}.{part(claims)}.c2lnbmF0dXJl"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "EdDSA"])
def test_a_signed_token(algorithm: str) -> None:
    assert jwt.valid(token_of({"alg": algorithm}, {"sub": "4711", "exp": 1}))


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"alg": "none"}, {"sub": "4711"}),
        ({"alg": "None"}, {"sub": "4711"}),
        ({"alg": 1}, {"sub": "4711"}),
        ({"typ": "JWT"}, {"sub": "4711"}),
        ({"alg": "HS256"}, ["sub"]),
        ("alg", {"sub": "4711"}),
        ({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"}),
    ],
)
def test_no_token_and_the_token_of_the_documentation(header: object, claims: object) -> None:
    assert not jwt.valid(token_of(header, claims))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "eyJ", "eyJ.eyJ.x", "eyJhbGciOiJIUzI1NiJ9", "a" * 9, "\xe4.\xe4.\xe4"]
)
def test_what_is_no_json(text: str) -> None:
    assert not jwt.valid(text)
    assert not supabase_jwt.valid(text)


def test_deep_json_ends() -> None:
    deep = urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode()
    assert not jwt.valid(f"{deep}.{deep}.x")


def test_roles_of_supabase() -> None:
    anonymous = token_of({"alg": "HS256"}, {"iss": "supabase", "role": "anon"})
    service = token_of({"alg": "HS256"}, {"iss": "supabase", "role": "service_role"})
    assert supabase_jwt.valid(service)
    assert not supabase_jwt.valid(anonymous)
    assert not jwt.valid(service)
    assert not jwt.valid(anonymous)
