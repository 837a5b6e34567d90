"""What NixOS hosts take out of the repository: manifests, and what nobody can tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sopskit.consumers.nix import nix_of, place_of
from sopskit.consumers.nix.manifests import with_manifests
from sopskit.errors import FailedError, ToolMissingError, UsageError
from sopskit.workflows.flux import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sopskit.audits.subject import Subject
    from sopskit.consumers.interface import Source
    from sopskit.consumers.nix.reading import NixHost

#: A manifest of thousands of secrets has some 5 MB.
_LARGEST = 32 << 20
_EVAL_SECONDS = 600

#: What `nix eval` gives: of each host that has sops-nix, what its manifest is made of.
_APPLY = """
hosts: let
  of = _: host: {
    secrets = builtins.attrValues (builtins.mapAttrs (_: s: {
      inherit (s) name key format mode path owner group neededForUsers;
      sopsFile = toString s.sopsFile;
    }) host.config.sops.secrets);
    ageKeyFile = host.config.sops.age.keyFile;
    ageSshKeyPaths = map toString host.config.sops.age.sshKeyPaths;
  };
  has = builtins.filter (name: hosts.${name}.config ? sops) (builtins.attrNames hosts);
in builtins.listToAttrs (map (name: { inherit name; value = of name hosts.${name}; }) has)
"""


def read_manifests(files: Mapping[str, Path]) -> dict[str, object]:
    """The manifests of hosts.

    Raises:
        FailedError: one cannot be read, or is no JSON.
    """
    found: dict[str, object] = {}
    for host, path in files.items():
        try:
            with path.open("rb") as file:
                found[host] = json.loads(file.read(_LARGEST + 1))
        except OSError as error:
            raise FailedError(f"--manifest: {error.strerror}", path=str(path)) from None
        except (ValueError, RecursionError):
            raise FailedError("--manifest: it is no JSON", path=str(path)) from None
    return found


def evaluated(root: Path) -> dict[str, object]:
    """What `nix eval` says of each host of the flake. This runs what the repository's flake says.

    Raises:
        ToolMissingError: there is no nix.
        FailedError: it failed.
    """
    from sopskit import process

    command = ["nix", "--extra-experimental-features", "nix-command flakes", "eval", "--json"]
    try:
        done = process.run(
            [*command, f"{root}#nixosConfigurations", "--apply", _APPLY], timeout=_EVAL_SECONDS
        )
    except ToolMissingError:
        raise ToolMissingError("nix is not here", hint="leave out --eval: sopskit reads without it") from None
    if done.returncode:
        raise FailedError("nix eval failed", hint="does nix flake check work there?")
    try:
        document = json.loads(done.stdout)
    except (ValueError, RecursionError):
        raise FailedError("nix eval gave no JSON") from None
    return document if isinstance(document, dict) else {}


def take(subject: Subject, documents: Mapping[str, object]) -> None:
    """Have the audits see hosts as their manifests say, and not as they were read.

    Raises:
        FailedError: one is no manifest.
    """
    source = subject.source
    root = str(subject.inventory.tree.root)
    source.memo["nix"] = with_manifests(nix_of(source), documents, source.paths, root)


def notes(subject: Subject) -> Iterator[Note]:
    """What nobody can tell from the files."""
    for each in dict.fromkeys(subject.consumers.unclear):
        if each.kind == "nix":
            yield Note(each.place.path, each.place.line, each.message)


def host_named(source: Source, name: str) -> NixHost:
    """A NixOS host by its name.

    Raises:
        UsageError: there is none.
    """
    hosts = [each for each in nix_of(source).hosts if each.kind != "module"]
    for each in hosts:
        if each.name == name:
            return each
    names = ", ".join(sorted(each.name for each in hosts)[:12])
    raise UsageError(
        f"there is no NixOS host {name} that says something to sops-nix",
        hint=f"there are {names}" if names else "no NixOS host was found",
    )


__all__ = [
    "Note",
    "evaluated",
    "host_named",
    "notes",
    "place_of",
    "read_manifests",
    "take",
]
