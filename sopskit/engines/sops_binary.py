"""The real sops as a key service: for what only it reaches (cloud KMS, Vault, age plugins), or for all.

sops shows nobody a data key, but it re-wraps one for anybody. So an age key is made that lives as long as
one run: to open a stanza, sops re-wraps what is in it for that key; to make one, sops re-wraps what was
wrapped for that key. Its private half is in this process and, for the second, in the environment of sops;
what it opens never touches the disk but encrypted. The key is checked here before anybody gets it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.engines import sops_process, stanzas
from sopskit.engines.embedded import IN_PROCESS
from sopskit.errors import FailedError, SopskitError, ToolMissingError
from sopskit.keys import identity_places
from sopskit.sops.metadata import Stanza

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.keys.age import AgeIdentity
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group

#: sops/cmd/sops/codes/codes.go, CouldNotRetrieveKey
_NO_DATA_KEY = 128
_MAX_RUNS = 16  # for one file, each of which may ask somebody or wait for a cloud
#: A key service elsewhere, which the environment may name instead, cannot open what is wrapped for us.
_LOCAL_KEYS = "SOPS_ENABLE_LOCAL_KEYSERVICE"
_IDENTITY_PLACES = {
    identity_places.SSH_KEY_FILE,
    identity_places.SSH_KEY_COMMAND,
    identity_places.KEY_FILE,
    identity_places.KEY_COMMAND,
}


class SopsBinary:
    """The sops found on PATH, in the environment of the user (a `KeyService`).

    Args:
        alone: it serves keys of every kind, not only those that this process cannot.
        limit: seconds that one run of sops may take where there is no terminal it could ask on.
    """

    def __init__(self, *, alone: bool = False, limit: float = 300) -> None:
        self.alone = alone
        self._limit = limit

    def serves(self, recipient: Recipient) -> bool:
        """See `KeyService.serves`."""
        return self.alone or recipient.kind not in IN_PROCESS

    def wrap(self, recipient: Recipient, share: bytes) -> Stanza:
        """See `KeyService.wrap`."""
        from sopskit.keys import age

        text, passing = _passing_key()
        source = Stanza(passing.recipient, age.wrap(passing.recipient, share))
        # The user's own identities are not needed, and may ask for a passphrase.
        environ = {name: value for name, value in os.environ.items() if name not in _IDENTITY_PLACES}
        environ |= {identity_places.KEY_TEXT: text, _LOCAL_KEYS: "true"}
        code, made = self._updated([source], recipient, environ)
        if code:
            raise FailedError(
                f"sops could not encrypt to {stanzas.shown(recipient)} (exit code {code})",
                hint="check the key and the credentials for it; sops encrypt with this key says more",
            )
        if len(made) != 1 or made[0].kind is not recipient.stanza_kind:
            raise FailedError(f"sops gave back no stanza for {stanzas.shown(recipient)}")
        return made[0]

    def unwrap(self, group: Sequence[Stanza]) -> bytes | None:
        """What stanzas wrap, all of them the same; None where sops opens none of them.

        Raises:
            ToolMissingError: there is no sops.
            FailedError: sops failed otherwise, or did not end.
        """
        _, passing = _passing_key()
        code, made = self._updated(group, passing.recipient, dict(os.environ))
        if code == _NO_DATA_KEY:
            return None
        if code:
            raise FailedError(
                f"sops could not read its stanzas (exit code {code})", hint="sops decrypt says more"
            )
        return next((passing.unwrap(stanza.enc) for stanza in made), None)

    def opener(self) -> SopsOpener:
        """See `KeyService.opener`."""
        return SopsOpener(self)

    def _updated(
        self, group: Sequence[Stanza], recipient: Recipient, environ: dict[str, str]
    ) -> tuple[int, Group]:
        """The exit code of `sops updatekeys`, and the stanzas that it made."""
        import tempfile

        from sopskit.engines import scratch_file

        try:
            with tempfile.TemporaryDirectory(prefix="sopskit-") as folder:
                config, file = Path(folder, ".sops.yaml"), Path(folder, "stanzas.json")
                config.write_bytes(scratch_file.rule_for(recipient))
                file.write_bytes(scratch_file.with_stanzas(group))
                arguments = ["--config", str(config), "updatekeys", "--yes", str(file)]
                code = sops_process.run(arguments, limit=self._limit, environ=environ)
                return code, () if code else scratch_file.stanzas_in(file.read_bytes())
        except OSError:
            raise FailedError(
                "the scratch file for sops could not be made", hint="is the temporary folder full?"
            ) from None


class SopsOpener:
    """The attempts of sops on one file (an `Opener`)."""

    def __init__(self, sops: SopsBinary) -> None:
        self.missing: SopskitError | None = None
        self._sops = sops
        self._runs = 0

    def attempts(self, group: Group) -> Iterator[bytes | None]:
        """One run for all stanzas of a group that sops alone serves."""
        served = [stanza for stanza in group if self._sops.serves(stanza.recipient)]
        if not served or self._runs == _MAX_RUNS:
            return
        self._runs += 1
        try:
            yield self._sops.unwrap(served)
        except ToolMissingError as error:
            self.missing = error

    def at_hand(self, group: Group) -> Iterator[bytes | None]:
        """Where sops does everything, it is what checks shares too; else it may wait long for a cloud."""
        return self.attempts(group) if self._sops.alone else iter(())

    def holds(self, recipient: Recipient) -> bool:  # noqa: ARG002
        """See `Opener.holds`; sops does not say."""
        return False


def _passing_key() -> tuple[str, AgeIdentity]:
    """A new age key, for one run: its private half as text, and to open with."""
    import pyrage

    from sopskit.keys import age

    text = str(pyrage.x25519.Identity.generate())
    return text, age.parse_identity(text)
