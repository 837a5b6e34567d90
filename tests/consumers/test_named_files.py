"""Consumers that are known by the files that they name: Argo CD, KSOPS, helmfile, Terraform, Ansible..."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.consumers import KINDS
from tests.audits.examples import ALICE, encrypted
from tests.consumers.sources import consumers

if TYPE_CHECKING:
    from tests.audits.examples import Files

SECRET = encrypted(ALICE)


def found(files: Files) -> list[tuple[str, str, tuple[str, ...], int]]:
    """Kind, name, files and line of the consumers of a repository."""
    return [(each.kind, each.name, each.paths, each.place.line) for each in consumers(files).found]


def unclear(files: Files) -> list[tuple[str, str, int]]:
    """Kind, path and line of what is not understood."""
    return [(each.kind, each.place.path, each.place.line) for each in consumers(files).unclear]


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web, namespace: argocd}}
spec:
  source:
    path: charts/web
    helm:
      valueFiles:
        - values.yaml
        - {value}
"""


@pytest.mark.parametrize(
    "value",
    [
        "secrets://secrets.yaml",
        "sops://secrets.yaml",
        "secrets+age-import:///keys/key.txt?secrets.yaml",
        "'secrets+gpg-import-kubernetes://argocd/keys#key.asc?secrets.yaml'",
        "secrets://$values/charts/web/secrets.yaml",
        "secrets://charts/web/secrets.yaml",
    ],
)
def test_argo_cd_with_helm_secrets(value: str) -> None:
    files = {"apps/web.yaml": APPLICATION.format(value=value), "charts/web/secrets.yaml": SECRET}
    assert found(files) == [("argocd", "web", ("charts/web/secrets.yaml",), 10)]
    assert consumers(files).found[0].namespace == "argocd"


def test_argo_cd_with_several_sources_and_an_application_set() -> None:
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  template:
    spec:
      sources:
        - ref: values
        - chart: web
          helm: {valueFiles: ["secrets://$values/web/secrets.yaml", "secrets://{{path}}/secrets.yaml"]}
"""
    files = {"all.yaml": text, "web/secrets.yaml": SECRET}
    assert found(files) == [("argocd", "all", ("web/secrets.yaml",), 10)]
    assert unclear(files) == [("argocd", "all.yaml", 10)]


@pytest.mark.parametrize(
    "value", ["secrets.yaml", "secrets+literal://vault/a#b", "https://example.org/v.yaml"]
)
def test_other_values_of_argo_cd(value: str) -> None:
    files = {"apps/web.yaml": APPLICATION.format(value=value), "charts/web/secrets.yaml": SECRET}
    assert (found(files), unclear(files)) == ([], [])


def test_ksops() -> None:
    text = """\
apiVersion: viaduct.ai/v1
kind: ksops
metadata: {name: generator}
files:
  - ./secret.enc.yaml
secretFrom:
  - metadata: {name: more}
    files: [config=more.enc.json]
    envs: [app.enc.env]
"""
    files = {
        "apps/web/generator.yaml": text,
        "apps/web/secret.enc.yaml": SECRET,
        "apps/web/more.enc.json": "{}",
        "apps/web/app.enc.env": "A=b\n",
    }
    paths = ("apps/web/app.enc.env", "apps/web/more.enc.json", "apps/web/secret.enc.yaml")
    assert found(files) == [("ksops", "generator", paths, 5)]
    assert found(files | {"apps/web/generator.yaml": text.replace("viaduct.ai", "example.org")}) == []


def test_helmfile() -> None:
    text = """\
environments:
  prod:
    secrets: [env/prod.yaml]
---
releases:
{{ range .Values.list }}
  - name: web
    secrets:
    # the passwords
    - web/secrets.yaml
    - "web/{{ .Environment.Name }}.yaml"
    values:
    - web/values.yaml
    - token: ref+sops://web/vals.yaml#/token
{{ end }}
"""
    names = ("env/prod.yaml", "web/secrets.yaml", "web/vals.yaml", "web/values.yaml")
    files = {"deploy/helmfile.yaml.gotmpl": text} | {f"deploy/{name}": SECRET for name in names}
    paths = ("deploy/env/prod.yaml", "deploy/web/secrets.yaml", "deploy/web/vals.yaml")
    name = "deploy/helmfile.yaml.gotmpl"
    assert found(files) == [("helmfile", name, paths, 3)]
    assert unclear(files) == [("helmfile", name, 11)]
    assert found({"values.yaml": text, "env/prod.yaml": SECRET}) == []


def test_terraform() -> None:
    text = """\
data "sops_file" "one" {
  source_file = "secrets.enc.json"
}
ephemeral "sops_file" "two" {
  input_type  = "raw"
  source_file = "${path.module}/../other.enc.yaml"
}
data "sops_file" "three" {
  source_file = var.file
}
data "local_file" "no" {
  source_file = "plain.yaml"
}
"""
    files = {
        "infra/main.tf": text,
        "infra/secrets.enc.json": "{}",
        "other.enc.yaml": SECRET,
        "infra/plain.yaml": SECRET,
    }
    paths = ("infra/secrets.enc.json", "other.enc.yaml")
    assert found(files) == [("terraform", "infra/main.tf", paths, 2)]
    assert unclear(files) == [("terraform", "infra/main.tf", 9)]


def test_terragrunt() -> None:
    text = """\
locals {
  near = yamldecode(sops_decrypt_file("${get_terragrunt_dir()}/near.yaml"))
  far  = yamldecode(sops_decrypt_file(find_in_parent_folders("far.yaml")))
  # old = sops_decrypt_file("old.yaml")
}
"""
    files = dict.fromkeys(("live/prod/near.yaml", "live/far.yaml", "live/prod/old.yaml"), SECRET)
    assert found(files | {"live/prod/terragrunt.hcl": text}) == [
        ("terraform", "live/prod/terragrunt.hcl", ("live/far.yaml", "live/prod/near.yaml"), 2)
    ]


def test_ansible() -> None:
    text = """\
- hosts: all
  tasks:
    - community.sops.load_vars:
        name: secrets
        file: web.sops.yaml
    - community.sops.load_vars: file=db.sops.yaml
    - set_fact:
        key: "{{ lookup('community.sops.sops', 'secrets/key.sops.yaml') }}"
        other: "{{ lookup('community.sops.sops', path) }}"
        plain: "{{ lookup('file', 'plain.sops.yaml') }}"
"""
    names = ("vars/web.sops.yaml", "db.sops.yaml", "secrets/key.sops.yaml", "plain.sops.yaml")
    files = {"site/play.yml": text} | {f"site/{name}": SECRET for name in names}
    paths = ("site/db.sops.yaml", "site/secrets/key.sops.yaml", "site/vars/web.sops.yaml")
    assert found(files) == [("ansible", "site/play.yml", paths, 5)]
    assert unclear(files) == [("ansible", "site/play.yml", 9)]


def test_variables_of_ansible_where_the_plugin_is_enabled() -> None:
    names = ("group_vars/all.sops.yaml", "host_vars/nas/db.sops.yml", "host_vars/nas/.hidden.sops.yml")
    files = dict.fromkeys(names, SECRET) | {"host_vars/nas/plain.yml": "a: b\n"}
    assert found(files) == []
    assert unclear(files) == [("ansible", name, 0) for name in names[:2]]
    enabled = {"ansible.cfg": "[defaults]\nvars_plugins_enabled = host_group_vars,community.sops.sops\n"}
    assert found(files | enabled) == [
        ("ansible", "group_vars/all", (names[0],), 1),
        ("ansible", "host_vars/nas", (names[1],), 1),
    ]


def test_compose() -> None:
    text = """\
services:
  web:
    env_file:
      - plain.env
      - path: web.sops.env
  db:
    env_file: "${NAME}.env"
secrets:
  key:
    file: ./key.sops.yaml
"""
    value = "ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]"
    env = f"A={value}\nsops_mac={value}\nsops_version=3.13.3\nsops_lastmodified=2026-01-01T00:00:00Z\n"
    files = {
        "web/compose.prod.yaml": text,
        "web/plain.env": "A=b\n",
        "web/web.sops.env": env + f"sops_age__list_0__map_recipient={ALICE}\nsops_age__list_0__map_enc=x\n",
        "web/key.sops.yaml": SECRET,
    }
    paths = ("web/key.sops.yaml", "web/web.sops.env")
    assert found(files) == [("compose", "web/compose.prod.yaml", paths, 3)]
    assert unclear(files) == []
    assert found({**files, "web/compose.prod.yaml": "services:\n  web: {env_file: plain.env}\n"}) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Makefile", "\tsops exec-env secrets/web.yaml 'make deploy'"),
        ("Taskfile.yml", '      - sops exec-env "secrets/web.yaml" ./deploy'),
        ("justfile", "    sops -d secrets/web.yaml | kubectl apply -f -"),
        ("deploy.sh", "/usr/bin/sops --decrypt --output-type json \\\n    secrets/web.yaml > /dev/null"),
        (".envrc", 'eval "$(sops decrypt --output-type dotenv secrets/web.yaml)"'),
        (".github/workflows/deploy.yaml", "      - run: sopskit exec-file secrets/web.yaml ./deploy"),
    ],
)
def test_commands(name: str, line: str) -> None:
    files = {name: f"# first\n{line}\n", "secrets/web.yaml": SECRET}
    assert found(files) == [("command", name, ("secrets/web.yaml",), 2)]


@pytest.mark.parametrize(
    "line",
    [
        "sops updatekeys secrets/web.yaml",
        "# sops exec-env secrets/web.yaml ./deploy",
        "sops exec-env $FILE ./deploy",
        "sops decrypt other.yaml; cat secrets/web.yaml",
        "notsops -d secrets/web.yaml",
    ],
)
def test_commands_that_are_not_meant(line: str) -> None:
    files = {"deploy.sh": f"{line}\n", "secrets/web.yaml": SECRET}
    assert (found(files), unclear(files)) == ([], [])


def test_a_consumer_is_bound_to_hosts() -> None:
    files = {
        "Makefile": "deploy:\n\tsops exec-env web.yaml make\n",
        "web.yaml": SECRET,
        ".sopskit.toml": '[consumers]\n"command:Makefile" = ["alice", "server_nova"]\n',
    }
    assert [each.host for each in consumers(files).found] == ["alice", "server_nova"]


HOSTILE = {
    "out of the repository": "../../../etc/passwd",
    "absolute": "/etc/passwd",
    "itself": "play.yml",
    "missing": "missing.yaml",
    "a template": "{{ lookup('env', 'HOME') }}/a.yaml",
    "a million characters": "a/" * 500_000,
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names(name: str) -> None:
    files = {
        "app.yaml": APPLICATION.format(value=f'"secrets://{name}"'),
        "ksops.yaml": f'apiVersion: viaduct.ai/v1\nkind: ksops\nfiles: ["{name}"]\n',
        "helmfile.yaml": f'secrets:\n  - "{name}"\n',
        "main.tf": f'data "sops_file" "a" {{\n  source_file = "{name}"\n}}\n',
        "play.yml": f'- community.sops.load_vars:\n    file: "{name}"\n',
        "compose.yaml": f'services: {{a: {{env_file: "{name}"}}}}\n',
        "a.sh": f'sops -d "{name}"\n',
    }
    result = consumers(files)
    assert {path for each in result.found for path in each.paths} <= set(files)


NESTED = "[" * 200_000
#: A list that holds a list ten times, which holds one ten times, ...
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))


@pytest.mark.parametrize("content", [NESTED, BOMB, "\0", "a: [", "{{ if }}\n", "a: &a [*a]\n", "'" * 100_000])
def test_malformed_files(content: str) -> None:
    start = (
        "# argoproj.io/ valueFiles secrets:// ksops viaduct.ai/ community.sops sops_ file: sops secrets:\n"
    )
    names = (
        "app.yaml",
        "helmfile.yaml",
        "main.tf",
        "terragrunt.hcl",
        "compose.yaml",
        "Makefile",
        "ansible.cfg",
    )
    assert consumers(dict.fromkeys(names, start + content)).found == ()


def test_many_aliases_in_an_application() -> None:
    text = (
        APPLICATION.format(value="&a secrets://secrets.yaml")
        + "  sources: &s\n"
        + "    - {helm: {valueFiles: &v [" + "*a, " * 5_000 + "]}}\n"
        + "    - {helm: {valueFiles: *v}}\n" * 5_000
    )  # fmt: skip
    files = {"app.yaml": text, "charts/web/secrets.yaml": SECRET}
    assert found(files)[0][2] == ("charts/web/secrets.yaml",)


def test_every_kind_has_a_module() -> None:
    assert list(KINDS)[:2] == ["flux", "nix"]
    assert consumers({}).found == ()
