"""A Secret with no entry that Flux reads."""

from __future__ import annotations

from tests.audits.flux.repositories import effects, manifest, repository

ID = "flux-secret-without-key"
SECRET = "kind: Secret\napiVersion: v1\nmetadata:\n  name: sops-age\n  namespace: flux-system\n"


def test_names_that_flux_does_not_read() -> None:
    files = repository(a__yaml=manifest())
    assert effects(ID, files | {"key.yaml": f"{SECRET}stringData:\n  age.key: x\n"}) == [
        ("key.yaml", 7, "fails")
    ]
    for name in ("x.agekey", "x.asc", "sops.vault-token", "sops.aws-kms", "sops.azure-kv", "sops.gcp-kms"):
        assert effects(ID, files | {"key.yaml": f"{SECRET}stringData: {{age.key: x, {name}: y}}\n"}) == []


def test_an_encrypted_secret_shows_its_names() -> None:
    secret = manifest(name="sops-age").replace("namespace: apps", "namespace: flux-system")
    files = repository(a__yaml=manifest()) | {"key.sops.yaml": secret}
    assert effects(ID, files) == [("key.sops.yaml", 7, "fails")]
    files["key.sops.yaml"] = secret.replace("password:", "x.agekey:")
    assert effects(ID, files) == []


def test_where_nothing_is_encrypted_no_key_is_needed() -> None:
    files = repository() | {"apps/a.yaml": "kind: X\n", "key.yaml": f"{SECRET}data: {{age.key: eA==}}\n"}
    assert effects(ID, files) == []
