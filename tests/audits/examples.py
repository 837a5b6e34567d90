"""Example repositories for audits: a small dict of files in, findings out.

    assert messages("unused-key", files) == [".sops.yaml:3: the key &old is used nowhere"]

A file is a text, bytes, or what `encrypted` gives. Outside git every file counts; `example(..., git=True)`
makes a repository of git with all of them committed.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit import audits
from sopskit.audits.subject import Subject
from sopskit.findings import in_order
from sopskit.repo.discovery import Repository
from sopskit.workflows.opening import read_inventory
from sopskit.workflows.repair import collect
from tests.sops_yaml.samples import age, pgp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sopskit.findings import Finding
    from sopskit.workflows.repair import Repairs

    Files = Mapping[str, str | bytes]

#: Recipients without an identity, to write examples with.
ALICE, BOB, NOVA = age("alice"), age("bob"), age("nova")
ALICE_PGP = pgp("alice")

_END = """    lastmodified: "2026-01-01T00:00:00Z"
    mac: ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]
{settings}    version: 3.13.3
"""


def encrypted(
    *recipients: str, values: Iterable[str] = ("password",), clear: str = "", **settings: str
) -> str:
    """A YAML file as sops writes it, with stanzas that nobody opens.

    Args:
        recipients: age keys, and PGP fingerprints of 40 digits.
        values: the keys of encrypted values.
        clear: YAML in front of them that is not encrypted.
        settings: more of the metadata: `encrypted_regex="^data$"`.
    """
    content = "".join(f"{key}: ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]\n" for key in values)
    groups = {
        "age": [f"        - enc: x\n          recipient: {r}\n" for r in recipients if r.startswith("age1")],
        "pgp": [
            f'        - created_at: "2026-01-01T00:00:00Z"\n          enc: x\n          fp: {r}\n'
            for r in recipients
            if not r.startswith("age1")
        ],
    }
    stanzas = "".join(f"    {kind}:\n{''.join(lines)}" for kind, lines in groups.items() if lines)
    more = "".join(f"    {name}: {value}\n" for name, value in settings.items())
    return f"{clear}{content}sops:\n{stanzas}{_END.format(settings=more)}"


def write(root: Path, files: Files) -> None:
    """Write files below a folder."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def subject_at(root: Path) -> Subject:
    """A repository on disk as audits see it."""
    repository = Repository.open(root)
    return Subject(read_inventory(repository, root, config=None, jobs=1, tolerant=True))


def example(root: Path, files: Files, *, git: bool = False) -> Subject:
    """A new repository with these files as audits see it.

    Args:
        root: an empty folder.
        files: contents by path.
        git: make it a repository of git, and commit the files.
    """
    write(root, files)
    if git:
        for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "files"]):
            subprocess.run(["git", *arguments], cwd=root, check=True)
    return subject_at(root)


def found(id_: str, subject: Subject) -> list[Finding]:
    """What one audit finds."""
    return in_order(audits.audit(id_).detect(subject))


def messages(id_: str, files: Files, *, git: bool = False) -> list[str]:
    """What one audit finds in a repository of these files: `path:line: message`, `path: message`."""
    with tempfile.TemporaryDirectory() as folder:
        findings = found(id_, example(Path(folder), files, git=git))
    return [f"{_place(each)}: {each.message}" for each in findings]


def fixed(id_: str, subject: Subject) -> dict[str, str]:
    """What `--fix` makes of the text of each `.sops.yaml` that it changes, by path."""
    repairs = _repairs(id_, subject)
    return {each.path: each.document.text for each in repairs.configs.rewritten(subject.inventory.configs)}


def fixed_files(id_: str, subject: Subject) -> set[str]:
    """The secret files that `--fix` re-wraps, rotates or encrypts."""
    return {plan.path for plan in _repairs(id_, subject).plans}


def _repairs(id_: str, subject: Subject) -> Repairs:
    repairs = collect(subject, (each._replace(fixable=True) for each in found(id_, subject)))
    assert not repairs.refused
    return repairs


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.place.line}" if finding.place.line else finding.path
