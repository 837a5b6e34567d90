"""A host whose configuration names a secret file that it cannot open."""

from __future__ import annotations

from tests.audits.examples import ALICE, BOB, NOVA, encrypted, messages

ID = "host-cannot-read"
RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&server_nova {NOVA}]\n"
    "creation_rules: [age: [*alice, *server_nova]]\n"
)
MODULE = "{\n  sops.defaultSopsFile = ../../secrets/a.yaml;\n}\n"


def test_a_host_that_is_no_recipient() -> None:
    files = {".sops.yaml": RULES, "hosts/nova/default.nix": MODULE, "secrets/a.yaml": encrypted(ALICE)}
    assert messages(ID, files) == [
        "hosts/nova/default.nix:2: the host server_nova reads secrets/a.yaml, and is none of its recipients"
    ]


def test_a_host_that_no_key_is_named_for() -> None:
    files = {".sops.yaml": RULES, "hosts/web/default.nix": MODULE, "secrets/a.yaml": encrypted(ALICE)}
    what = "the NixOS host web reads secrets/a.yaml, and no recipient of it is that host"
    assert messages(ID, files) == [f"hosts/web/default.nix:2: {what}"]


def test_a_key_that_may_be_the_hosts_is_no_finding() -> None:
    files = {".sops.yaml": RULES, "hosts/web/default.nix": MODULE, "secrets/a.yaml": encrypted(ALICE, NOVA)}
    assert messages(ID, files) == []
    files["secrets/a.yaml"] = encrypted(ALICE, BOB)
    assert messages(ID, files) == []


def test_a_host_by_the_name_that_settings_give_it() -> None:
    files = {
        ".sops.yaml": RULES,
        ".sopskit.toml": '[consumers]\n"nix:web" = "server_nova"\n',
        "hosts/web/default.nix": MODULE,
        "secrets/a.yaml": encrypted(ALICE, NOVA),
    }
    assert messages(ID, files) == []


def test_a_recipient_a_missing_file_and_plaintext_are_no_finding() -> None:
    files = {".sops.yaml": RULES, "hosts/nova/default.nix": MODULE}
    assert messages(ID, files) == []
    assert messages(ID, files | {"secrets/a.yaml": "a: b\n"}) == []
    assert messages(ID, files | {"secrets/a.yaml": encrypted(ALICE, NOVA)}) == []


def test_a_cluster_that_a_secret_is_bound_to() -> None:
    kustomization = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        "metadata: {name: apps, namespace: flux-system}\n"
        "spec: {path: ./apps, decryption: {provider: sops, secretRef: {name: sops-age}}}\n"
    )
    files = {
        ".sops.yaml": RULES,
        ".sopskit.toml": '[consumers]\n"flux:home/flux-system/sops-age" = "server_nova"\n',
        "clusters/home/apps.yaml": kustomization,
        "apps/a.yaml": encrypted(ALICE),
        "apps/b.yaml": encrypted(ALICE, NOVA),
    }
    assert messages(ID, files) == []
    assert messages("flux-key-cannot-open", files) == [
        "clusters/home/apps.yaml:4: the keys in flux-system/sops-age (of server_nova) do not open apps/a.yaml"
    ]
    del files[".sopskit.toml"]
    assert messages("flux-key-cannot-open", files) == []
