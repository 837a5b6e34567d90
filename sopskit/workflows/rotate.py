"""Rotating files that were named: a new data key, and recipients and selector as the rules say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines import rotation
from sopskit.engines.file_encryption import Encryption
from sopskit.errors import BrokenFileError
from sopskit.inventory import secret_files
from sopskit.inventory.narrowing import may_narrow, narrowing_in
from sopskit.inventory.plan import FilePlan, State, Target, compare, target_of
from sopskit.inventory.secret_files import SecretFile
from sopskit.sops import formats
from sopskit.sops.formats import Format
from sopskit.workflows.guard import refuse_empty_groups
from sopskit.workflows.in_place import change_files
from sopskit.workflows.many_files import for_each, no_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.engines.interface import Engine
    from sopskit.inventory.governing import Configs
    from sopskit.inventory.narrowing import Narrowing
    from sopskit.sops.documents import Written
    from sopskit.workflows.in_place import Changed
    from sopskit.workflows.sources import Source


class Rotation(NamedTuple):
    """A file that is to get a new data key, and what its rule changes in it."""

    source: Source
    plan: FilePlan


def plan(sources: Sequence[Source], configs: Configs) -> list[Rotation]:
    """What becomes of each file; needs no private key.

    Raises:
        BrokenFileError: a file is not encrypted, or its metadata is damaged.
        ConfigurationError: a rule cannot be used, or would leave a file to nobody.
    """

    def one(source: Source) -> Rotation:
        return Rotation(source, _plan(source, configs))

    rotations = for_each(one, sources, lambda source: source.name, what="cannot be rotated", jobs=1)
    refuse_empty_groups(each.plan for each in rotations)
    return rotations


def _plan(source: Source, configs: Configs) -> FilePlan:
    file = formats.read(source.read(), source.format)
    if file is None:
        raise BrokenFileError("is not encrypted: it carries no SOPS metadata")
    metadata = file.metadata
    groups = tuple(tuple(stanza.recipient for stanza in group) for group in metadata.groups)
    before = secret_files.Encryption(
        groups, metadata.threshold, metadata.selector, metadata.mac_only_encrypted
    )
    governing = configs.governing(source.path)
    rule = governing.rule if governing else None
    target = target_of(rule) if rule else Target(*before)
    if source.format is Format.BINARY:  # it has one value, which is always encrypted
        target = target._replace(selector=before.selector, mac_only_encrypted=before.mac_only_encrypted)
    difference = compare(before, target)
    state = State.ORPHAN if rule is None else State.DRIFT if any(difference) else State.IN_SYNC
    secret = SecretFile(source.name, source.path, None, before)
    return FilePlan(secret, state, rule, None, target, *difference)


def narrowings(rotations: Sequence[Rotation]) -> list[Narrowing]:
    """What would be in clear afterwards, of each file where something would be that is encrypted now.

    Raises:
        SopskitError: a file cannot be read.
    """
    changing = [each for each in rotations if may_narrow(each.plan)]
    found = (narrowing_in(each.plan, each.source.read(), each.source.format) for each in changing)
    return [each for each in found if each.number]


def rotate_files(
    engine: Engine,
    rotations: Sequence[Rotation],
    *,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Changed]:
    """Encrypt the files anew, where they stand, all or none.

    Raises:
        SopskitError: see `in_place.change_files`; nothing was written.
    """
    plans = {each.source.path: each.plan for each in rotations}

    def change(source: Source, content: bytes) -> Written:
        plan = plans[source.path]
        how = Encryption(*plan.target) if plan.rule and plan.target else None
        return rotation.rotate(engine, rotation.Rotation(source.name, content, source.format, how))

    return change_files(
        [each.source for each in rotations], change, what="could not be rotated", jobs=jobs, report=report
    )
