"""Ids in `.sopskit.toml` that no rule has: whoever misspells one believes that something is left out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.settings import SETTINGS_NAME
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.workflows.scan_accepted import Accepted

#: What `ignore` in the settings names what was not read.
UNREAD = "unread"

#: More are counted among these.
_MOST = 20


def unknown_ids(accepted: Accepted) -> list[str]:
    """A word on each id in the settings that is of no rule, with the one that may be meant.

    Args:
        accepted: what the settings say.
    """
    said = accepted.ignoring
    named = {*said.skip, *said.severity, *(each.id for each in said.ignore)}
    named |= {id_ for _, id_ in said.stopwords if id_}
    if not named:
        return []
    from difflib import get_close_matches

    known = set(_ids(accepted))
    unknown = sorted(named - known)
    words = []
    for id_ in unknown[:_MOST]:
        close = get_close_matches(id_[:100], sorted(known), n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        words.append(f"{SETTINGS_NAME} names {shown(id_)}, and there is no such rule{meant}")
    if len(unknown) > _MOST:
        words.append(f"{SETTINGS_NAME} names {len(unknown) - _MOST} more such ids")
    return words


def _ids(accepted: Accepted) -> Iterator[str]:
    """The ids that a finding can have, and that of what is not read."""
    from sopskit.scanner.known_secrets import KNOWN
    from sopskit.scanner.loading import built_in_detector
    from sopskit.scanner.structural import KINDS

    yield from (each.id for each in built_in_detector(os.environ).rules)
    yield from (each.rule.id for each in KINDS)
    yield from (each.rule.id for each in accepted.rules)
    yield from (KNOWN.id, UNREAD)
