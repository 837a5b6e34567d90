"""A task or script that runs `sops updatekeys`, which asks a question for each file."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

# Files that hold commands and nothing else to speak of. A document may show the command to people.
_SCRIPT = re.compile(
    r"(?:^|/)(?:(?:GNU)?[Mm]akefile|makefile|[^/]*\.mk|\.?[Jj]ustfile|[^/]*\.just"
    r"|[Tt]askfile(?:\.dist)?\.ya?ml|[^/]*\.(?:sh|bash|zsh|fish)|\.gitlab-ci\.ya?ml|Jenkinsfile|package\.json)$"
    r"|(?:^|/)\.(?:github/workflows|forgejo/workflows|gitea/workflows|woodpecker|taskfiles?|circleci)/.*\.ya?ml$"
    r"|(?:^|/)(?:scripts?|bin|hack|tasks?|\.?taskfiles?)/[^/]+$"
)
_LARGEST = 1 << 20
_MOST = 100  # commands in one file

# To the end of the command: a line, and those that a backslash continues.
_REST = r"(?:[^\n\\;|&#]|\\\r?\n|\\.)"
_COMMAND = re.compile(
    rf"(?<![.\w-])sops(?![.\w-])(?:(?!\bsops\b){_REST}){{0,200}}?\bupdatekeys\b(?P<rest>{_REST}*)"
)
_YES = re.compile(r"(?:^|\s)(?:-y|--yes)(?:[\s=\"')]|$)|--help")
# In front of what is said to a person, not run.
_SAID = re.compile(
    r"(?:^|\s)(?:#|//)|\b(?:echo|printf|info|log|warn|print)\b[^;&|]*$|<<<"
    r"|^\s*-?\s*[\"']?(?:desc|description|summary|name|about|help|msg|message|prompt|title)[\"']?\s*[:=]",
)
_LOOP = re.compile(r"\b(?:for|while|find|xargs|fd|parallel|each)\b")
_ANSWERED = re.compile(r"\b(?:yes|echo\s+[\"']?y|printf\s+[\"']?y)\b[^\n|]*\|[^\n]*$")
_ABOVE, _LINES_ABOVE = 1000, 4


def detect(subject: Subject) -> Iterator[Finding]:
    """Find the command without `--yes` in scripts, task files and workflows."""
    for path in subject.paths():
        if not _SCRIPT.search(path):
            continue
        version = subject.inventory.file(path).version
        if version is None or version.identity.size > _LARGEST:
            continue
        content = subject.content(path) or b""
        if b"updatekeys" in content:
            yield from _in_text(path, content.decode("utf-8", "replace"))


def _in_text(path: str, text: str) -> Iterator[Finding]:
    for number, found in enumerate(islice(_COMMAND.finditer(text), _MOST)):
        line_start = text.rfind("\n", 0, found.start()) + 1
        before = text[line_start : found.start()]
        if _ANSWERED.search(before) or _YES.search(found.group()) or _SAID.search(before):
            continue
        above = text[max(0, line_start - _ABOVE) : line_start].split("\n")[-_LINES_ABOVE:]
        looped = _LOOP.search("\n".join([*above, before]))
        what = "stops at a question" + (" for each file of a loop" if looped else "")
        message = f"sops updatekeys {what}, and exits with 0 where it is declined"
        yield AUDIT.finding(
            Place.of_span(path, text, found.start(), found.start("rest")), message, str(number)
        )


AUDIT = Audit(
    id="updatekeys-without-yes",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    title="a task or script runs sops updatekeys without --yes",
    hint="sopskit sync --yes does all files at once, or none; or give updatekeys --yes",
    detect=detect,
)
