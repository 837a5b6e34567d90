"""A rule without a selector."""

from __future__ import annotations

from tests.audits.flux.repositories import RULES, VALUE, effects, manifest, repository

ID = "flux-no-encrypted-regex"


def test_a_rule_for_manifests() -> None:
    files = repository(a__yaml=manifest())
    assert effects(ID, files) == []
    files[".sops.yaml"] = RULES.replace("encrypted_regex: ^(data|stringData)$\n    ", "")
    assert effects(ID, files) == [(".sops.yaml", 5, "advice")]
    assert effects(ID, files | {"apps/a.yaml": manifest(name=VALUE)}) == []  # said of the file
