"""Kustomizations that decrypt, and the files that they apply."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, encrypted
from tests.consumers.sources import consumers

SECRET = encrypted(ALICE, encrypted_regex="^data$")


def kustomization(path: str = "./apps", name: str = "apps", *, decryption: bool = True) -> str:
    """A Flux Kustomization."""
    decrypt = "  decryption:\n    provider: sops\n    secretRef: {name: sops-age}\n" if decryption else ""
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata:\n  name: {name}\n  namespace: flux-system\nspec:\n  path: {path}\n{decrypt}"
    )


def test_a_folder_without_a_kustomization_file_is_applied_whole() -> None:
    other = kustomization("./x", "x", decryption=False)
    files = {
        "clusters/home/apps.yaml": f"# apps\n---\n{kustomization()}---\n{other}",
        "apps/a.yaml": SECRET,
        "apps/deep/b.yaml": SECRET,
        "apps/plain.yaml": "kind: ConfigMap\n",
        "apps/c.txt": SECRET,
        "x/d.yaml": SECRET,
    }
    found = consumers(files)
    (consumer,) = found.found
    assert (consumer.kind, consumer.name, consumer.namespace) == ("flux", "apps", "flux-system")
    assert consumer.paths == ("apps/a.yaml", "apps/deep/b.yaml")
    assert (consumer.place.path, consumer.place.line) == ("clusters/home/apps.yaml", 3)
    assert consumer.host is None
    assert found.unclear == ()


def test_kustomization_files_are_followed() -> None:
    files = {
        "clusters/home/apps.yaml": kustomization(),
        "apps/kustomization.yaml": "resources: [a, b.yaml, ../base]\ncomponents: [c]\nbases: [../old]\n"
        "patches: [{path: patch.yaml}, {patch: 'kind: X'}]\npatchesStrategicMerge: [merge.yaml]\n",
        "apps/a/kustomization.yaml": "resources: [x.yaml]\n",
        "apps/a/x.yaml": SECRET,
        "apps/b.yaml": SECRET,
        "apps/left-out.yaml": SECRET,
        "apps/patch.yaml": SECRET,
        "apps/merge.yaml": SECRET,
        "base/kustomization.yml": "secretGenerator:\n- files: [config=e.yaml]\n  envs: [f.env]\n",
        "base/e.yaml": SECRET,
        "base/f.env": "A=b\n",
        "apps/c/kustomization.yaml": "resources: [../../apps, g.yaml]\n",
        "apps/c/g.yaml": SECRET,
        "old/kustomization.yaml": "resources: [h.yaml]\n",
        "old/h.yaml": SECRET,
    }
    (consumer,) = consumers(files).found
    assert consumer.paths == (
        "apps/a/x.yaml",
        "apps/b.yaml",
        "apps/c/g.yaml",
        "apps/merge.yaml",
        "apps/patch.yaml",
        "base/e.yaml",
        "old/h.yaml",
    )


def test_a_folder_below_that_has_a_kustomization_file_counts_as_one() -> None:
    files = {
        "flux.yaml": kustomization(),
        "apps/one/kustomization.yaml": "resources: [a.yaml]\n",
        "apps/one/a.yaml": SECRET,
        "apps/one/left-out.yaml": SECRET,
        "apps/one/deep/left-out.yaml": SECRET,
        "apps/two/b.yaml": SECRET,
    }
    (consumer,) = consumers(files).found
    assert consumer.paths == ("apps/one/a.yaml", "apps/two/b.yaml")


@pytest.mark.parametrize(
    ("path", "listed", "message"),
    [
        ("./${CLUSTER}/apps", "resources: []\n", "its spec.path is put together when it runs"),
        ("./missing", "resources: []\n", "spec.path missing is not there"),
        (
            "./apps",
            "resources: [https://example.org/x.yaml]\n",
            "apps/kustomization.yaml takes https://example.org/x.yaml from the network",
        ),
        (
            "./apps",
            "resources: [../../elsewhere]\n",
            "apps/kustomization.yaml takes ../../elsewhere from outside the repository",
        ),
        ("./apps", "resources: [\n", "apps/kustomization.yaml is no plain YAML"),
    ],
)
def test_what_is_not_followed_is_said(path: str, listed: str, message: str) -> None:
    found = consumers({"flux.yaml": kustomization(path), "apps/kustomization.yaml": listed})
    assert [each.message for each in found.unclear] == [message]
    assert [each.paths for each in found.found] == [()]


def test_a_template_in_place_of_yaml_is_said() -> None:
    text = f"{{{{ if .Values.x }}}}\n{kustomization()}{{{{ end }}}}\n"
    assert [each.message for each in consumers({"flux.yaml": text}).unclear] == ["is no plain YAML"]


def test_the_whole_repository_and_a_path_of_dots() -> None:
    for path in (".", "./", "/", "./apps/.."):
        (consumer,) = consumers({"flux.yaml": kustomization(path), "apps/a.yaml": SECRET}).found
        assert consumer.paths == ("apps/a.yaml",), path


@pytest.mark.parametrize(
    ("binding", "host"),
    [
        ("flux:home/flux-system/sops-age", "server_nova"),
        ("flux:other/flux-system/sops-age", None),
        ("flux:home/apps/sops-age", None),
        ("flux:home/flux-system/other", None),
    ],
)
def test_the_host_that_a_secret_is_bound_to(binding: str, host: str | None) -> None:
    settings = f'[consumers]\n"{binding}" = "server_nova"\n'
    files = {".sopskit.toml": settings, "clusters/home/apps.yaml": kustomization(), "apps/a.yaml": SECRET}
    (consumer,) = consumers(files).found
    assert consumer.host == host
