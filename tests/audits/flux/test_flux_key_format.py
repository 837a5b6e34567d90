"""A key that stands for another format."""

from __future__ import annotations

from tests.audits.examples import ALICE, encrypted
from tests.audits.flux.repositories import effects, repository

ID = "flux-key-format"
TEXT = encrypted(ALICE)


def _files(generator: str, text: str = TEXT) -> dict[str, str]:
    return repository(kustomization__yaml=generator, x__yaml=text)


def test_a_key_without_the_suffix() -> None:
    wrong = "secretGenerator:\n- name: a\n  files:\n  - config=x.yaml\n"
    assert effects(ID, _files(wrong)) == [("apps/kustomization.yaml", 4, "fails")]
    for right in ("x.yaml", "config.yml=x.yaml", "config.json=x.yaml"):
        assert effects(ID, _files(wrong.replace("config=x.yaml", right))) == []
    assert effects(ID, _files(wrong, "a: b\n")) == []


def test_a_docker_config_is_json() -> None:
    generator = "secretGenerator:\n- name: a\n  files: [.dockerconfigjson=x.json]\n"
    text = '{"sops": {"age": [{"recipient": "%s", "enc": "x"}], "lastmodified": "2026", "mac": "ENC[x]"}}'
    files = repository(kustomization__yaml=generator, x__json=text % ALICE)
    assert effects(ID, files) == []
    files["apps/kustomization.yaml"] = generator.replace(".dockerconfigjson=", "config=")
    assert effects(ID, files) == [("apps/kustomization.yaml", 3, "fails")]
