"""Commands that open secret files: `sops exec-env`, `exec-file` and `decrypt` where the file is plain to see.

Looked for in Makefiles, Taskfiles, justfiles, shell scripts, `.envrc` and CI workflows. A file whose name is
put together by variables is not seen.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from sopskit.consumers.named_files import Named, consumer, is_named, line_at, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import CannotTell, Consumer, Source

_NAMES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", ".envrc")
_TASKFILES = tuple(
    f"{start}askfile{dist}{end}" for start in "Tt" for dist in ("", ".dist") for end in (".yml", ".yaml")
)
_SUFFIXES = (".sh", ".bash", ".zsh", ".mk", ".just")
_WORKFLOWS = (".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/")
_COMMAND = re.compile(r"(?<![\w-])(?:sops|sopskit)[ \t]+(?P<rest>(?:[^\n\\]|\\\r?\n|\\.){0,4000})")
_INDENT = 200  # characters in front of a comment
_READS = frozenset({"exec-env", "exec-file", "decrypt", "-d", "--decrypt"})
_WORD = re.compile(r"""[^\s"'`()|&;<>]+""")
_END = re.compile(r"[|;)`]|&&")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every such file, by its path."""
    for path, text in texts(source, is_script, "sops"):
        yield from consumer(source, "command", path, path, names(path, text), only_encrypted=True)


def is_script(path: str) -> bool:
    """Whether commands are looked for in a file."""
    return is_named(path, (*_NAMES, *_TASKFILES), _SUFFIXES) or path.startswith(_WORKFLOWS)


def names(path: str, text: str) -> Iterator[Named]:
    """The words of commands that decrypt; most are no files."""
    for match in _COMMAND.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        if text[start : min(start + _INDENT, match.start())].lstrip().startswith("#"):
            continue
        rest = match["rest"].replace("\\\n", "  ").replace("\\\r\n", "   ")
        words = _WORD.findall(_END.split(rest, maxsplit=1)[0])
        if _READS.isdisjoint(words[:8]):
            continue
        line = line_at(text, match.start())
        for word in words[:100]:
            yield Named(word, line, (posixpath.dirname(path), ""))
