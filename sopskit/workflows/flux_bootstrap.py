"""flux bootstrap: a cluster as a host, and its Kustomizations given decryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux.decryption import CONTROLLER_NAMESPACE, SecretName
from sopskit.errors import UnsupportedShapeError, UsageError
from sopskit.repo.targets import Target
from sopskit.settings import SETTINGS_NAME
from sopskit.sops_yaml.node_edits import insert_lines
from sopskit.text import splice, yaml_tree
from sopskit.workflows.apply import NewText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.inventory.inventory import Inventory
    from sopskit.text.splice import Splice

_API = "kustomize.toolkit.fluxcd.io/"
_STEP = "  "


class Setup(NamedTuple):
    """What a cluster needs in order to decrypt.

    Attributes:
        secrets: where its key is to be, one Secret for each namespace.
        rules: numbers of the rules that claim what its Kustomizations take in, from 1.
        texts: the Kustomizations with `spec.decryption`, and `.sopskit.toml` with the binding.
    """

    secrets: tuple[SecretName, ...]
    rules: tuple[int, ...]
    texts: tuple[NewText, ...]


def setup(subject: Subject, cluster: str, host: str, secret: str) -> Setup:
    """What there is to do for the Kustomizations of a cluster that take in secret files.

    Where none does, it is all of them that stand in the repository.

    Args:
        subject: the repository.
        cluster: a folder that holds the cluster's files, such as `home` of `clusters/home`.
        host: the name that the cluster's key has in `.sops.yaml`.
        secret: the name of the Secret.

    Raises:
        UsageError: there is no such cluster, or nothing to do.
        UnsupportedShapeError: a file cannot be edited safely.
    """
    own = [each for each in subject.flux.kustomizations if not each.source and cluster in each.clusters]
    if not own:
        raise UsageError(
            f"no Kustomization of Flux belongs to {cluster}",
            hint="name a folder such as home of clusters/home",
        )
    using = [each for each in own if subject.flux.secret_paths(each)]
    chosen = [each for each in using or own if not each.decrypts or each.secret == secret]
    if not chosen:
        raise UsageError(
            f"all Kustomizations of {cluster} decrypt already", hint="sopskit flux check says more"
        )
    names = dict.fromkeys(SecretName(each.namespace or CONTROLLER_NAMESPACE, secret) for each in chosen)
    paths = {path for each in chosen for path in subject.flux.secret_paths(each)}
    lines = [f'"flux:{cluster}/{name}" = "{host}"' for name in names]
    texts = list(_with_decryption(subject.inventory, (each for each in chosen if not each.decrypts), secret))
    bound = _bound(subject.inventory, lines)
    return Setup(tuple(names), _rules_of(subject.inventory, paths), (*texts, *([bound] if bound else [])))


def _rules_of(inventory: Inventory, paths: set[str]) -> tuple[int, ...]:
    claimed = inventory.claimed(inventory.configs.primary)
    return tuple(sorted({rule.number for path, rule in claimed if path in paths}))


def _with_decryption(inventory: Inventory, chosen: Iterable[Kustomization], secret: str) -> Iterator[NewText]:
    by_path: dict[str, set[tuple[str, str]]] = {}
    for each in chosen:
        by_path.setdefault(each.path, set()).add((each.name, each.namespace))
    for path, names in sorted(by_path.items()):
        snapshot = inventory.repository.read(path)
        text = snapshot.content.decode("utf-8")
        new = splice.apply(text, _splices(text, path, {name for name, _ in names}, secret))
        yield NewText(path, Target.replacing(snapshot), snapshot.content, new.encode())


def _splices(text: str, path: str, names: set[str], secret: str) -> list[Splice]:
    """`spec.decryption` behind the last field of each `spec`."""
    document = yaml_tree.parse(text, path)
    found = []
    for root in document.roots:
        spec = yaml_tree.get(root, "spec")
        if spec is None or not _is_one_of(document, root, names) or yaml_tree.get(spec, "decryption"):
            continue
        if not isinstance(spec, yaml_tree.Mapping) or spec.flow or not spec.pairs:
            raise UnsupportedShapeError(
                "a spec that is no block of fields",
                hint="write decryption by hand: {provider: sops, secretRef: {name: ...}}",
                path=path,
                line=document.line(root.span.start),
            )
        start = spec.pairs[0].span.start
        indent = " " * (start - splice.line_start(text, start))
        lines = ["decryption:", f"{_STEP}provider: sops", f"{_STEP}secretRef:", f"{_STEP * 2}name: {secret}"]
        found.append(insert_lines(text, spec.content.end - 1, [indent + line for line in lines]))
    if len(found) != len(names):
        raise UnsupportedShapeError(
            "a Kustomization that cannot be found again", hint="write decryption by hand", path=path
        )
    return found


def _is_one_of(document: yaml_tree.Document, root: yaml_tree.Node, names: set[str]) -> bool:
    def value(node: yaml_tree.Node | None) -> str:
        content = document.resolved(node) if node is not None else None
        return content.value if isinstance(content, yaml_tree.Scalar) else ""

    metadata = yaml_tree.get(root, "metadata")
    name = yaml_tree.get(metadata, "name") if metadata is not None else None
    is_flux = value(yaml_tree.get(root, "apiVersion")).startswith(_API)
    return is_flux and value(yaml_tree.get(root, "kind")) == "Kustomization" and value(name) in names


def _bound(inventory: Inventory, lines: Sequence[str]) -> NewText | None:
    """`.sopskit.toml` with further lines below `[consumers]`; None where they are there."""
    repository = inventory.repository
    old, target = b"", Target.new(SETTINGS_NAME)
    if repository.has(SETTINGS_NAME):
        snapshot = repository.read(SETTINGS_NAME)
        old, target = snapshot.content, Target.replacing(snapshot)
    text = old.decode("utf-8")
    there = [line.strip() for line in text.splitlines()]
    new = [line for line in lines if line not in there]
    if not new:
        return None
    newline = splice.newline_of(text)
    if "[consumers]" in there:
        position = text.index("[consumers]")
        changed = splice.apply(text, [insert_lines(text, position, new)])
    else:
        start = newline if text and not text.endswith("\n") else ""
        start += newline if text else ""
        changed = text + start + "".join(line + newline for line in ("[consumers]", *new))
    from sopskit.settings import parse

    parse(changed.encode())  # what is written can be read
    return NewText(SETTINGS_NAME, target, old, changed.encode())
