"""What Flux makes of the repository: the check of its own, and what a change does to Kustomizations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.subject import Subject
from sopskit.consumers.flux import is_abandoned
from sopskit.consumers.flux.decryption import live_secret, secret_of
from sopskit.errors import ConfigurationError, FailedError, UsageError
from sopskit.inventory.flux_keys import Opens
from sopskit.workflows import opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sopskit.consumers.flux.decryption import KeySecret, SecretName
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.inventory.inventory import Inventory
    from sopskit.workflows.check_subject import Place

_KUBECTL_SECONDS = 30


class Note(NamedTuple):
    """What nobody can tell from the files.

    Attributes:
        path: of the file.
        line: of it; 0 for none.
        message: lowercase.
    """

    path: str
    line: int
    message: str


class Standing(NamedTuple):
    """Whether a Kustomization can decrypt.

    Attributes:
        name: of the Kustomization.
        namespace: of it; "" where none is written.
        path: of its file.
        opens: whether it opens all its secret files.
        files: how many these are.
    """

    name: str
    namespace: str
    path: str
    opens: Opens
    files: int


def other_sources(place: Place, named: Mapping[str, str]) -> dict[str, Inventory]:
    """The inventories of other repositories.

    Args:
        place: of the one that is looked at.
        named: a folder for the name of each Flux source.

    Raises:
        UsageError: one of them is no repository that can be read.
    """
    found: dict[str, Inventory] = {}
    for name, folder in named.items():
        root = place.start / folder
        if not root.is_dir():
            raise UsageError(f"--source {name}: there is no folder {folder}")
        try:
            repository = opening.open_repository(root)
            found[name] = opening.read_inventory(
                repository, root, config=None, jobs=place.jobs, tolerant=True
            )
        except ConfigurationError as error:
            raise UsageError(f"--source {name}: {error.message}", hint=error.hint) from None
    return found


def live_secrets(subject: Subject) -> dict[SecretName, KeySecret | None]:
    """The Secrets that Kustomizations decrypt with, as the cluster of kubectl's context has them.

    Raises:
        ToolMissingError: there is no kubectl.
        FailedError: it failed.
    """
    found: dict[SecretName, KeySecret | None] = {}
    for each in subject.flux.kustomizations:
        secret = secret_of(each, subject.flux.controller) if each.decrypts else None
        if secret is not None and secret not in found:
            found[secret] = live_secret_named(secret)
    return found


def live_secret_named(secret: SecretName) -> KeySecret | None:
    """A Secret as the cluster of kubectl's context has it; None where it is not there.

    Raises:
        ToolMissingError: there is no kubectl.
        FailedError: it failed.
    """
    from sopskit import process

    name = ["--namespace", secret.namespace, "--", secret.name]
    command = ["kubectl", "get", "secret", "--output", "json", "--ignore-not-found", *name]
    done = process.run(command, timeout=_KUBECTL_SECONDS)
    if done.returncode:
        raise FailedError(
            f"kubectl could not read the Secret {secret}", hint="does kubectl get secrets work there?"
        )
    if not done.stdout.strip():
        return None
    try:
        document = json.loads(done.stdout)
    except ValueError:  # its text would hold the Secret
        raise FailedError(f"kubectl gave no JSON for the Secret {secret}") from None
    return live_secret(document if isinstance(document, dict) else {})


def notes(subject: Subject) -> Iterator[Note]:
    """What nobody can tell: sources that are not here, keys that are not known."""
    for path, line in subject.flux.unreadable:
        yield Note(path, line, "may hold a Kustomization, and is no plain YAML")
    given: set[Note] = set()
    for each in subject.flux.kustomizations:
        for note in _notes(each) if not each.source else ():
            if note not in given:
                given.add(note)
                yield note
    yield from _unknown_keys(subject)
    yield from _unseen_secrets(subject)


def _notes(each: Kustomization) -> Iterator[Note]:
    line = each.line("spec", "path")
    if each.build is None:
        yield Note(each.path, line, f"{each.name}: {each.unclear}")
    else:
        here = each.files is not None and not each.files.name
        for problem in each.build.problems:
            if not problem.stops or is_abandoned(each, problem):
                at = (problem.path, problem.line) if problem.path and here else (each.path, line)
                yield Note(*at, f"{each.name}: {problem.message}")


def _unknown_keys(subject: Subject) -> Iterator[Note]:
    """The Secrets whose keys nobody knows, each with the first Kustomization that uses it."""
    first: dict[str, tuple[Kustomization, list[str]]] = {}
    for each in subject.flux.kustomizations:
        if each.source or not each.decrypts or not subject.flux.secret_paths(each):
            continue
        if _opens(subject, each) is Opens.UNKNOWN:
            secret = subject.flux_keys.of(each).secret
            name = f"the key in {secret}" if secret else "the controller's own key"
            first.setdefault(name, (each, []))[1].append(each.name)
    for name, (each, users) in first.items():
        count = f"{len(users)} Kustomizations decrypt" if len(users) > 1 else f"{users[0]} decrypts"
        message = f"{name} is not known, with which {count}: bind it in .sopskit.toml, below [consumers]"
        yield Note(each.path, each.line("spec", "decryption"), message)


def _unseen_secrets(subject: Subject) -> Iterator[Note]:
    """The Secrets with keys that neither repository nor cluster shows, each where it is first used."""
    given: set[SecretName] = set()
    for each in subject.flux.kustomizations:
        secret = secret_of(each, subject.flux.controller) if each.decrypts else None
        if secret is None or secret in given or each.source or not subject.flux.secret_paths(each):
            continue
        given.add(secret)
        keys = subject.flux_keys.of(each)
        if secret not in subject.live and not keys.manifests and not keys.elsewhere:
            message = f"the Secret {secret} is not in the repository: whether it is there, with an entry"
            message += " NAME.agekey or NAME.asc, is not known (--live asks the cluster)"
            yield Note(each.path, each.line("spec", "decryption"), message)


def standings(subject: Subject) -> dict[tuple[str, str, str], Standing]:
    """Whether each Kustomization that has secret files can decrypt them."""
    found: dict[tuple[str, str, str], Standing] = {}
    for each in subject.flux.kustomizations:
        files = subject.flux.secret_paths(each)
        if files:
            key = (each.path, each.namespace, each.name)
            opens = _opens(subject, each)
            known = found.get(key)
            if known is None or opens is Opens.NO:
                found[key] = Standing(each.name, each.namespace, each.path, opens, len(files))
    return found


def _opens(subject: Subject, each: Kustomization) -> Opens:
    """Whether a Kustomization opens all of its secret files."""
    if not each.decrypts:
        return Opens.NO
    keys = subject.flux_keys.of(each)
    if keys.elsewhere and not keys.manifests:
        return Opens.NO
    found = set()
    for path in subject.flux.secret_paths(each):
        encryption = subject.flux_keys.encryption(each, path)
        if encryption is not None:
            found.add(keys.opens(encryption))
    return next((one for one in (Opens.NO, Opens.UNKNOWN) if one in found), Opens.YES)


def subject_as_of(place: Place, revision: str | None, others: Mapping[str, Inventory]) -> Subject:
    """The repository at a commit, or as it is.

    Raises:
        UsageError: there is no such commit.
        ConfigurationError: it has no `.sops.yaml`.
        FailedError: git failed.
    """
    from sopskit.repo.trees import commit_tree

    tree = commit_tree(place.repository, revision) if revision is not None else None
    inventory = opening.read_inventory(
        place.repository, place.start, config=place.config, jobs=place.jobs, tree=tree, tolerant=True
    )
    return Subject(inventory, others=others)


def differences(
    place: Place, revision: str, others: Mapping[str, Inventory]
) -> list[tuple[Standing | None, Standing | None]]:
    """The Kustomizations that can decrypt more or less than at a commit: before and now."""
    try:
        before = standings(subject_as_of(place, revision, others))
    except ConfigurationError:  # it had no .sops.yaml then
        before = {}
    now = standings(subject_as_of(place, None, others))
    keys = sorted({*before, *now})
    pairs = [(before.get(key), now.get(key)) for key in keys]
    return [(old, new) for old, new in pairs if (old and old.opens) != (new and new.opens)]
