"""Where sops looks for age and SSH private keys, and in which order.

Source: sops `age/keysource.go` (loadAgeSSHIdentities, loadIdentities).
"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SSH_KEY_FILE = "SOPS_AGE_SSH_PRIVATE_KEY_FILE"
SSH_KEY_COMMAND = "SOPS_AGE_SSH_PRIVATE_KEY_CMD"
KEY_TEXT = "SOPS_AGE_KEY"
KEY_FILE = "SOPS_AGE_KEY_FILE"
KEY_COMMAND = "SOPS_AGE_KEY_CMD"
#: Set for the commands: the public key whose private half is asked for.
RECIPIENT = "SOPS_AGE_RECIPIENT"


class Source(Enum):
    """How a place is read."""

    TEXT = "text"
    FILE = "file"
    COMMAND = "command"


class Place(NamedTuple):
    """One place where an identity may be.

    Attributes:
        name: what people call it; shown in messages.
        source: how it is read.
        value: the text, the path or the command. A text is a private key: never show it.
        holds_ssh: it is one SSH private key; otherwise age identities, one a line.
        expected: someone named it, so that its absence deserves a warning.
    """

    name: str
    source: Source
    value: str
    holds_ssh: bool
    expected: bool

    def __repr__(self) -> str:
        return f"Place({self.name!r})"


def places(environ: Mapping[str, str]) -> list[Place]:
    """The places that exist as far as the environment says, in sops's order."""
    home = environ.get("HOME") or None
    found = [
        _from_variable(environ, SSH_KEY_FILE, Source.FILE, holds_ssh=True),
        _from_variable(environ, SSH_KEY_COMMAND, Source.COMMAND, holds_ssh=True),
        _default(home and Path(home, ".ssh", "id_ed25519"), holds_ssh=True),
        _default(home and Path(home, ".ssh", "id_rsa"), holds_ssh=True),
        _from_variable(environ, KEY_TEXT, Source.TEXT, holds_ssh=False),
        _from_variable(environ, KEY_FILE, Source.FILE, holds_ssh=False),
        _from_variable(environ, KEY_COMMAND, Source.COMMAND, holds_ssh=False),
        _default(_keys_txt(environ, home), holds_ssh=False),
    ]
    return [place for place in found if place is not None]


def searched(environ: Mapping[str, str]) -> list[str]:
    """The names of all places, variables that are not set included: what a hint can list."""
    known = {place.name for place in places(environ)}
    variables = (SSH_KEY_FILE, SSH_KEY_COMMAND, KEY_TEXT, KEY_FILE, KEY_COMMAND)
    return [*variables, *(name for name in sorted(known) if name.startswith("/"))]


def _from_variable(
    environ: Mapping[str, str], variable: str, source: Source, *, holds_ssh: bool
) -> Place | None:
    value = environ.get(variable, "")
    if not value.strip():
        return None
    name = f"{variable} ({value})" if source is Source.FILE else variable
    return Place(name, source, value, holds_ssh, expected=True)


def _default(path: Path | str | None, *, holds_ssh: bool) -> Place | None:
    return Place(str(path), Source.FILE, str(path), holds_ssh, expected=False) if path else None


def _keys_txt(environ: Mapping[str, str], home: str | None) -> Path | None:
    """Go's os.UserConfigDir with sops's exception: on macOS, too, XDG_CONFIG_HOME counts."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    if configured:
        folder = Path(configured)
        if not folder.is_absolute():
            return None
    elif home is None:
        return None
    else:
        folder = (
            Path(home, "Library", "Application Support")
            if sys.platform == "darwin"
            else Path(home, ".config")
        )
    return folder / "sops" / "age" / "keys.txt"
