"""Repositories that mean harm, or are wrong in every way: audits of Flux end, in time, without an error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sopskit import audits
from sopskit.workflows.flux import notes, standings
from tests.audits.examples import example
from tests.audits.flux.repositories import RULES

if TYPE_CHECKING:
    from pathlib import Path

BUILT = "postBuild: {substitute: {A: b}}"
API = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
BOMB = "".join(f"x{n}: &x{n} [{','.join([f'*x{n - 1}'] * 9) if n else 'a'}]\n" for n in range(12))
PATCH = "patches: [{patch: '- {op: add, path: /spec/x, value: 1}', target: {kind: Kustomization}}]"
REPOSITORIES = {
    "nodes that hold themselves": {
        "k.yaml": f"{API}metadata: &m {{name: a, x: *m}}\nspec: {{path: ./a, {PATCH}}}\n",
        "a/k.yaml": f"{API}metadata: {{name: b}}\nspec: &s {{path: ./b, y: *s, {BUILT}}}\n",
        "b/k.yaml": f"{API}metadata: {{name: c}}\nspec: &q {{path: './${{A}}', z: *q}}\n",
    },
    "aliases that multiply": {
        "k.yaml": f"{API}metadata: {{name: a}}\nspec: {{path: ./a, {PATCH}, {BUILT}}}\n",
        "a/k.yaml": f"{API}metadata: {{name: b}}\n{BOMB}spec: {{path: ./, x: *x11}}\n",
    },
    "folders that multiply": {
        "k.yaml": f"{API}metadata: {{name: a}}\nspec: {{path: ./d0}}\n",
        **{f"d{n}/kustomization.yaml": f"resources: [{','.join([f'../d{n + 1}'] * 9)}]\n" for n in range(30)},
    },
    "patches that are none": {
        "k.yaml": f"{API}metadata: {{name: a}}\nspec: {{path: ./a, patches: [{{patch: 'x: [', target: "
        "{name: '(((', labelSelector: 'a in (b,!!=,c notin'}}, {target: 3}, 7, {patch: {a: b}}]}\n",
        "a/k.yaml": f"{API}metadata: {{name: b, labels: 3}}\nspec: [1]\n",
    },
    "other types": {
        "k.yaml": f"{API}metadata: [a]\nspec: {{path: {{a: b}}, decryption: x, sourceRef: [x], "
        ""
        "components: 3, postBuild: {substituteFrom: [3, {kind: ConfigMap}, {kind: ConfigMap, name: x}], "
        "substitute: [a]}}\n",
        "kustomization.yaml": "resources: {a: b}\nsecretGenerator: [3, {files: [=, a=, =b, {a: b}], envs: 3, "
        "env: [x]}]\npatches: 3\ncomponents: [[a]]\nnamespace: [x]\nbases: [3]\n",
    },
    "each applies all": {
        f"k{n}.yaml": f"{API}metadata: {{name: a{n}}}\nspec: {{path: ./}}\n" for n in range(200)
    },
}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_it_ends(name: str, tmp_path: Path) -> None:
    begin = time.monotonic()
    subject = example(tmp_path, {".sops.yaml": RULES, **REPOSITORIES[name]})
    for audit in audits.audits():
        if audit.id.startswith("flux-"):
            for finding in audit.detect(subject):
                assert (finding.message + finding.hint).isprintable()
    assert len(list(notes(subject))) < 1000
    assert len(standings(subject)) < 1000
    assert time.monotonic() - begin < 20
