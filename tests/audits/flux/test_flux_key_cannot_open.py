"""A key whose public half is known, and is no recipient."""

from __future__ import annotations

from tests.audits.examples import ALICE, NOVA
from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, manifest, repository
from tests.commands.workbench import age_key

ID = "flux-key-cannot-open"


def test_a_bound_host_that_is_no_recipient() -> None:
    files = repository(a__yaml=manifest("Secret", "v1", "data", "a", ALICE), b__yaml=manifest())
    assert effects(ID, files) == [(KUSTOMIZATION, 12, "fails")]
    del files[".sopskit.toml"]
    assert effects(ID, files) == []  # cannot tell
    assert effects(ID, repository(b__yaml=manifest())) == []


def test_one_group_of_two() -> None:
    text = manifest("Secret", "v1", "data", "a", ALICE)
    first, _, rest = text.partition("    age:\n")
    stanza, _, end = rest.partition("    lastmodified")
    groups = f"    key_groups:\n    -   age:\n{_in(stanza)}    -   age:\n{_in(stanza.replace(ALICE, NOVA))}"
    split = f"{first}{groups}    shamir_threshold: 2\n    lastmodified{end}"
    assert effects(ID, repository(a__yaml=split)) == [(KUSTOMIZATION, 12, "fails")]
    assert effects(ID, repository(a__yaml=split.replace("threshold: 2", "threshold: 1"))) == []


def _in(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def test_the_key_in_the_manifest_of_its_secret() -> None:
    pair = age_key()
    secret = "kind: Secret\napiVersion: v1\nmetadata: {name: sops-age, namespace: flux-system}\n"
    secret += f"stringData:\n  x.agekey: |\n    # public key: x\n    {pair.identity}\n"
    files = repository(a__yaml=manifest()) | {"key.yaml": secret}
    del files[".sopskit.toml"]
    assert effects(ID, files) == [(KUSTOMIZATION, 12, "fails")]
    files["apps/a.yaml"] = manifest("Secret", "v1", "data", "a", pair.recipient)
    assert effects(ID, files) == []


def test_a_secret_with_keys_of_another_kind() -> None:
    secret = "kind: Secret\napiVersion: v1\nmetadata: {name: sops-age, namespace: flux-system}\n"
    files = repository(a__yaml=manifest()) | {"key.yaml": f"{secret}stringData: {{x.asc: '${{KEY}}'}}\n"}
    del files[".sopskit.toml"]
    assert effects(ID, files) == [(KUSTOMIZATION, 12, "fails")]
    files["key.yaml"] = f"{secret}stringData: {{x.asc: a, x.agekey: '${{KEY}}'}}\n"
    assert effects(ID, files) == []


def test_the_controllers_key_counts_without_a_secret_ref_only() -> None:
    flag = {"clusters/home/flag.yaml": "kind: X\nargs: [--sops-age-secret=global]\n"}
    files = repository(a__yaml=manifest()) | flag
    hosts = {"global": "cluster", "sops-age": "alice"}
    bound = "".join(f'"flux:home/flux-system/{name}" = "{host}"\n' for name, host in hosts.items())
    files[".sopskit.toml"] = f"[consumers]\n{bound}"
    files["apps/a.yaml"] = manifest("Secret", "v1", "data", "a", NOVA)
    assert effects(ID, files) == [(KUSTOMIZATION, 12, "fails")]
    files[KUSTOMIZATION] = flux(decryption="  decryption: {provider: sops}\n")
    assert effects(ID, files) == []
    files["apps/a.yaml"] = manifest("Secret", "v1", "data", "a", ALICE)
    assert effects(ID, files) == [(KUSTOMIZATION, 9, "fails")]
