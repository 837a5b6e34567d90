"""The Secret that a cluster decrypts with, made with its age identities: for a file, or for kubectl.

Source: https://fluxcd.io/flux/guides/mozilla-sops/ (entries NAME.agekey of a Secret in the Kustomization's
namespace).
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux.decryption import decoded
from sopskit.errors import FailedError, SopskitError, UsageError
from sopskit.keys import bech32
from sopskit.keys.age import parse_identity
from sopskit.workflows.new_key import NewKey

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from sopskit.consumers.flux.decryption import SecretName
    from sopskit.keys.recipients import Recipient

_KUBECTL_SECONDS = 60
_LARGEST = 1 << 20
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{80,}={0,2}")
_IDENTITY = re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+")


class Identity(NamedTuple):
    """An age identity and its public half."""

    recipient: Recipient
    text: str

    def __repr__(self) -> str:
        return f"Identity({self.recipient.text})"  # the text is a private key


def generate(*, post_quantum: bool = False) -> Identity:
    """A new identity."""
    prefix = "age-secret-key-pq-" if post_quantum else "age-secret-key-"
    text = bech32.encode(prefix, secrets.token_bytes(32)).upper()
    return Identity(parse_identity(text).recipient, text)


def identities_in(text: str) -> list[Identity]:
    """The age identities in a text: a key file, or the manifest of a Secret, whose values may be base64."""
    values = [decoded(match.group()) or "" for match in _BASE64.finditer(text)]
    found = []
    for match in _IDENTITY.finditer("\n".join((text, *values))):
        try:
            found.append(Identity(parse_identity(match.group()).recipient, match.group()))
        except SopskitError:
            continue
    return found


def read_identities(path: Path) -> list[Identity]:
    """The age identities of a file.

    Raises:
        UsageError: it cannot be read, or has none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"--keys {path}: {error.strerror}") from None
    found = identities_in(text)
    if not found:
        raise UsageError(f"--keys {path}: there is no age identity in it")
    return found


def manifest(names: Sequence[SecretName], entry: str, identities: Sequence[Identity]) -> str:
    """The Secret's manifest, for each namespace one.

    Its values stand below `data`: what a later manifest leaves out, a server-side apply takes away there, but
    not what `stringData` had brought.

    Args:
        names: where the Secret is to be.
        entry: what its keys are called: `ENTRY.agekey`, the second and later ones `ENTRY-2.agekey`.
        identities: what is in it.
    """
    documents = []
    for name in names:
        lines = [
            "apiVersion: v1",
            "kind: Secret",
            f"metadata:\n  name: {name.name}\n  namespace: {name.namespace}",
            "data:",
        ]
        for number, each in enumerate(identities, start=1):
            value = base64.b64encode(f"# public key: {each.recipient.text}\n{each.text}\n".encode()).decode()
            lines.append(f"  {entry}{f'-{number}' if number > 1 else ''}.agekey: {value}")
        documents.append("\n".join(lines) + "\n")
    return "---\n".join(documents)


class SecretManifest(NewKey):
    """The Secret's manifest, written or given to a cluster before anything is encrypted to its key.

    Args:
        recipient: the public half of the new key.
        path: of the file that it goes to; None for none.
        content: the manifest.
        apply: whether kubectl gets it too.
    """

    def __init__(self, recipient: Recipient, path: Path | None, content: str, *, apply: bool) -> None:
        super().__init__(recipient, path, content)
        self._content = content
        self._apply = apply

    def write(self) -> None:
        """Write the file, and have kubectl apply what is in it.

        Raises:
            ToolMissingError: there is no kubectl.
            FailedError: the file exists, or kubectl failed.
        """
        if self.path is not None:
            super().write()
        if self._apply:
            try:
                apply_manifest(self._content)
            except BaseException:
                self.discard()
                raise

    @property
    def done(self) -> str:
        """What to say once it is written."""
        if self._apply:
            return "the cluster has the key" + (f", and so has {self.path}" if self.path else "")
        return (
            f"wrote {self.path}: the private key. Before you push: kubectl apply --server-side -f {self.path}"
        )


def apply_manifest(content: str) -> None:
    """Have kubectl apply a manifest, which it reads from its input.

    Raises:
        ToolMissingError: there is no kubectl.
        FailedError: it failed; what it says may quote its input, and is not repeated.
    """
    from sopskit import process

    # Server-side: the client-side way keeps a copy of all values in an annotation.
    command = ["kubectl", "apply", "--server-side", "--force-conflicts", "--filename", "-"]
    done = process.run(command, stdin=content.encode(), timeout=_KUBECTL_SECONDS)
    if done.returncode:
        raise FailedError(
            "kubectl could not apply the Secret", hint="is the namespace there? kubectl auth can-i shows more"
        )


def check_output(path: Path | None, *, apply: bool) -> None:
    """Refuse a file that exists or lies in a work tree, and a key that would go nowhere.

    Raises:
        UsageError: naming the option.
    """
    if path is None:
        if not apply:
            raise UsageError(
                "where does the private key go?", hint="--key-out FILE, or --apply for the cluster of kubectl"
            )
        return
    if os.path.lexists(path):
        raise UsageError(f"--key-out {path}: the file exists", hint="choose another name")
    folder = path.resolve().parent
    if any(os.path.lexists(each / ".git") for each in (folder, *folder.parents)):
        raise UsageError(
            f"--key-out {path}: a private key does not belong in a work tree",
            hint="choose a path outside of it",
        )


def covering(found: Sequence[Identity], wanted: Collection[Recipient]) -> list[Identity]:
    """The identities of these public keys.

    Raises:
        UsageError: one of them is missing.
    """
    by_recipient = {each.recipient: each for each in found}
    missing = [each for each in wanted if each not in by_recipient]
    if missing:
        raise UsageError(
            f"the private key of {missing[0].text} is not at hand",
            hint="--keys FILE names a file that has it, --apply reads it from the cluster",
        )
    return [by_recipient[each] for each in wanted]
