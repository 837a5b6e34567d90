"""Whatever a repository holds, audits end without an error, and what they find is as findings are."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit import audits
from sopskit.errors import SopskitError
from sopskit.keys.pgp import Keyring
from sopskit.sops_yaml.checks import rule_shapes
from sopskit.sops_yaml.reading import load_text
from sopskit.workflows.repair import collect
from tests.audits.examples import ALICE, ALICE_PGP, BOB, encrypted, example
from tests.sops_yaml.test_claims_against_sops import PATTERNS

_FIELDS = st.sampled_from(
    (
        f"age: {ALICE}", f"age: [{ALICE}, '{BOB}']", f"pgp: {ALICE_PGP[-16:]}", "age: *a", "pgp: ''",
        "age: junk",
        f"key_groups: [{{age: [{ALICE}]}}, {{pgp: [{ALICE_PGP}]}}]", "key_groups: [{gpg: [x]}, ~, {}]",
        "shamir_threshold: 2", "shamir_threshold: 9", "encrypted_regex: ^data$", "encrypted_regex: '('",
        "unencrypted_suffix: _x", "path: a", "path_regx: ^a", "note: x", "mac_only_encrypted: true",
        "kms: arn",
        "? {a: b}\n    : c", "'': x", "encrypted_regexp: x  # sopskit: ignore[unknown-field, nothing]",
    )
)  # fmt: skip
_RULES = st.lists(st.tuples(PATTERNS, st.lists(_FIELDS, max_size=4, unique=True)), max_size=5)
_CONTENTS = st.sampled_from(
    (
        "", "a: 1\n", "a: [", "\x00", "- x\n", "{}", "[a]\nb = 1\n", "A=1\n", "sops: {}\n",
        encrypted(ALICE), encrypted(BOB, ALICE_PGP, encrypted_regex="^data$"),
        encrypted(ALICE, clear="<<<<<<< ours\n"), encrypted(ALICE)[:200],
        "AGE-SECRET-KEY-1" + "Q" * 58 + "\n", "data:\n  password: x\nkind: Secret\n",
    )
)  # fmt: skip
_PATHS = st.sampled_from(
    (
        "a.yaml", "secrets/a.yaml", "secrets/a.sops.yaml", "hosts/nova/x.env", "x.ini", "b.json", "nova/k",
        "README.md",
        "secrets/README.md", "a b.yaml", "é.yaml", "a.yaml.bak", "sub/.sops.yml", ".gitignore", "flake.nix",
    )
)  # fmt: skip


def _config(rules: list[tuple[str, list[str]]]) -> str:
    text = f"keys:\n  - &a {ALICE}\n  - &b {ALICE}\n  - &c {BOB}\ncreation_rules:\n"
    for pattern, fields in rules:
        quoted = pattern.replace("'", "''")
        text += "".join(f"  - path_regex: '{quoted}'\n" if pattern else "  - note2: x\n")
        text += "".join(f"    {field}\n" for field in fields)
    return text


@given(_RULES, st.dictionaries(_PATHS, _CONTENTS), st.booleans())
@settings(max_examples=15)
def test_audits_of_any_repository(
    rules: list[tuple[str, list[str]]], files: dict[str, str], nested: bool
) -> None:
    configs = {".sops.yaml": _config(rules)}
    if nested:
        configs["secrets/.sops.yaml"] = _config(rules[1:])
    with tempfile.TemporaryDirectory() as folder:
        subject = example(Path(folder), files | configs)
        subject.keyring = Keyring({"GNUPGHOME": folder, "PATH": ""})
        for audit in audits.audits():
            findings = []
            try:
                findings = list(audit.detect(subject))
            except SopskitError as error:
                assert not audit.needs, error  # noqa: PT017 - a program that is missing, for one
            for finding in findings:
                place, text = finding.place, (subject.content(finding.path) or b"").decode("utf-8", "replace")
                assert finding.id == audit.id
                assert 0 <= place.line <= place.end_line <= text.count("\n") + 1
                assert (place.line == 0) == (place.column == 0)
                assert "\n" not in finding.message + finding.hint
                assert "Q" * 20 not in finding.message + finding.hint
            repairs = collect(subject, [each._replace(fixable=True) for each in findings])
            for config in repairs.configs.rewritten(subject.inventory.configs):
                read = load_text(config.document.text, config.path)
                assert rule_shapes(read.rules) == rule_shapes(config.document.rules)
