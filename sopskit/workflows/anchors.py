"""Names for the anchors of a host's keys: the host's name, and a suffix for the kind where needed."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sopskit.keys.recipients import Recipient

_SUFFIX = {KeyKind.AGE_PQ: "pq", KeyKind.PGP: "pgp", KeyKind.SSH_ED25519: "ssh", KeyKind.SSH_RSA: "ssh"}


def anchor_names(
    host: str, recipients: Sequence[Recipient], taken: Collection[str] = (), *, suffixed: bool = False
) -> list[str]:
    """One anchor for each key: `nebula` for a single one, else `nebula_age`, `nebula_pgp`, `nebula_age2`.

    Args:
        host: the host's name.
        recipients: its keys, or its further keys.
        taken: the anchors that the file has.
        suffixed: give even a single key a suffix, since the host has others.

    Raises:
        UsageError: an anchor of that name stands elsewhere in the file.
    """
    if len(recipients) == 1 and not suffixed:
        if host in taken:
            raise UsageError(f"the anchor &{host} is taken", hint="choose another name")
        return [host]
    names: list[str] = []
    for recipient in recipients:
        stem = f"{host}_{_SUFFIX.get(recipient.kind, 'age')}"
        candidates = chain([stem], (f"{stem}{digit}" for digit in range(2, 10)))
        name = next((each for each in candidates if each not in taken and each not in names), None)
        if name is None:
            raise UsageError(
                f"{host} has too many keys of one kind", hint="give some of them a name of their own"
            )
        names.append(name)
    return names


def renewed_name(anchor: str, old: Recipient, new: Recipient, taken: Collection[str]) -> str:
    """The name of an anchor whose key is another now: a suffix that says the old kind says the new one.

    Args:
        anchor: the name.
        old: the key that it had.
        new: the key that it has.
        taken: the anchors that the file has.
    """
    was, now = (_SUFFIX.get(each.kind, "age") for each in (old, new))
    match = re.fullmatch(rf"(?P<host>.+)_{was}[0-9]?", anchor)
    if match is None or was == now:
        return anchor
    return anchor_names(match["host"], [new], taken, suffixed=True)[0]
