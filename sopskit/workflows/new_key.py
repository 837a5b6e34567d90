"""A key that is made for a host: its private half is on disk before anything is encrypted to it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.keys import recipients
from sopskit.workflows import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.repo.discovery import Repository
    from sopskit.repo.private_files import Written


class NewKey:
    """A new age key whose private half is not written yet.

    Attributes:
        recipient: its public half.
        path: where the private half goes; None where it goes into no file.
    """

    def __init__(self, recipient: Recipient, path: Path | None, identity: str) -> None:
        self.recipient = recipient
        self.path = path
        self._identity = identity
        self._written: Written | None = None

    def write(self) -> None:
        """Write the identity file, readable by its owner alone.

        Raises:
            FailedError: it exists, or cannot be written.
        """
        from sopskit.repo.private_files import write_private

        if self.path is not None:
            self._written = write_private(self.path, self._identity.encode())

    @property
    def done(self) -> str:
        """What to say once it is written."""
        return f"wrote {self.path}: the host's private key; move it there, and keep no copy"

    def discard(self) -> None:
        """Take the file away again, if it still is the one that was written."""
        if self._written is not None:
            self._written.discard()


def generate(path: Path, repository: Repository) -> NewKey:
    """Make a new age identity, to be written to `path`.

    Raises:
        UsageError: the file exists, or would lie in the repository, where it could be committed.
    """
    import pyrage

    if path.exists():
        raise UsageError(
            f"--generate {path}: the file exists", hint="give it with --key-file if it is an age key"
        )

    if path.resolve().is_relative_to(repository.root):
        raise UsageError(
            f"--generate {path}: a private key does not belong in the repository",
            hint="choose a path outside of it",
        )
    identity = pyrage.x25519.Identity.generate()
    recipient = recipients.parse_age(str(identity.to_public()))
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return NewKey(recipient, path, f"# created: {created}\n# public key: {recipient.text}\n{identity}\n")


@contextmanager
def written(key: NewKey | None, inventory: Inventory, warn: Callable[[str], None]) -> Iterator[None]:
    """Have the private half of a key on disk while a change is made, and gone if nothing was changed.

    Args:
        key: the key, or None, where there is nothing to do.
        inventory: the repository as it was before the change.
        warn: told if a failed change may have encrypted something to the key.

    Raises:
        FailedError: the file exists, or cannot be written.
    """
    if key is None:
        yield
        return
    key.write()
    try:
        yield
    except BaseException:
        if apply.is_untouched(inventory):
            key.discard()
        elif key.path is not None:
            warn(f"{key.path} is kept: files may be encrypted to it already")
        raise
