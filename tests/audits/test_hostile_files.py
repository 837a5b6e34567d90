"""A repository that means harm: every audit ends, in time, and says something a person can read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sopskit import audits
from tests.audits.examples import ALICE, encrypted, example

if TYPE_CHECKING:
    from pathlib import Path

RULES = f"creation_rules:\n  - path_regex: ^s/\n    age: {ALICE}\n    encrypted_regex: ^(data|stringData)$\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
DEEP = "[" * 10_000 + "]" * 10_000
FLUX = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  decryption: {provider: sops}\n"
)

TEXTS = {
    "nothing": b"\x00" * 1000,
    "no-utf-8": b"\xff\xfe-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"\xe9" * 1000,
    "deep": DEEP.encode(),
    "deep-flux": f"{FLUX}x: {DEEP}\n".encode(),
    "bomb": BOMB.encode(),
    "bomb-flux": f"{FLUX}{BOMB}".encode(),
    "bomb-encrypted": encrypted(ALICE, clear=BOMB, encrypted_regex="^data$").encode(),
    "long-line": b"kind: Secret # " + b"a: " * 500_000,
    "markers": b"<<<<<<< \n" * 100_000,
    "begins": b"-----BEGIN OPENSSH PRIVATE KEY-----\n" * 20_000,
    "blanks": b"-----BEGIN PRIVATE KEY-----" + b" \n" * 300_000,
    "keys": b"AGE-SECRET-KEY-1" + b"Q" * 1_000_000,
    "nix": b'{ sops.defaultSopsFile = "${' * 50_000,
    "commands": b"sops updatekeys\n" * 50_000,
    "command": b"sops " * 100_000 + b"\\\n" * 100_000,
    "escape": b"\x1b[2J\x1b]0;x\x07 AGE-SECRET-KEY-1",
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_audit_ends_in_time(name: str, tmp_path: Path) -> None:
    content = TEXTS[name]
    secret = [f"s/a.{ending}" for ending in ("yaml", "json", "env", "ini", "bin")]
    others = ["x.yaml", "x.sh", "hosts/x/default.nix", "a.dec.yaml", "Taskfile.yml"]
    files = dict.fromkeys([*secret, *others], content)
    begin = time.monotonic()
    subject = example(tmp_path, {".sops.yaml": RULES, **files})
    for audit in audits.audits():
        for finding in audit.detect(subject):
            assert (finding.message + finding.hint).isprintable()
            assert len(finding.message) < 1000
    assert time.monotonic() - begin < 20


def test_names_that_forge_lines(tmp_path: Path) -> None:
    files = {f"s/a\n\x1b[31m{ending}": "password: x\n" for ending in (".yaml", ".dec.yaml", ".sops.yaml")}
    subject = example(tmp_path, {".sops.yaml": RULES.partition("    encrypted")[0], **files})
    findings = [finding for audit in audits.audits() for finding in audit.detect(subject)]
    assert findings
    assert all((finding.message + finding.hint).isprintable() for finding in findings)
