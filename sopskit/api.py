"""sopskit as a library: a repository and its plan, and the values of one secret file.

    import sopskit

    repository = sopskit.open_repository("infra")
    for file in repository.plan().drift:
        print(file.path)

    secret = sopskit.open_file("infra/db.yaml")
    secret["database"]["password"] = "..."
    secret.save()

Whatever goes wrong is a `SopskitError`: a message without secrets, a hint, and an exit code. What is
written is written all or none, as by the commands.
"""

from __future__ import annotations

import copy
import os
from collections.abc import MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sopskit.errors import FailedError, SopskitError
from sopskit.workflows import opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sopskit.engines.interface import Engine
    from sopskit.inventory.access import Access
    from sopskit.inventory.exposure import Exposure
    from sopskit.inventory.hosts import HostSummary
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Plan
    from sopskit.repo.recovery import Recovery
    from sopskit.sops.documents import Document
    from sopskit.workflows.apply import Outcome

    AskPassphrase = Callable[[str], str | None]

__all__ = ["Repository", "SecretFile", "SopskitError", "open_file", "open_repository"]


def open_repository(
    path: str | os.PathLike[str] = ".",
    *,
    config: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
) -> Repository:
    """Read a repository: its rules, and the metadata of its files. No private key is needed.

    What an interrupted command left there is finished or undone first.

    Args:
        path: a folder in it.
        config: the `.sops.yaml` for all files; without it the nearest above each file.
        jobs: number of processes; None for one a core.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or it cannot be used.
        FailedError: a file cannot be read, or the recovery failed.
    """
    repository = Repository(Path(path), config=None if config is None else Path(config), jobs=jobs)
    repository.inventory  # noqa: B018 - read now, so that this is where it fails
    return repository


class Repository:
    """A repository as it was when it was read; see `open_repository`.

    Attributes:
        recovery: what was done for an interrupted command; None where there was none.
    """

    def __init__(self, start: Path, *, config: Path | None = None, jobs: int | None = None) -> None:
        self._start, self._config, self._jobs = start, config, jobs
        self._repository = opening.open_repository(start)
        self.recovery: Recovery | None = opening.recover_interrupted(self._repository)

    @cached_property
    def inventory(self) -> Inventory:
        """Its files and rules, read once."""
        return opening.read_inventory(self._repository, self._start, config=self._config, jobs=self._jobs)

    @property
    def root(self) -> Path:
        """Its top folder."""
        return self._repository.root

    def plan(self) -> Plan:
        """Where files and rules differ: `plan().drift`, `plan().summary()`, `plan().files`."""
        return self.inventory.plan()

    def hosts(self) -> list[HostSummary]:
        """The hosts, their keys, and how many files each reads."""
        from sopskit.inventory.hosts import summarize_hosts

        return summarize_hosts(self.inventory)

    def access(self, as_of: str | None = None) -> Access:
        """Who reads which file, by the rules and by the stanzas.

        Args:
            as_of: a commit (a branch, `HEAD~3`, an id); None for the work tree.

        Raises:
            UsageError: there is no such commit.
            ConfigurationError: there was no `.sops.yaml` then, or it is no git repository.
        """
        from sopskit.workflows.access import Where, access_in, read_access

        if as_of is None:
            return access_in(self.inventory)
        return read_access(Where(self._repository, self._start, self._config, self._jobs), as_of)

    def exposures(self, host: str | None = None) -> list[Exposure]:
        """What was once readable, and has not changed since, as the git history tells without a private key.

        Args:
            host: the name or the public key of the one asked about, still there or not; None for everyone who
                could read what he is not to read now, and for what was committed in clear.

        Raises:
            UsageError: there never was such a host.
            ConfigurationError: it is no git repository.
            FailedError: git failed.
        """
        from sopskit.workflows import exposure

        history = exposure.history_of(self._repository, jobs=self._jobs)
        return exposure.find_exposures(self.inventory, history, host=host).exposures

    def sync(
        self,
        files: Sequence[FilePlan] | None = None,
        *,
        rotate: bool = True,
        allow_clear: bool = False,
        engine: str = "auto",
        ask_passphrase: AskPassphrase | None = None,
    ) -> Outcome:
        """End the drift, all or none.

        Args:
            files: of the plan; None for all with drift.
            rotate: give files that lose a recipient a new data key; else they are re-wrapped only.
            allow_clear: write values in clear that are encrypted now, where their rule says so.
            engine: `auto`, `embedded` or `sops`.
            ask_passphrase: asked for the passphrase of a key that has one.

        Returns:
            The files that were re-wrapped, and those that were rotated.

        Raises:
            NoIdentityError: no identity of this machine opens a file.
            ConfigurationError: a file would be left to nobody.
            FailedError: you would lose access to a file, encrypted values would be in clear, or a file could
                not be written.
        """
        from sopskit.workflows import apply, guard, rotations

        work, _ = rotations.divide(self.plan().drift if files is None else files, no_rotate=not rotate)
        guard.refuse_empty_groups(work)
        narrowed = () if allow_clear else rotations.narrowings(self.inventory, work, self._jobs)
        if narrowed:
            raise FailedError(
                f"encrypted values would be in clear in {len(narrowed)} files", path=narrowed[0].path
            )
        own_keys = opening.find_keys(ask_passphrase or _nobody())
        lost = guard.find_lockout(work, own_keys)
        if lost:
            raise FailedError(f"you would lose access to {len(lost)} files", path=lost[0])
        return apply.apply(self.inventory, work, opening.choose_engine(engine, own_keys), jobs=self._jobs)


def open_file(
    path: str | os.PathLike[str],
    *,
    input_type: str | None = None,
    engine: str = "auto",
    ignore_mac: bool = False,
    ask_passphrase: AskPassphrase | None = None,
) -> SecretFile:
    """Decrypt a secret file, in a repository or anywhere else.

    Args:
        path: of the file.
        input_type: `yaml`, `json`, `dotenv`, `ini` or `binary`; None to go by the name's end.
        engine: `auto`, `embedded` or `sops`.
        ignore_mac: read a file whose values are not those that were encrypted.
        ask_passphrase: asked for the passphrase of a key that has one.

    Raises:
        NoIdentityError: no identity of this machine opens it.
        BrokenFileError: it is not encrypted, is damaged, or its MAC does not match.
        FailedError: it cannot be read.
    """
    own_keys = opening.find_keys(ask_passphrase or _nobody())
    return SecretFile(
        os.fspath(path), input_type, opening.choose_engine(engine, own_keys), ignore_mac=ignore_mac
    )


class SecretFile(MutableMapping[str, Any]):
    """The values of a secret file as a `dict` of `dict`, `list`, `str`, `int`, `float`, `bool` and `None`.

    A time is its RFC 3339 text; comments are not among the values, and stay. Of a YAML file with several
    documents these are the values of the first. See `open_file`.
    """

    def __init__(
        self, path: str, input_type: str | None, engine: Engine, *, ignore_mac: bool = False
    ) -> None:
        from sopskit.engines import file_encryption
        from sopskit.sops.plain_values import to_plain
        from sopskit.workflows.sources import source

        self._engine, self._ignore_mac = engine, ignore_mac
        self._source = source(path, input_type)
        self._content = self._source.read()
        file = file_encryption.decrypt_file(
            engine, self._content, self._source.format, self._source.name, ignore_mac=ignore_mac
        )
        self._plaintext = file.plaintext().data
        self._before: dict[str, Any] = to_plain(file.tree()[0])
        self._values = copy.deepcopy(self._before)

    def __repr__(self) -> str:
        """Without values, which a traceback or a log would show."""
        return f"<SecretFile {self._source.name!r}, {len(self)} keys>"

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def plaintext(self) -> bytes:
        """The whole file as it was opened, decrypted: all documents, with comments."""
        return self._plaintext

    def save(self) -> bool:
        """Encrypt the values that changed, and write the file; all others keep their text.

        Returns:
            Whether anything had changed.

        Raises:
            FailedError: the file was changed meanwhile, cannot hold a value, or cannot be written.
        """
        from sopskit.workflows.set_value import change_file

        changed = change_file(
            self._engine, self._source, self._edit, expected=self._content, ignore_mac=self._ignore_mac
        )
        self._content = self._source.read()
        self._before = copy.deepcopy(self._values)
        return changed.changed

    def _edit(self, document: Document) -> bytes | None:
        from sopskit.sops import documents
        from sopskit.sops.differences import differences

        plaintext = None
        for edit in differences(self._before, self._values):
            plaintext = document.unset(edit.path) if edit.removed else document.set(edit.path, edit.value)
            document = documents.read(plaintext, self._source.format)
        return plaintext


def _nobody() -> AskPassphrase:
    """Nobody to ask. A new one each time: what was found for another is kept, and keys change."""
    return lambda _prompt: None
