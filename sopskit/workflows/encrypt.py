"""Encrypting plaintext files: to whom, which values, and where the result goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines import file_encryption
from sopskit.errors import ConfigurationError, UsageError
from sopskit.inventory.plan import Target, target_of
from sopskit.sops import selectors
from sopskit.sops.formats import Format
from sopskit.workflows.decrypt import converted
from sopskit.workflows.in_place import change_files
from sopskit.workflows.many_files import for_each, no_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sopskit.engines.file_encryption import Encryption
    from sopskit.engines.interface import Engine
    from sopskit.inventory.governing import Configs
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.documents import Written
    from sopskit.sops.metadata import Selector
    from sopskit.sops_yaml.model import Rule
    from sopskit.workflows.in_place import Changed
    from sopskit.workflows.sources import Source

#: The variables that sops takes recipients from (cmd/sops/main.go, the flags' EnvVar).
AGE_VARIABLE, PGP_VARIABLE = "SOPS_AGE_RECIPIENTS", "SOPS_PGP_FP"


class Wanted(NamedTuple):
    """What the user says about the encryption; what is not said comes from the rule.

    Attributes:
        recipients: those to encrypt to; empty for the rule's.
        selector: which values are encrypted, or None.
        mac_only_encrypted: the MAC is to cover encrypted values only.
        output_type: the format of the result; None keeps the plaintext's.
    """

    recipients: tuple[Recipient, ...] = ()
    selector: Selector | None = None
    mac_only_encrypted: bool = False
    output_type: Format | None = None


class Job(NamedTuple):
    """A file, and how it is encrypted: recipients and selector."""

    source: Source
    how: Encryption


def parse_recipients(age: str | None, pgp: str | None, environ: Mapping[str, str]) -> tuple[Recipient, ...]:
    """The recipients of `--age` and `--pgp`, comma-separated, else of the variables that sops reads.

    Raises:
        InvalidRecipientError: one is no such key.
    """
    from sopskit.keys.recipients import parse_age, parse_pgp

    found = {
        parse_pgp: environ.get(PGP_VARIABLE, "") if pgp is None else pgp,
        parse_age: environ.get(AGE_VARIABLE, "") if age is None else age,
    }
    texts = [(parse, text) for parse, joined in found.items() for text in joined.split(",") if text.strip()]
    return tuple(dict.fromkeys(parse(text) for parse, text in texts))


def plan(sources: Sequence[Source], configs: Configs, wanted: Wanted) -> list[Job]:
    """How each file is to be encrypted.

    Raises:
        ConfigurationError: no rule claims a file, or the rule cannot be used.
    """
    return [_job(source, configs, wanted) for source in sources]


def _job(source: Source, configs: Configs, wanted: Wanted) -> Job:
    governing = configs.governing(source.path)
    rule = governing.rule if governing else None
    if rule is None and not wanted.recipients:
        raise ConfigurationError(
            "no rule claims it" if governing else "there is no .sops.yaml above it",
            hint="sopskit plan shows which files rules claim; --age or --pgp names recipients without a rule",
            path=source.name,
        )
    how = encryption(rule, wanted, source.format)
    if not (how.groups and all(how.groups)):
        raise ConfigurationError(
            f"rule {rule.number if rule else '?'} has no key for it",
            hint="give the rule a key",
            path=source.name,
        )
    return Job(source, how)


def encryption(rule: Rule | None, wanted: Wanted, kind: Format) -> Encryption:
    """How a file is encrypted by its rule, as far as the user does not say otherwise.

    Args:
        rule: the one that claims it, or None.
        wanted: what the user says.
        kind: the format of the plaintext. Binary is one value, which is always encrypted.

    Raises:
        ConfigurationError: the rule's key groups cannot be used.
    """
    target = target_of(rule) if rule else Target((), 0)
    if wanted.recipients:
        target = target._replace(groups=(wanted.recipients,), threshold=0)
    if kind is Format.BINARY:
        return file_encryption.Encryption(target.groups, target.threshold)
    return file_encryption.Encryption(
        target.groups,
        target.threshold,
        wanted.selector or target.selector or selectors.DEFAULT,
        wanted.mac_only_encrypted or target.mac_only_encrypted,
    )


def encrypt_files(
    engine: Engine,
    work: Sequence[Job],
    wanted: Wanted,
    *,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Written]:
    """The encrypted files, in order; none where one of them fails.

    Raises:
        FailedError: a file cannot be read or encrypted.
    """
    return for_each(
        lambda job: _encrypted(engine, job, job.source.read(), wanted),
        work,
        lambda job: job.source.name,
        what="could not be encrypted",
        jobs=jobs,
        report=report,
    )


def encrypt_in_place(
    engine: Engine,
    work: Sequence[Job],
    wanted: Wanted,
    *,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Changed]:
    """Replace plaintext files by encrypted ones, all or none.

    Raises:
        SopskitError: see `encrypt_files` and `in_place.change_files`; nothing was written.
    """
    by_path = {job.source.path: job for job in work}
    return change_files(
        [job.source for job in work],
        lambda source, content: _encrypted(engine, by_path[source.path], content, wanted),
        what="could not be encrypted",
        jobs=jobs,
        report=report,
    )


def _encrypted(engine: Engine, job: Job, content: bytes, wanted: Wanted) -> Written:
    kind = job.source.format
    if wanted.output_type not in (None, kind):
        document = file_encryption.read_plaintext(content, kind, job.source.name)
        kind = wanted.output_type or kind
        content = converted(document.tree(), kind)
    return file_encryption.encrypt_file(engine, content, kind, job.source.name, job.how)


def selector(options: Mapping[str, str | None]) -> Selector | None:
    """The selector that options name, or None.

    Args:
        options: name of each selector -> its value; an empty one counts as none, as in sops.

    Raises:
        UsageError: several are given.
    """
    from sopskit.sops.metadata import Selector

    found = [Selector(name, value) for name, value in options.items() if value]
    if len(found) > 1:
        names = " and ".join(f"--{each.name.replace('_', '-')}" for each in found)
        raise UsageError(f"{names} do not go together", hint="a file has one of them")
    return found[0] if found else None
