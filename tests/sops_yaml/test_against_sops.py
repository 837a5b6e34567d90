"""Real sops is the judge: which rule it chooses, the groups it builds, and what it refuses.

`sops updatekeys`, answered with "n", prints the groups of the chosen rule without needing any key.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError, UnsupportedShapeError
from sopskit.sops_yaml import editing
from sopskit.sops_yaml.reading import load
from tests.programs import program
from tests.sops_yaml.samples import NEW, SHAPES, age

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.sops_yaml.model import SopsYaml

# A file of a recipient that no rule has; updatekeys compares recipients before it opens anything.
_ENCRYPTED = f"""sops:
    age:
        - enc: x
          recipient: {age("nobody")}
    lastmodified: "2026-01-01T00:00:00Z"
    mac: ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]
    version: 3.13.3
"""


def groups_of_sops(folder: Path, config: bytes, path: str) -> list[list[str]] | str:
    """The groups that sops wants for a file at `path`, sorted within each; its complaint where it fails."""
    (folder / ".sops.yaml").write_bytes(config)
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_ENCRYPTED)
    done = subprocess.run(
        [program("sops"), "updatekeys", "--input-type", "yaml", target],
        cwd=folder, input=b"n\n", capture_output=True, check=False,
        env={**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"},
    )  # fmt: skip
    if done.returncode:
        return done.stderr.decode("utf-8", "replace").strip()
    groups: list[list[str]] = []
    for line in done.stdout.decode().splitlines():
        if line.startswith("Group "):
            groups.append([])
        elif line.startswith("+++ "):
            groups[-1].append(line[4:])
    return [sorted(group) for group in groups]


def groups_of_ours(doc: SopsYaml, path: str) -> list[list[str]] | None:
    rule = doc.rule_for(path)
    if rule is None:
        return None
    return [sorted(member.recipient.text for member in group) for group in rule.groups]


PATHS = {
    "aligned-columns": ("hosts/cache/a.yaml", "hosts/other.yaml"),
    "comma-string": ("a.dev.yaml", "b.prod.yaml", "c.yaml"),
    "crlf-bom": ("büro/x.yaml", "buro/x.yaml"),
    "dev-stdin": ("dev/stdin", "x"),
    "flat-lists": ("web/a.yaml", "a.yaml"),
    "flow-multiline": ("one/a", "two/a", "three/a", "four/a", "five/a"),
    "folded-string": ("clusters/a", "apps/a"),
    "generated-40-hosts": ("secrets/host00/a", "secrets/host38/a", "secrets/host01/a"),
    "keys-as-names": ("alone/a", "a"),
    "keys-below": ("a/x",),
    "kms-groups": ("x",),
    "kms-only": ("dev/a", "prod/a", "vault/a"),
    "merge": ("one/a", "two/a"),
    "nested-roles": ("pine/secrets.yaml", "pine/secrets.yaml.bak"),
    "no-final-newline": ("x",),
    "readme-convention": ("secrets/a.yaml", "secrets/nosaxa/a.yaml"),
    "role-mapping": ("pine/a", "oak/a"),
    "shared-list": ("one/a", "two/a", "three/a"),
    "stray-dash": ("secrets/a",),
    "subkey-id": ("secrets/a.yaml", "secrets/pine/a.yaml"),
    "two-anchors-one-key": ("notes/a",),
    "typo": ("anything",),
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_rules_of_the_shapes_have_the_groups_that_sops_builds(shape: Path, tmp_path: Path) -> None:
    data = shape.read_bytes()
    doc = load(data, shape.name)
    for path in PATHS[shape.stem]:
        theirs = groups_of_sops(tmp_path, data, path)
        ours = groups_of_ours(doc, path)
        assert theirs == ours or (ours is None and "no matching creation rules" in theirs)


# Each list of patterns is tried on each path; the number of the chosen rule shows in its recipient.
PATTERNS = [
    ("^secrets/a\\.yaml$", "secrets/[^/]+$", "secrets"),
    ("/secrets/", "^/", "secrets/.*/x", "é.z", ""),
    ("a.b", "(?s)a.b", "(?i)SECRETS", "\\x{FFFD}", "^[[:alpha:]]+$", "\\.yaml$"),
    ("(a*)*(a*)*(a*)*c$", "\\Qa\\C\\E", "\\d{2,}", "[^\\x00-\\x7f]", "\\bx\\b"),
]
RULE_PATHS = [
    "secrets/a.yaml", "secrets/b/x", "SECRETS/x",
    "a\nb", os.fsdecode(b"a\xffb"), os.fsdecode(b"\xc3\xa9\xc3z"),
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "deep/secrets/x y", "x", "a\\Cb", "n12",
]  # fmt: skip


@pytest.mark.parametrize("patterns", PATTERNS, ids=range(len(PATTERNS)))
def test_the_same_rule_as_sops_claims_a_path(patterns: tuple[str, ...], tmp_path: Path) -> None:
    rules = [f"- path_regex: '{pattern}'\n  age: {age(pattern)}\n" for pattern in patterns]
    config = ("creation_rules:\n" + "".join(rules)).encode()
    doc = load(config, ".sops.yaml")
    for path in RULE_PATHS:
        theirs = groups_of_sops(tmp_path, config, path)
        ours = groups_of_ours(doc, path)
        assert theirs == ours or (ours is None and "no matching creation rules" in theirs), path


# Configurations that sops cannot load at all, for any path.
UNLOADABLE = [
    "creation_rules: [{age: &a.b x}]",
    "creation_rules: [{age: [*nobody]}]",
    "creation_rules: [{key_groups: [{age: x}]}]",
    "creation_rules: [{mac_only_encrypted: 'true'}]",
    "creation_rules: [{shamir_threshold: '2'}]",
    "creation_rules: [{path_regex: [a]}]",
    "creation_rules: [{path_regex: 1, path_regex: 1}]",
    "creation_rules: [{kms: {a: 1, a: 2}}]",
    "creation_rules: [{<<: [{age: x, age: y}]}]",
    "creation_rules: [{<<: 5}]",
    "creation_rules: {age: x}",
    "creation_rules: []\ncreation_rules: []",
    "destination_rules: [{recreation_rule: {key_groups: {}}}]\ncreation_rules: [{age: ''}]",
    "stores: {yaml: {indent: two}}\ncreation_rules: [{age: ''}]",
    "creation_rules: [{key_groups: &g [{merge: *g}]}]",
    "a: b: c",
    "a: 'b",
    "just text",
]


@pytest.mark.parametrize("text", UNLOADABLE)
def test_what_sops_cannot_load_is_an_error_with_a_line(text: str, tmp_path: Path) -> None:
    assert isinstance(groups_of_sops(tmp_path, text.encode(), "x"), str)
    with pytest.raises(ConfigurationError) as caught:
        load(text.encode(), ".sops.yaml")
    assert caught.value.path == ".sops.yaml"
    assert caught.value.line is not None


# Configurations that fail only for the path `x`, once the rule is reached; `early` has its own rule before.
FAILING_RULES = [
    "path_regex: '('",
    "path_regex: '\\C'",
    "age: 12",
    "age: [~]",
    "age: {a: b}",
    "age: ['', 'x']",
    f"age: {age('one')[:-1]}q",
    "age: AGE-SECRET-KEY-1QQQQ",
    "pgp: 1234567890123456",
    "pgp: 12345678e1",
    "azure_keyvault: https://x/nokeys",
    "hc_vault_transit_uri: vault/v1/transit/keys/x",
    "hc_vault_transit_uri: https://vault/prefix/v1/transit/keys/x",
    "hckms: [nocolon]",
    "key_groups: [{age: ['x,']}]",
    "encrypted_regex: a\n  unencrypted_suffix: b",
]


@pytest.mark.parametrize("rule", FAILING_RULES)
def test_a_rule_that_sops_fails_on_is_an_error_only_once_it_is_reached(rule: str, tmp_path: Path) -> None:
    text = f"creation_rules:\n- path_regex: early\n  age: {age('e')}\n- {rule}\n"
    doc = load(text.encode(), ".sops.yaml")
    assert groups_of_sops(tmp_path, text.encode(), "early") == groups_of_ours(doc, "early") == [[age("e")]]
    assert isinstance(groups_of_sops(tmp_path, text.encode(), "x"), str)
    with pytest.raises(ConfigurationError) as caught:
        doc.rule_for("x")
    assert (caught.value.path, caught.value.line) == (".sops.yaml", 4)
    assert "SECRET" not in str(caught.value)


# What sops takes although it looks odd.
ACCEPTED = [
    "creation_rules: [{age: ''}]",
    "creation_rules: [{age: ~, pgp: [], kms: ''}]",
    "creation_rules: [~, {pgp: 25209AE7B044285E}]",
    "creation_rules: [{pgp: [anything at all, '25 20']}]",
    "creation_rules: [{pgp: '0x25209AE7B044285E , x,,'}]",
    f"creation_rules: [{{age: [' {age('a')} ', '{age('b')},{age('c')}', {age('a')}]}}]",
    f"creation_rules: [{{key_groups: [{{age: ['{age('a')}, {age('b')}', {age('a')}]}}, ~, {{}}]}}]",
    "creation_rules: [{mac_only_encrypted: 'yes', shamir_threshold: 0o2, path_regex: 1}]\n",
    "creation_rules: [{shamir_threshold: 2.7, mac_only_encrypted: TRUE, pgp: 1_0x}]",
    "x: &x {pgp: merged, path_regex: never}\ncreation_rules: [{<<: *x, path_regex: ''}]",
    "x: {a: 1, a: 2}\ncreation_rules: [{pgp: '1'}]",
    "creation_rules: [{pgp: one}]\n---\ncreation_rules: 5\n",
    "keys:\t# c\n- &a\tx\t# c\ncreation_rules: [{pgp:\t*a\t, path_regex:\t'1'\t}]\t\n",
    "? creation_rules\n: - ? pgp\n    : x\n",
    "creation_rules: [{kms: 'arn:a + arn:b, c d', aws_profile: p, gcp_kms: a b}]",
    "creation_rules: [{hckms: ['r:1,r:2 ', 'r: 3', '']}]",
    "creation_rules: [{key_groups: [{age: ['']}]}]",
    "creation_rules: [{key_groups: [{azure_keyvault: [{vaultUrl: x, version: v}]}]}]",
    "creation_rules: [{hc_vault_transit_uri: ['', 'https://vault:8200/v1/a/keys/b']}]",
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.stem)
def test_sops_reads_an_edited_file_as_it_was_meant(shape: Path, tmp_path: Path) -> None:
    doc = editing.add_key(load(shape.read_bytes(), shape.name), "newhost", NEW["age"])
    for rule in doc.rules[:4]:
        with contextlib.suppress(UnsupportedShapeError):
            doc = editing.add_to_rules(doc, (rule.number,), "newhost", 0)
    for path in PATHS[shape.stem]:
        ours = groups_of_ours(doc, path)
        assert ours is None or groups_of_sops(tmp_path, doc.text.encode(), path) == ours


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_sops_accepts_gives_the_same_groups(text: str, tmp_path: Path) -> None:
    theirs = groups_of_sops(tmp_path, text.encode(), "1")
    ours = groups_of_ours(load(text.encode(), ".sops.yaml"), "1")
    assert ours is not None
    # Groups that come out empty are not printed by sops behind the first.
    assert theirs == ours or [group for group in theirs if group] == [group for group in ours if group]
