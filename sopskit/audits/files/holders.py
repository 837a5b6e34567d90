"""Who holds the keys of a file: persons, machines, and who is neither for all one can tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops_yaml.hosts import host_name
from sopskit.text.yaml_tree import Mapping, Scalar, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.audits.subject import Subject
    from sopskit.inventory.configs import Config
    from sopskit.inventory.plan import FilePlan
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Role
    from sopskit.text.splice import Span

_RECOVERY = re.compile(
    r"(?:^|[_-])(?:recover[a-z]*|offline|backup|break_?glass|escrow|emergency|paper)(?:$|[_-])", re.IGNORECASE
)


class Holder(NamedTuple):
    """Who holds a key.

    Attributes:
        name: of the host; None where no anchor names the key.
        role: machine, user, or None where it is unknown.
        is_recovery: a name says that the key is kept offline for the day when others are lost.
    """

    name: str | None
    role: Role | None = None
    is_recovery: bool = False


_NOBODY = Holder(None)


class Holders:
    """The holders of all keys of a repository.

    By convention a key is for recovery where its name, or that of the list around it, has one of the words
    recovery, offline, backup, breakglass, escrow, emergency or paper.
    """

    def __init__(self, subject: Subject) -> None:
        self._of: dict[Recipient, Holder] = {}
        for config in subject.inventory.configs.all():
            lists = list(_recovery_lists(config))
            roles = {host.name: host.role for host in config.document.hosts()}
            for key in config.document.keys:
                if key.recipient is None or key.node is None:
                    continue
                start = key.node.span.start
                listed = any(span.start <= start < span.end for span in lists)
                name = host_name(key)
                recovery = listed or _RECOVERY.search(key.name) is not None
                self._of.setdefault(key.recipient, Holder(name, key.role or roles.get(name), recovery))

    def of(self, recipients: Iterable[Recipient]) -> list[Holder]:
        """The holder of each key."""
        return [self._of.get(recipient, _NOBODY) for recipient in recipients]


def _recovery_lists(config: Config) -> Iterator[Span]:
    for root in config.document.document.roots:
        for node in walk(root):
            if isinstance(node, Mapping):
                for pair in node.pairs:
                    if isinstance(pair.key, Scalar) and _RECOVERY.search(pair.key.value):
                        yield pair.value.span


def single_group(plan: FilePlan) -> tuple[Recipient, ...]:
    """The recipients of a file of one key group; none of any other file."""
    encryption = plan.file.encryption
    return encryption.groups[0] if encryption is not None and len(encryption.groups) == 1 else ()
