"""doctor: what is on this machine, and whether it is enough for this repository."""

from __future__ import annotations

import os
import platform
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sopskit import process
from sopskit.engines.embedded import IN_PROCESS
from sopskit.errors import ExitCode, SopskitError
from sopskit.keys.recipients import KeyKind, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.inventory.inventory import Inventory
    from sopskit.workflows.own_keys import OwnKeys


class Verdict(StrEnum):
    """How one thing is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        verdict: how it is.
        subject: what it is.
        detail: what was found.
        hint: what to do, where something is to be done.
        exit_code: what the command returns because of it.
    """

    verdict: Verdict
    subject: str
    detail: str
    hint: str | None = None
    exit_code: ExitCode = ExitCode.CLEAN


def examine(inventory: Inventory | SopskitError, own_keys: OwnKeys) -> list[Finding]:
    """Look at the tools, the keys, and the repository.

    Args:
        inventory: the repository, or why it could not be read.
        own_keys: the keys of this machine.
    """
    recipients: set[Recipient] = set()
    if not isinstance(inventory, SopskitError):
        recipients = set(inventory.readers())
        for config in inventory.configs.all():
            recipients |= {member.recipient for rule in config.document.rules for member in rule.members}
    return [
        *_tools(recipients),
        *_identities(own_keys),
        *(_unusable(inventory) if isinstance(inventory, SopskitError) else _repository(inventory, own_keys)),
    ]


def _tools(recipients: set[Recipient]) -> Iterator[Finding]:
    yield Finding(Verdict.OK, "python", platform.python_version())
    kinds = {recipient.kind for recipient in recipients}
    yield _tool("git", needed=False, why="without it a repository is only a folder")
    gpg = os.environ.get("SOPS_GPG_EXEC") or "gpg"
    yield _tool(gpg, needed=KeyKind.PGP in kinds, why="PGP stanzas are made and opened with it")
    yield _tool("ssh-keyscan", needed=False, why="add-host --ssh-scan runs it")
    yield _sops(needed=bool(kinds - IN_PROCESS), post_quantum=KeyKind.AGE_PQ in kinds)
    for recipient in sorted(recipients, key=lambda each: each.text):
        if recipient.kind is KeyKind.AGE_PLUGIN:
            plugin = f"age-plugin-{recipient.text.removeprefix('age1').rpartition('1')[0]}"
            yield _tool(plugin, needed=True, why="sops runs it for the age1 recipients of that name")


def _tool(name: str, *, needed: bool, why: str) -> Finding:
    found = process.which(name)
    if found is not None:
        return Finding(Verdict.OK, name, found)
    if needed:
        return Finding(Verdict.PROBLEM, name, "not on PATH", why, ExitCode.TOOL_MISSING)
    return Finding(Verdict.NOTE, name, "not on PATH", why)


def _sops(*, needed: bool, post_quantum: bool) -> Finding:
    found = _tool("sops", needed=needed, why="cloud keys, Vault and age plugins need it; nothing else does")
    if found.verdict is not Verdict.OK:
        return found
    version = _sops_version()
    shown = f"{version or 'unknown version'}, {found.detail}"
    numbers = tuple(int(part) for part in version.split(".")[:3]) if version else None
    if version == "3.13.2":
        return Finding(
            Verdict.WARNING,
            "sops",
            shown,
            "3.13.2 breaks files with comments in lists (getsops/sops#2243): upgrade",
        )
    if post_quantum and numbers is not None and numbers < (3, 9):
        return Finding(
            Verdict.WARNING, "sops", shown, "before 3.9 it refuses files with an age1pq1 recipient: upgrade"
        )
    return Finding(Verdict.OK, "sops", shown)


def _sops_version() -> str | None:
    environ = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    try:
        done = process.run(["sops", "--version"], environ=environ, timeout=10)
    except SopskitError:
        return None
    words = done.stdout.decode(errors="replace").split()
    version = words[1] if len(words) > 1 and words[0] == "sops" else None
    return version if version and all(part.isdigit() for part in version.split(".")) else None


def _identities(own_keys: OwnKeys) -> Iterator[Finding]:
    identities, keyring = own_keys
    for identity in identities:
        locked = ", protected by a passphrase" if identity.locked else ""
        yield Finding(Verdict.OK, "identity", f"{identity.recipient.text} ({identity.source}{locked})")
    for name in identities.plugin_identities:
        yield Finding(Verdict.OK, "identity", f"of the age plugin {name}, which the sops binary runs")
    try:
        secret = keyring.keys(secret=True)
    except SopskitError:
        secret = []  # no gpg, which is said above
    for key in secret:
        state = "expired" if key.expired else "revoked" if key.revoked else "in the GPG keyring"
        verdict = Verdict.WARNING if key.expired or key.revoked else Verdict.OK
        yield Finding(verdict, "identity", f"{key.fingerprint} ({', '.join(key.user_ids[:1])}; {state})")
    for warning in own_keys.warnings():
        yield Finding(Verdict.WARNING, "identity", warning, "the other identities are used all the same")
    if not secret and not list(identities) and not identities.plugin_identities:
        places = ", ".join(identities.searched)
        yield Finding(
            Verdict.WARNING, "identity", "none found", f"looked at {places}, and in the GPG keyring"
        )


def _unusable(error: SopskitError) -> Iterator[Finding]:
    yield Finding(Verdict.PROBLEM, "repository", str(error), error.hint, error.exit_code)


def _repository(inventory: Inventory, own_keys: OwnKeys) -> Iterator[Finding]:
    repository = inventory.repository
    kind = "git repository" if repository.in_git else "folder, not under git"
    yield Finding(Verdict.OK, "repository", f"{repository.root} ({kind})")
    yield Finding(
        Verdict.OK,
        "rules",
        f"{inventory.configs.primary.path}, {len(inventory.configs.primary.document.rules)} rules",
    )
    encrypted = [file.encryption for path in inventory.paths if (file := inventory.file(path)).encryption]
    opened = [encryption for encryption in encrypted if encryption and own_keys.open(encryption)]
    detail = f"{len(opened)} of {len(encrypted)} have a stanza for an identity of this machine"
    if encrypted and not opened:
        hint = "put your age key where sops looks, for example ~/.config/sops/age/keys.txt"
        yield Finding(Verdict.PROBLEM, "secret files", detail, hint, ExitCode.NO_IDENTITY)
    else:
        yield Finding(Verdict.OK if len(opened) == len(encrypted) else Verdict.NOTE, "secret files", detail)
