"""The sops engine: the real binary does what only it can (cloud KMS, Vault, age plugins).

`sops updatekeys` works on an encrypted scratch copy at the same relative path, twice: first it gives the
data key to an age key that lives as long as this takes, so that the key is checked here before anybody
gets it; then to the recipients that are new. Their stanzas are spliced into the original, so that this
engine too changes nothing else, and needs no public key of those who have a stanza already.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sopskit.engines import sops_process, stanzas
from sopskit.errors import FailedError, NoIdentityError
from sopskit.keys import identity_places
from sopskit.keys.recipients import KeyKind
from sopskit.sops import cipher, formats
from sopskit.sops_yaml.members import FLAT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.engines.interface import Rewrap
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Stanza

#: sops/cmd/sops/codes/codes.go, CouldNotRetrieveKey
_NO_DATA_KEY = 128
_CONFIG = ".sops.yaml"
_IDENTITY_PLACES = {
    identity_places.SSH_KEY_FILE,
    identity_places.SSH_KEY_COMMAND,
    identity_places.KEY_FILE,
    identity_places.KEY_COMMAND,
}


class SopsEngine:
    """Runs the sops found on PATH, in the environment of the user.

    Args:
        limit: seconds that one run of sops may take where there is no terminal it could ask on.
    """

    def __init__(self, *, limit: float = 300) -> None:
        self._limit = limit

    def rewrap(self, request: Rewrap) -> bytes:
        """See `Engine.rewrap`."""
        file = stanzas.read_encrypted(request)
        resplit = stanzas.is_resplit(file.metadata, request)
        made: dict[Recipient, Stanza] = {}
        if resplit or stanzas.growing(file.metadata, request):
            if resplit or len(request.groups) > 1:
                # updatekeys splits the data key anew, so that no stanza of the old split can stay.
                updated = self._updated(request, request.config, request.groups)
                return file.with_groups(updated.metadata.groups, request.threshold)
            new = tuple(stanzas.missing(file.metadata.groups[0], request.groups[0]))
            rule = _rule_for(new)
            updated = self._updated(request, rule or request.config, (new,) if rule else request.groups)
            made = {stanza.recipient: stanza for stanza in updated.metadata.groups[0]}
        return stanzas.assemble(file, request, lambda _, recipient: made[recipient])

    def _updated(self, request: Rewrap, rule: str, groups: Sequence[Sequence[Recipient]]) -> SopsFile:
        """The file as `sops updatekeys` gives it to the recipients of a rule, which are `groups`."""
        place = _scratch_place(request.path)
        try:
            with tempfile.TemporaryDirectory(prefix="sopskit-") as scratch:
                copy = Path(scratch, place)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(request.data)
                identity = self._hand_over(Path(scratch, _CONFIG), copy, request)
                self._updatekeys(Path(scratch, _CONFIG), copy, request, rule, identity)
                updated = _read(copy, request)
        except (OSError, UnicodeError):
            raise FailedError(
                "the scratch copy for sops could not be made",
                hint="is the temporary folder full, or the path too long?",
                path=request.path,
            ) from None
        wanted = [set(group) for group in groups]
        if [{stanza.recipient for stanza in group} for group in updated.metadata.groups] != wanted:
            raise FailedError("sops did not give the file the recipients of its rule", path=request.path)
        return updated

    def _hand_over(self, config: Path, copy: Path, request: Rewrap) -> str:
        """Re-wrap the copy for a new age key alone, check the data key, and return the private half."""
        import pyrage

        from sopskit.keys import age

        identity = str(pyrage.x25519.Identity.generate())
        opener = age.parse_identity(identity)
        rule = f"creation_rules:\n  - age: {opener.recipient.text}\n"
        self._updatekeys(config, copy, request, rule, None)
        file = _read(copy, request)
        group = file.metadata.groups[0]
        data_key = opener.unwrap(group[0].enc)
        if data_key is None or not cipher.verify_data_key(file.metadata, data_key):
            raise stanzas.foreign_data_key(request.path)
        # updatekeys has no option for the threshold: it takes the one that the file has.
        copy.write_bytes(file.with_groups([group], request.threshold))
        return identity

    def _updatekeys(self, config: Path, copy: Path, request: Rewrap, rule: str, identity: str | None) -> None:
        """Run `sops updatekeys`, with the identities of the user or with this one alone."""
        config.write_bytes(rule.encode())
        environ = dict(os.environ)
        if identity is not None:
            # The others are not needed any more, and may ask for a passphrase.
            environ = {name: value for name, value in environ.items() if name not in _IDENTITY_PLACES}
            environ[identity_places.KEY_TEXT] = identity
        arguments = ["--config", str(config), "updatekeys", "--yes", str(copy)]
        try:
            code = sops_process.run(arguments, limit=self._limit, environ=environ)
        except FailedError as error:
            raise error.at(request.path) from None
        if code == _NO_DATA_KEY:
            raise NoIdentityError(
                "sops could not get its data key",
                hint="sopskit doctor lists the identities found here",
                path=request.path,
            )
        if code:
            raise FailedError(
                f"sops updatekeys failed with exit code {code}",
                hint="run it by hand to see why",
                path=request.path,
            )


def _read(copy: Path, request: Rewrap) -> SopsFile:
    file = formats.read(copy.read_bytes(), formats.format_of(request.path))
    if file is None:
        raise FailedError("sops gave back a file without metadata", path=request.path)
    return file


def _rule_for(recipients: Sequence[Recipient]) -> str | None:
    """A `.sops.yaml` for these recipients alone; None where one of them takes more than a text to name."""
    fields: dict[str, list[str]] = {}
    for recipient in recipients:
        if recipient.kind is KeyKind.KMS and "|" in recipient.text:  # an encryption context, or a profile
            return None
        fields.setdefault(FLAT_FIELDS[recipient.stanza_kind], []).append(recipient.text)
    return json.dumps({"creation_rules": [fields]})  # which is YAML too


def _scratch_place(path: str) -> str:
    """Where a file stands in the scratch folder, which it must not leave.

    Bytes that are no UTF-8 become U+FFFD, which is how sops's patterns see them.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or parts == (_CONFIG,) or "\0" in path:
        raise FailedError(
            "the sops engine works on files within the folder of their .sops.yaml only", path=path
        )
    return "".join("\ufffd" if "\ud800" <= mark <= "\udfff" else mark for mark in path)
