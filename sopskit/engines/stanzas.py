"""Which stanzas a file keeps, and which are to be made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError
from sopskit.keys.recipients import StanzaKind, is_private
from sopskit.sops import formats
from sopskit.sops.metadata import Stanza
from sopskit.text.shown import shown as shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.engines.interface import Rewrap
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata

    MakeStanza = Callable[[int, Recipient], Stanza]


_SHOWN = 100  # characters: an age key or a cloud key in full, the start of an RSA or post-quantum one


def read_encrypted(request: Rewrap) -> SopsFile:
    """Parse the file of a request.

    Raises:
        BrokenFileError: it has no SOPS metadata, or the metadata cannot be read.
    """
    file = formats.read(request.data, formats.format_of(request.path))
    if file is None:
        raise BrokenFileError("the file carries no SOPS metadata any more", path=request.path)
    return file


def is_resplit(metadata: Metadata, request: Rewrap) -> bool:
    """Whether the shares change, so that no stanza of the file can stay."""
    return (len(metadata.groups), metadata.threshold) != (len(request.groups), request.threshold)


def kept(group: Sequence[Stanza], wanted: Sequence[Recipient]) -> list[Stanza]:
    """The stanzas of a group that stay, in the file's order and in the spelling that is wanted."""
    spelling = {recipient: recipient for recipient in wanted}
    texts = {recipient.text for recipient in wanted}  # a rule may spell one key twice
    return [
        stanza if stanza.recipient.text in texts else stanza._replace(recipient=spelling[stanza.recipient])
        for stanza in group
        if stanza.recipient in spelling
    ]


def missing(group: Sequence[Stanza], wanted: Sequence[Recipient]) -> list[Recipient]:
    """The recipients that a group does not have yet."""
    present = {stanza.recipient for stanza in group}
    return [recipient for recipient in wanted if recipient not in present]


def growing(metadata: Metadata, request: Rewrap) -> list[int]:
    """The numbers, from 0, of the groups that get new stanzas in a file that keeps its shares."""
    pairs = zip(metadata.groups, request.groups, strict=True)
    return [number for number, (group, wanted) in enumerate(pairs) if missing(group, wanted)]


def assemble(file: SopsFile, request: Rewrap, make: MakeStanza) -> bytes:
    """The file with the groups asked for; `make(group number from 0, recipient)` makes what is new."""
    resplit = is_resplit(file.metadata, request)
    groups = []
    for number, wanted in enumerate(request.groups):
        existing = () if resplit else file.metadata.groups[number]
        stanzas = kept(existing, wanted)
        stanzas += [make(number, recipient) for recipient in missing(existing, wanted)]
        groups.append(stanzas)
    # Where the threshold stays, so does its spelling: none at all is "all groups", and sops leaves a 1
    # in a file whose groups it has joined.
    return file.with_groups(groups, request.threshold if resplit else file.metadata.shamir_threshold)


def shown(recipient: Recipient) -> str:
    """A recipient for a message; what a file has in that place may be any text, a private key too."""
    if is_private(recipient.text):
        return "(a private key, not shown)"
    text = shown_text(recipient.text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def new_stanza(recipient: Recipient, enc: str) -> Stanza:
    """A stanza made now; PGP stanzas carry the time (`pgp/keysource.go`), age ones do not."""
    created = None
    if recipient.stanza_kind is not StanzaKind.AGE:
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return Stanza(recipient=recipient, enc=enc, created_at=created)
