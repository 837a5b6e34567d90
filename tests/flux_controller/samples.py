"""Small repositories for Flux: a right one, and for each defect one that has it and is right otherwise."""

from __future__ import annotations

import contextlib
import io
import json
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
  - path_regex: ^apps/.+\\.names\\.yaml$
    encrypted_regex: ^(password|resourceNames)$
    age: *cluster_age
  - path_regex: ^apps/.+\\.sops\\.bin$
    age: *cluster_age
  - path_regex: ^keys/.+
    encrypted_regex: ^(data|stringData)$
    age: *foreign_age
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
        is_asked_for: the repository asks for ciphertext.
    """

    effect: str
    change: Callable[[Files], None] = lambda _: None
    after: Callable[[Files], None] = lambda _: None
    key: Mapping[str, str] = {"cluster.agekey": CLUSTER.identity}
    at: str = ""
    is_asked_for: bool = False


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
    secret = [path for path in files if path.startswith(("apps/", "keys/")) and _is_secret(path)]
    if secret:
        with contextlib.chdir(root), contextlib.redirect_stderr(io.StringIO()) as said:
            assert main(["-q", "encrypt", "-i", *secret]) == 0, said.getvalue()
    encrypted = {path: (root / path).read_text() for path in files}
    sample.after(encrypted)
    for path, text in encrypted.items():
        (root / path).write_text(text)


def _is_secret(path: str) -> bool:
    return path.count(".") == 2 and "/plain." not in path


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


def _mac(path: str, written: str) -> Callable[[Files], None]:
    """The MAC written another way: `MAC` stands for it."""

    def change(files: Files) -> None:
        lines = files[path].splitlines()
        at = next(number for number, line in enumerate(lines) if line.strip().startswith("mac: ENC["))
        start, mac = lines[at].split("mac: ")
        lines[at] = f"{start}mac: {written.replace('MAC', mac)}"
        files[path] = "\n".join(lines) + "\n"

    return change


def _from_above(parent: str = "", patch: str = "") -> Callable[[Files], None]:
    """The Kustomization without decryption, and one that applies it, whose spec or overlay may patch it."""

    def change(files: Files) -> None:
        written = files["clusters/apps.yaml"]
        files["children/apps.yaml"] = written.replace(DECRYPTION, "")
        files["children/kustomization.yaml"] = kustomization("apps.yaml") + patch
        above = written.replace("name: apps", "name: above").replace("./apps", "./children")
        files["clusters/apps.yaml"] = above.replace(DECRYPTION, "") + parent

    return change


def _key_manifest(namespace: str, entry: str, path: str = "keys/key.sops.yaml") -> Callable[[Files], None]:
    """The Secret that decrypts, in the repository."""
    text = manifest("Secret", f"stringData:\n  {entry}\n", name="sops-age")

    def change(files: Files) -> None:
        files[path] = text.replace("namespace: NAMESPACE", f"namespace: {namespace}")

    return change


def _global(change: Callable[[Files], None] = lambda _: None) -> Callable[[Files], None]:
    """The Kustomization is one of a controller that has a key of its own."""

    def changed(files: Files) -> None:
        change(files)
        label = f"  labels:\n    {SHARD}: global\n"
        files["clusters/apps.yaml"] = files["clusters/apps.yaml"].replace("spec:\n", f"{label}spec:\n", 1)
        files["controller/kustomize-controller.yaml"] = CONTROLLER
        files[".sopskit.toml"] += f'"flux:clusters/flux-system/{GLOBAL}" = "cluster"\n'

    return changed


def _without_secret_ref(files: Files) -> None:
    reference = "    secretRef:\n      name: sops-age\n"
    files["clusters/apps.yaml"] = files["clusters/apps.yaml"].replace(reference, "")


def _bound_to_another_key(files: Files) -> None:
    files[".sopskit.toml"] = files[".sopskit.toml"].replace('"cluster"', '"foreign"')


def _generated(what: str, **files: str) -> Callable[[Files], None]:
    kind, _, fields = what.partition("/")
    generator = kustomization(**{f"{kind}Generator": f"- name: app\n  namespace: NAMESPACE\n  {fields}\n"})
    return _files(kustomization__yaml=generator, **files)


SHARD = "sharding.fluxcd.io/key"
GLOBAL = "global-age"
CONTROLLER = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: kustomize-controller
  namespace: flux-system
spec:
  template:
    spec:
      containers:
        - name: manager
          image: ghcr.io/fluxcd/kustomize-controller:v1.9.4
          args: [--sops-age-secret={GLOBAL}]
"""
QUOTED, FOLDED = "'MAC'", ">-\n        MAC"
PATCH = """\
patches:
  - target: {kind: Kustomization}
    patch: |
      apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: any}
      spec: {decryption: {provider: sops, secretRef: {name: sops-age}}}
"""
SUBSTITUTION = "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: nowhere\n"
SECRET_DATA = manifest("Secret", "data:\n  password: cmlnaHRfdmFsdWU=\n")
CONFIG_MAP = manifest("ConfigMap", "data:\n  password: right_value\n")
LIST = (
    "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata:\n"
    "      name: app\n      namespace: NAMESPACE\n    stringData:\n      password: right_value\n"
)
DATA_LIST = LIST.replace("stringData", "data").replace("right_value", "cmlnaHRfdmFsdWU=")
WHOLE = manifest("Secret", "stringData:\n  password: right_value\n")
ROLE = "rules:\n  - apiGroups: ['']\n    resources: [secrets]\n"
ROLE += "    verbs: [get]\n    resourceNames: [right_value]\n"
WIDGET = manifest("Widget", "spec:\n  password: right_value\n", api="example.org/v1")
DISABLED = manifest("Secret", "stringData:\n  password: right_value\n").replace(
    "metadata:\n", "metadata:\n  annotations:\n    kustomize.toolkit.fluxcd.io/decrypt: Disabled\n"
)
ENV = "password=right_value\n"
BASE = kustomization(secretGenerator="- name: app\n  namespace: NAMESPACE\n  envs: [values.sops.env]\n")
COMPONENT = BASE.replace("v1beta1", "v1alpha1").replace("kind: Kustomization", "kind: Component")


def _circle(files: Files) -> None:
    """Two Kustomizations that wait for each other."""
    apart = "  dependsOn:\n    - name: "
    written = files["clusters/apps.yaml"]
    files["clusters/apps.yaml"] = f"{written}{apart}other\n"
    files["clusters/other.yaml"] = f"{written.replace('name: apps', 'name: other')}{apart}apps\n"


def _named(content: str) -> Callable[[Files], None]:
    """An object with a few encrypted fields."""
    return _files(kustomization__yaml=kustomization("app.names.yaml"), app__names__yaml=content)


def _whole(**fields: str) -> Callable[[Files], None]:
    """A Secret that is encrypted whole, in an overlay with more fields."""
    listed = kustomization("secret.whole.yaml", **fields)
    return _files(kustomization__yaml=listed, secret__whole__yaml=WHOLE)


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
    "only-age.key": Sample(
        "fails", _key_manifest("NAMESPACE", "age.key: x"), key={"age.key": CLUSTER.identity}
    ),
    "age.key-beside-a-good-one": Sample("", key={"age.key": CLUSTER.identity, "x.agekey": CLUSTER.identity}),
    "ssh-identity": Sample(
        "fails",
        _key_manifest("NAMESPACE", f"cluster.agekey: {json.dumps(SSH_IDENTITY)}", "keys/plain.key.yaml"),
        key={"cluster.agekey": f"{CLUSTER.identity}\n{SSH_IDENTITY}"},
    ),
    "other-namespace": Sample("fails", _key_manifest("default", "cluster.agekey: x"), at="default"),
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
    "quoted-mac": Sample("", after=_mac("apps/secret.sops.yaml", QUOTED)),
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
        _mac("apps/values.whole.yaml", QUOTED),
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
    "folded-mac": Sample("", after=_mac("apps/secret.sops.yaml", FOLDED)),
    "generated-file-with-a-folded-mac": Sample(
        "ciphertext",
        _generated("secret/files: [values.whole.yaml]", values__whole__yaml="password: right_value\n"),
        _mac("apps/values.whole.yaml", FOLDED),
    ),
    "list-of-data-without-decryption": Sample("fails", _no_decryption(_files(secret__sops__yaml=DATA_LIST))),
    "list-of-data": Sample("fails", _files(secret__sops__yaml=DATA_LIST)),
    **{
        f"{kind}-without-decryption": Sample("fails", _no_decryption(_named(content)))
        for kind, content in (
            ("role", manifest("Role", ROLE, api="rbac.authorization.k8s.io/v1")),
            ("cluster-role", manifest("ClusterRole", ROLE, api="rbac.authorization.k8s.io/v1")),
            ("custom-resource", WIDGET),
        )
    },
    "custom-resource": Sample("", _named(WIDGET)),
    **{
        f"encrypted-metadata-with-spec.{field}": Sample(
            effect, _both(_whole(), _spec(f"  {field}: {text}\n"))
        )
        for field, text, effect in (("namePrefix", "my-", "fails"), ("nameSuffix", "-mine", ""))
    },
    "encrypted-metadata-with-nameSuffix": Sample("", _whole(nameSuffix="-mine\n")),
    **{
        f"encrypted-metadata-with-{field}": Sample("fails", _whole(**{field: text}))
        for field, text in (
            ("namespace", "default\n"),
            ("namePrefix", "my-\n"),
            ("labels", "- pairs: {owner: me}\n"),
            ("commonLabels", "owner: me\n"),
            ("commonAnnotations", "owner: me\n"),
        )
    },
    "decryption-disabled": Sample("ciphertext", _files(secret__sops__yaml=DISABLED), is_asked_for=True),
    "decryption-from-spec.patches": Sample("", _from_above(parent=textwrap.indent(PATCH, "  "))),
    "decryption-from-a-patch": Sample("", _from_above(patch=PATCH)),
    "decryption-from-nowhere": Sample("ciphertext", _from_above()),
    "generated-file-above-5-MiB": Sample(
        "fails", _generated("secret/files: [plain.large.txt]", plain__large__txt="right_value" * 480_000)
    ),
    "binary-under-a-yaml-key": Sample(
        "", _generated("secret/files: [config.yaml=values.sops.bin]", values__sops__bin="right_value\n")
    ),
    "missing-dependency": Sample("fails", _spec("  dependsOn:\n    - name: nowhere\n")),
    "dependency-in-a-circle": Sample("fails", _circle),
    "dependency-on-itself": Sample("fails", _spec("  dependsOn:\n    - name: apps\n")),
    "key-of-the-controller": Sample("", _global(_without_secret_ref), key={}),
    "foreign-key-beside-that-of-the-controller": Sample(
        "fails", _global(_bound_to_another_key), key={"x.agekey": FOREIGN.identity}
    ),
}
