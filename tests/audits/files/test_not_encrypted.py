"""A file that a rule claims, and that is plaintext."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.audits import audit
from sopskit.audits.files.named_as_encrypted import SAYS
from sopskit.findings import Severity
from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "not-encrypted"
RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"


def test_plaintext_that_a_rule_claims() -> None:
    files = {".sops.yaml": RULES, "secrets/a.yaml": "password: x\n", "secrets/b.yaml": encrypted(ALICE)}
    assert messages(ID, files) == ["secrets/a.yaml: is not encrypted, and rule 1 of .sops.yaml claims it"]


def test_the_hint_is_a_command_that_can_be_run(tmp_path: Path) -> None:
    files = {".sops.yaml": RULES, "secrets/my key.yaml": "password: x\n"}
    (finding,) = found(ID, example(tmp_path, files))
    assert finding.hint.startswith("sopskit encrypt -i 'secrets/my key.yaml', and")


def test_a_catch_all_claims_a_readme_as_well() -> None:
    files = {".sops.yaml": f"creation_rules: [{{age: {ALICE}}}]\n", "README.md": "# hello\n"}
    assert messages(ID, files) == []


def test_what_a_rule_claims_by_accident_is_a_finding_about_the_rule() -> None:
    files = {".sops.yaml": RULES, "secrets/README.md": "# hello\n", "secrets/kustomization.yaml": "a: 1\n"}
    assert messages(ID, files) == []
    assert messages("pattern-claims-too-much", files)


def test_other_files_are_not_its_matter() -> None:
    files = {".sops.yaml": RULES, "README.md": "secrets/\n", "secrets/empty.yaml": "", "secrets/blank": " \n"}
    assert messages(ID, files) == []


def test_a_name_that_says_sops_under_a_catch_all() -> None:
    files = {
        ".sops.yaml": f"creation_rules: [{{age: {ALICE}}}]\n",
        "a.sops.yaml": "password: x\n",
        "b.sops.yaml": encrypted(ALICE),
        "c.sops.yaml.j2": "{{ x }}\n",
    }
    assert messages(ID, files) == [f"a.sops.yaml: is not encrypted, {SAYS}"]


def _manifest(kind: str, body: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: x\n{body}"


@pytest.mark.parametrize("selector", ["", "    encrypted_regex: ^(data|stringData)$\n"])
def test_a_pattern_as_wide_as_a_folder_claims_manifests_that_are_no_secrets(selector: str) -> None:
    data = "data:\n  a: b\n"
    files = {
        ".sops.yaml": f"creation_rules:\n  - path_regex: ^k8s/.*\\.ya?ml$\n    age: {ALICE}\n{selector}",
        "k8s/release.yaml": _manifest("HelmRelease", "spec:\n  x: y\n"),
        "k8s/config.yaml": _manifest("ConfigMap", data),
        "k8s/db.yaml": _manifest("Secret", data),
        "k8s/both.yaml": f"{_manifest('ConfigMap', data)}---\n{_manifest('Secret', data)}",
        "k8s/x.sops.yaml": _manifest("ConfigMap", data),
        "k8s/values.yaml": "data: x\n",
    }
    found = messages(ID, files)
    assert [each.partition(":")[0] for each in found] == [
        "k8s/both.yaml",
        "k8s/db.yaml",
        "k8s/values.yaml",
        "k8s/x.sops.yaml",
    ]


def test_a_manifest_in_which_the_selector_finds_something() -> None:
    files = {
        ".sops.yaml": f"{RULES}    encrypted_regex: ^password$\n",
        "secrets/a.yaml": _manifest("HelmRelease", "spec:\n  password: x\n"),
        "secrets/b.yaml": _manifest("HelmRelease", "spec:\n  name: x\n"),
        "secrets/c.yaml": "user: x\n",
    }
    assert messages(ID, files) == ["secrets/a.yaml: is not encrypted, and rule 1 of .sops.yaml claims it"]


def test_a_pattern_that_claims_everything() -> None:
    files = {
        ".sops.yaml": f"creation_rules:\n  - path_regex: .*\n    age: {ALICE}\n",
        "README.txt": "hello\n",
        "hosts.ini": "[all]\na=b\n",
        "db.yaml": _manifest("Secret", "data:\n  a: b\n"),
        "x.sops.json": "{}\n",
    }
    found = messages(ID, files)
    assert [each.partition(":")[0] for each in found] == ["db.yaml", "x.sops.json"]


def test_a_public_key_beside_secrets() -> None:
    files = {
        ".sops.yaml": RULES,
        "secrets/nova.age-pub": f"{ALICE}\n",
        "secrets/ssh_host": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI root@nova\n",
    }
    assert messages(ID, files) == []


def test_a_template_is_not_to_be_encrypted(tmp_path: Path) -> None:
    files = {
        ".sops.yaml": RULES,
        "secrets/a.yaml": "password: {{ .Values.password }}\n",
        "secrets/b.yaml": "{% if x %}\npassword: y\n{% endif %}\n",
        "tmpl/c.sops.yaml": "password: ${PASSWORD}\n",
        "chart/d.sops.yaml": "password: {{ password }}\n",
    }
    subject = example(tmp_path, files)
    findings = found(ID, subject)
    assert [(each.path, each.severity) for each in findings] == [
        ("secrets/a.yaml", Severity.WARNING),
        ("secrets/b.yaml", Severity.WARNING),
    ]
    repair = audit(ID).repair
    assert repair is not None
    assert repair(subject, findings[0]) is None


def test_the_repair_encrypts_it(tmp_path: Path) -> None:
    subject = example(tmp_path, {".sops.yaml": RULES, "secrets/a.yaml": "password: x\n"})
    (finding,) = found(ID, subject)
    repair = audit(ID).repair
    assert repair is not None
    wanted = repair(subject, finding)
    assert wanted is not None
    assert wanted.encrypt == ("secrets/a.yaml",)
