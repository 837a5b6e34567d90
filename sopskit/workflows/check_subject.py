"""What is asked of a check, and what of the repository it looks at."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.interface import Need
from sopskit.audits.subject import Subject
from sopskit.errors import SopskitError, UsageError
from sopskit.workflows import opening
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sopskit.audits.interface import Audit
    from sopskit.engines.interface import Engine
    from sopskit.inventory.history import ClearVersions
    from sopskit.inventory.inventory import Inventory
    from sopskit.repo.discovery import Repository
    from sopskit.workflows.own_keys import OwnKeys


class Request(NamedTuple):
    """What is asked for.

    Attributes:
        paths: files and folders, relative to the working directory; none for the whole repository.
        only: ids of the audits to run; none for all.
        skip: ids of audits not to run.
        staged: look at what is staged, and only at files that differ from the last commit.
        history: look at every commit too.
        room: run the audits of this room alone, as `flux`; "" for all.
        others: other repositories, by the name of the Flux source that stands for them.
        live: ask the cluster for the Secrets that Flux decrypts with.
        manifests: of NixOS hosts, by their names: what they say, in place of what is read.
    """

    paths: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    staged: bool = False
    history: bool = False
    room: str = ""
    others: Mapping[str, Inventory] = MappingProxyType({})
    live: bool = False
    manifests: Mapping[str, object] = MappingProxyType({})


class Place(NamedTuple):
    """Where to look, and with what.

    Attributes:
        repository: the repository.
        start: the working directory.
        config: `--config`, or None.
        jobs: number of processes; None for one a core.
        engine: name of the engine that opens files.
    """

    repository: Repository
    start: Path
    config: Path | None = None
    jobs: int | None = None
    engine: str = "auto"


def read_inventory(place: Place, request: Request) -> Inventory:
    """The inventory of the work tree, or of what is staged.

    Raises:
        ConfigurationError: there is no `.sops.yaml`; or nothing can be staged, outside git.
        FailedError: git failed.
    """
    tree, only = None, None
    if request.staged:
        from sopskit.repo.trees import index_tree, staged_paths

        tree, only = index_tree(place.repository), staged_paths(place.repository)
    return opening.read_inventory(
        place.repository,
        place.start,
        config=place.config,
        jobs=place.jobs,
        tree=tree,
        tolerant=True,
        only=only,
    )


def subject_of(place: Place, request: Request, inventory: Inventory, chosen: Sequence[Audit]) -> Subject:
    """What the audits get: the files asked for, keys and history where an audit needs them.

    Raises:
        UsageError: nothing is at one of the paths.
        FailedError: git failed.
    """
    from sopskit.keys.pgp import Keyring

    needs = {need for audit in chosen for need in audit.needs}
    in_clear = _in_clear(place, request, inventory) if Need.HISTORY in needs else None
    # Audits of the history can go without keys, and then tell less.
    engine = _engine(place, inventory) if Need.IDENTITY in needs or in_clear is not None else None
    subject = Subject(
        inventory,
        only=_only(place, request, inventory),
        engine=engine,
        keyring=Keyring(os.environ, ask=False),
        map_many=lambda function, items: map_files(function, items, place.jobs),
        in_clear=in_clear,
        others=request.others,
    )
    if request.live:
        from sopskit.workflows.flux import live_secrets

        subject.live = live_secrets(subject)
    if request.manifests:
        from sopskit.workflows.nix import take

        take(subject, request.manifests)
    return subject


def _only(place: Place, request: Request, inventory: Inventory) -> frozenset[str] | None:
    """The files to look at; None for all.

    Raises:
        UsageError: nothing is at one of the paths.
    """
    if not request.staged and not request.paths:
        return None
    known = {*inventory.paths, *(each.path for each in inventory.configs.all())}
    known |= {error.path for error in broken_configs(inventory) if error.path}
    if request.staged:
        from sopskit.repo.trees import staged_paths

        known &= staged_paths(inventory.repository)  # of the configs, which are all read
    found: set[str] = set()
    for name in request.paths or (str(inventory.tree.root),):
        top = inventory.tree.relative(place.start / name)
        below = {path for path in known if is_below(path, top)}
        if not below and not request.staged:
            raise UsageError(f"{name}: no file of the repository is there", hint="does git ignore it?")
        found |= below
    return frozenset(found)


def _engine(place: Place, inventory: Inventory) -> Engine | None:
    """What opens files with the keys at hand, without asking for a passphrase; None where no key is."""
    # A new function each time: what was found for another is kept, and keys change.
    own_keys: OwnKeys = opening.find_keys(lambda _prompt: None, ask_gpg=False)
    if not any(own_keys.holds(recipient) for recipient in inventory.readers()):
        return None
    return opening.choose_engine(place.engine, own_keys)


def _in_clear(place: Place, request: Request, inventory: Inventory) -> ClearVersions | None:
    """What the git history has in clear: if asked for, or if remembered and no ref has moved since."""
    repository = place.repository
    if not repository.in_git or request.staged:
        return None
    if request.history:
        from sopskit.inventory.history import committed_in_clear
        from sopskit.workflows.exposure import history_of

        return committed_in_clear(history_of(repository, jobs=place.jobs))
    from sopskit.inventory.history_reading import remembered_clear_versions

    found = remembered_clear_versions(repository)
    if found is None:
        return None
    files = map(inventory.file, inventory.paths)
    encrypted = {each.resolved for each in files if each.encryption is not None}
    return found if encrypted <= found.paths else None


def is_below(path: str, top: str) -> bool:
    """Whether a path is another one, or lies below it."""
    return top in (".", path) or path.startswith(f"{top}/")


def broken_configs(inventory: Inventory) -> list[SopskitError]:
    """What is wrong with each `.sops.yaml` that cannot be used."""
    return [each for each in inventory.configs.by_folder.values() if isinstance(each, SopskitError)]
