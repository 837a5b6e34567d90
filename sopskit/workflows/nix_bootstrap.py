"""A NixOS host that is to come: its first secret file, and the steps to a machine that can read it."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sopskit.engines.file_encryption import encrypt_file
from sopskit.errors import FailedError, UsageError
from sopskit.repo.targets import Target, refuse_impossible
from sopskit.sops.formats import Format, format_of
from sopskit.workflows.apply import NewText
from sopskit.workflows.encrypt import Wanted, encryption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from sopskit.inventory.inventory import Inventory
    from sopskit.sops_yaml.model import SopsYaml

#: Where sops-nix's readme keeps a host's own key.
KEY_ON_HOST = "var/lib/sops-nix/key.txt"
_FIRST = b"example: replace this with sopskit edit\n"


def rule_for(path: str) -> str:
    """The pattern of a rule for one file."""
    return f"^{re.escape(path)}$"


def first_file(inventory: Inventory, engine: Engine, document: SopsYaml, path: str) -> NewText:
    """The first secret file of a host, encrypted for the readers of its rule.

    Args:
        inventory: the repository.
        engine: seals the data key.
        document: the `.sops.yaml` that has the rule.
        path: of the file, relative to the repository.

    Raises:
        UsageError: the file exists, or is no YAML.
        FailedError: it cannot be written there.
    """
    if format_of(path) is not Format.YAML:
        raise UsageError(
            f"--file {path}: the first secret file is YAML", hint="give a path that ends in .yaml"
        )
    if (inventory.repository.root / path).exists():
        raise UsageError(f"--file {path}: it exists", hint="add the host to its rule: sopskit add-host")
    target = Target.new(path)
    refuse_impossible(inventory.repository.root, [target])
    rule = document.rule_for(inventory.configs.primary.relative(path))
    how = encryption(rule, Wanted(), Format.YAML)
    return NewText(path, target, b"", encrypt_file(engine, _FIRST, Format.YAML, path, how).data)


def refuse_work_tree(folder: Path) -> None:
    """Refuse a folder in which a private key could be committed.

    Raises:
        UsageError: it lies in a work tree of git, of this repository or another one.
    """
    resolved = folder.resolve()
    if any((each / ".git").exists() for each in (resolved, *resolved.parents)):
        raise UsageError(
            f"--extra-files {folder}: a private key does not belong in a work tree",
            hint="choose a folder outside of every repository",
        )


@contextmanager
def folders(extra_files: Path | None) -> Iterator[None]:
    """Have the folders for the key there, with the modes that they will have on the machine.

    Those that were made for nothing are taken away again.

    Raises:
        FailedError: one cannot be made.
    """
    made: list[Path] = []
    if extra_files is not None:
        inner = [extra_files / each for each in ("var", "var/lib", "var/lib/sops-nix")]
        for path, mode in zip([extra_files, *inner], (0o700, 0o755, 0o755, 0o700), strict=True):
            try:
                path.mkdir(mode=mode)
                path.chmod(mode)  # whatever the umask
                made.append(path)
            except FileExistsError:
                continue
            except OSError as error:
                raise FailedError(f"cannot be made: {error.strerror}", path=str(path)) from None
    try:
        yield
    finally:
        for path in reversed(made):
            with suppress(OSError):  # it has the key in it
                path.rmdir()


def steps(host: str, extra_files: Path | None) -> list[str]:
    """What is left to do, in its order, for a machine that is not installed yet."""
    key = "/" + KEY_ON_HOST
    lines = [
        f"put the module above into the configuration of {host}, with sops-nix's nixosModules.sops",
        "fill the secret file with sopskit edit, and commit .sops.yaml, the file and the module",
        "sopskit nix check",
    ]
    if extra_files is None:
        return [*lines, f"nixos-rebuild switch --flake .#{host} --target-host root@{host}"]
    lines.insert(1, f'set sops.age.keyFile = "{key}" there, and sops.age.sshKeyPaths = [ ]')
    return [
        *lines,
        f"nixos-anywhere --extra-files {extra_files} --flake .#{host} --target-host root@ADDRESS",
        f"once it is installed: rm -r {extra_files}, which holds the host's private key",
    ]
