"""Small repositories for Flux: a right one, and for each defect one that has it and is right otherwise."""

from __future__ import annotations

import contextlib
import io
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from sopskit.cli.main import main
from tests.flux_controller.key_pairs import CLUSTER, FOREIGN, SSH_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Files = dict[str, str]

RULES = f"""\
keys:
  - &cluster_age {CLUSTER.recipient}
  - &foreign_age {FOREIGN.recipient}
creation_rules:
  - path_regex: ^apps/.+\\.sops\\.yaml$
    encrypted_regex: ^(data|stringData)$
    age: *cluster_age
  - path_regex: ^apps/.+\\.sops\\.env$
    age: *cluster_age
  - path_regex: ^apps/.+\\.whole\\.yaml$
    age: *cluster_age
  - path_regex: ^apps/.+\\.foreign\\.yaml$
    encrypted_regex: ^(data|stringData)$
    age: *foreign_age
  - path_regex: ^apps/.+\\.groups\\.yaml$
    encrypted_regex: ^(data|stringData)$
    shamir_threshold: 2
    key_groups:
      - age: [*cluster_age]
      - age: [*foreign_age]
"""
BINDING = '[consumers]\n"flux:clusters/NAMESPACE/sops-age" = "cluster"\n'
DECRYPTION = """\
  decryption:
    provider: sops
    secretRef:
      name: sops-age
"""


class Sample(NamedTuple):
    """A repository and what is on its cluster beside it.

    Attributes:
        effect: what its defect does: "fails", "ciphertext", or "" where Flux applies the right values.
        change: puts the defect into the files of the right repository, before they are encrypted.
        after: the same, for what encryption would not write.
        key: the entries of the Secret `sops-age` that decrypts.
        at: the namespace of that Secret; "" for that of the Kustomization.
        ids: the audits that find it.
    """

    effect: str
    change: Callable[[Files], None] = lambda _: None
    after: Callable[[Files], None] = lambda _: None
    key: Mapping[str, str] = {"cluster.agekey": CLUSTER.identity}
    at: str = ""
    ids: tuple[str, ...] = ()


def kustomization(resources: str = "", **fields: str) -> str:
    """A kustomization.yaml; each field as YAML text."""
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    listed = f"resources: [{resources}]\n" if resources else ""
    return head + listed + "".join(f"{name}:\n{textwrap.indent(text, '  ')}" for name, text in fields.items())


def manifest(kind: str, content: str, *, name: str = "app", api: str = "v1") -> str:
    """An object of Kubernetes, with what follows its metadata."""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: NAMESPACE\n{content}"


def right() -> Files:
    """A repository without a defect: one Flux Kustomization that applies one encrypted Secret."""
    return {
        ".sops.yaml": RULES,
        ".sopskit.toml": BINDING,
        "clusters/apps.yaml": flux_kustomization(),
        "apps/kustomization.yaml": kustomization("secret.sops.yaml"),
        "apps/secret.sops.yaml": manifest("Secret", "stringData:\n  password: right_value\n"),
    }


def flux_kustomization() -> str:
    """A Flux Kustomization that applies the folder `apps`."""
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata:\n  name: apps\n  namespace: NAMESPACE\n"
        "spec:\n  interval: 10m\n  path: ./apps\n  prune: true\n"
        f"  sourceRef:\n    kind: GitRepository\n    name: flux-system\n{DECRYPTION}"
    )


def write(root: Path, namespace: str, sample: Sample) -> None:
    """Write a sample's repository, its secret files encrypted."""
    files = right()
    sample.change(files)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("NAMESPACE", namespace))
    secret = [
        path for path in files if path.startswith("apps/") and path.count(".") == 2 and "/plain." not in path
    ]
    if secret:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assert main(["-C", str(root), "-q", "encrypt", "-i", *secret]) == 0, said.getvalue()
    encrypted = {path: (root / path).read_text() for path in files}
    sample.after(encrypted)
    for path, text in encrypted.items():
        (root / path).write_text(text)


def _files(**files: str) -> Callable[[Files], None]:
    """Put files into `apps`; `__` stands for a dot, and a value of "" removes one."""

    def change(found: Files) -> None:
        for name, text in files.items():
            found[f"apps/{name.replace('__', '.')}"] = text

    return change


def _no_decryption(change: Callable[[Files], None] = lambda _: None) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        change(files)
        files["clusters/apps.yaml"] = files["clusters/apps.yaml"].replace(DECRYPTION, "")

    return changed


def _spec(more: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files["clusters/apps.yaml"] += more

    return change


def _both(*changes: Callable[[Files], None]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for each in changes:
            each(files)

    return change


def _quoted_mac(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        lines = files[path].splitlines()
        at = next(number for number, line in enumerate(lines) if line.strip().startswith("mac: ENC["))
        start, mac = lines[at].split("mac: ")
        lines[at] = f"{start}mac: '{mac}'"
        files[path] = "\n".join(lines) + "\n"

    return change


def _generated(what: str, **files: str) -> Callable[[Files], None]:
    kind, _, fields = what.partition("/")
    generator = kustomization(**{f"{kind}Generator": f"- name: app\n  namespace: NAMESPACE\n  {fields}\n"})
    return _files(kustomization__yaml=generator, **files)


SUBSTITUTION = "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: nowhere\n"
SECRET_DATA = manifest("Secret", "data:\n  password: cmlnaHRfdmFsdWU=\n")
CONFIG_MAP = manifest("ConfigMap", "data:\n  password: right_value\n")
LIST = (
    "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata:\n"
    "      name: app\n      namespace: NAMESPACE\n    stringData:\n      password: right_value\n"
)
ENV = "password=right_value\n"
BASE = kustomization(secretGenerator="- name: app\n  namespace: NAMESPACE\n  envs: [values.sops.env]\n")
COMPONENT = BASE.replace("v1beta1", "v1alpha1").replace("kind: Kustomization", "kind: Component")

SAMPLES: dict[str, Sample] = {
    "right": Sample(""),
    "data-without-decryption": Sample("fails", _no_decryption(_files(secret__sops__yaml=SECRET_DATA))),
    "string-data-without-decryption": Sample("ciphertext", _no_decryption()),
    "config-map-without-decryption": Sample(
        "ciphertext", _no_decryption(_files(secret__sops__yaml=CONFIG_MAP))
    ),
    "list-without-decryption": Sample("ciphertext", _no_decryption(_files(secret__sops__yaml=LIST))),
    "generated-without-decryption": Sample(
        "ciphertext", _no_decryption(_generated("secret/envs: [values.sops.env]", values__sops__env=ENV))
    ),
    "list": Sample("ciphertext", _files(secret__sops__yaml=LIST)),
    "only-age.key": Sample("fails", key={"age.key": CLUSTER.identity}),
    "age.key-beside-a-good-one": Sample("", key={"age.key": CLUSTER.identity, "x.agekey": CLUSTER.identity}),
    "ssh-identity": Sample("fails", key={"cluster.agekey": f"{CLUSTER.identity}\n{SSH_IDENTITY}"}),
    "other-namespace": Sample("fails", at="default"),
    "foreign-key": Sample(
        "fails",
        _files(
            kustomization__yaml=kustomization("secret.foreign.yaml"),
            secret__foreign__yaml=manifest("Secret", "stringData:\n  password: right_value\n"),
        ),
    ),
    "one-of-two-groups": Sample(
        "fails",
        _files(
            kustomization__yaml=kustomization("secret.groups.yaml"),
            secret__groups__yaml=manifest("Secret", "stringData:\n  password: right_value\n"),
        ),
    ),
    "missing-substitution": Sample("fails", _spec(SUBSTITUTION)),
    "optional-substitution": Sample("", _spec(f"{SUBSTITUTION}        optional: true\n")),
    "quoted-mac": Sample("", after=_quoted_mac("apps/secret.sops.yaml")),
    "generated": Sample("", _generated("secret/envs: [values.sops.env]", values__sops__env=ENV)),
    "generated-by-env": Sample(
        "ciphertext", _generated("secret/env: values.sops.env", values__sops__env=ENV)
    ),
    "generated-config-map": Sample(
        "ciphertext", _generated("configMap/envs: [values.sops.env]", values__sops__env=ENV)
    ),
    "generated-file": Sample(
        "", _generated("secret/files: [values.whole.yaml]", values__whole__yaml="password: right_value\n")
    ),
    "generated-file-with-a-quoted-mac": Sample(
        "ciphertext",
        _generated("secret/files: [values.whole.yaml]", values__whole__yaml="password: right_value\n"),
        _quoted_mac("apps/values.whole.yaml"),
    ),
    "generated-file-under-another-format": Sample(
        "fails",
        _generated("secret/files: [config=values.whole.yaml]", values__whole__yaml="password: right_value\n"),
    ),
    "envs-through-bases": Sample(
        "ciphertext",
        _both(
            _files(kustomization__yaml=kustomization(bases="- ../base\n")),
            lambda files: files.update(
                {"apps/base/kustomization.yaml": BASE, "apps/base/values.sops.env": ENV}
            ),
            lambda files: files.update({"apps/kustomization.yaml": kustomization(bases="- base\n")}),
        ),
    ),
    "envs-through-resources": Sample(
        "",
        _both(
            _files(kustomization__yaml=kustomization("base")),
            lambda files: files.update(
                {"apps/base/kustomization.yaml": BASE, "apps/base/values.sops.env": ENV}
            ),
        ),
    ),
    "envs-through-components": Sample(
        "",
        _both(
            _files(kustomization__yaml=kustomization(components="- part\n")),
            lambda files: files.update(
                {"apps/part/kustomization.yaml": COMPONENT, "apps/part/values.sops.env": ENV}
            ),
        ),
    ),
    "encrypted-metadata": Sample(
        "",
        _files(
            kustomization__yaml=kustomization("secret.whole.yaml"),
            secret__whole__yaml=manifest("Secret", "stringData:\n  password: right_value\n"),
        ),
    ),
    "encrypted-metadata-with-a-target-namespace": Sample(
        "fails",
        _both(
            _files(
                kustomization__yaml=kustomization("secret.whole.yaml"),
                secret__whole__yaml=manifest("Secret", "stringData:\n  password: right_value\n"),
            ),
            _spec("  targetNamespace: default\n"),
        ),
    ),
    "too-large": Sample(
        "fails",
        _files(secret__sops__yaml=manifest("Secret", f"stringData:\n  password: {'x' * 1_100_000}\n")),
    ),
}
