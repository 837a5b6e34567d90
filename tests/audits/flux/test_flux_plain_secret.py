"""A Secret in clear."""

from __future__ import annotations

from tests.audits.flux.repositories import effects, manifest, repository

ID = "flux-plain-secret"


def test_values_in_clear() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: hunter2\n"
    assert effects(ID, repository(a__yaml=secret)) == [("apps/a.yaml", 2, "advice")]
    assert effects(ID, repository(a__yaml=manifest())) == []
    assert effects(ID, repository(a__yaml=secret.replace("hunter2", "${PASSWORD}"))) == []
    assert effects(ID, repository() | {"elsewhere/a.yaml": secret, "apps/b.yaml": "kind: X\n"}) == []
