"""What a hook is told when nothing is wrong: what is staged was read, and nothing in it sets off a trigger.

Nearly every commit is like that, and somebody waits for each. This asks git the questions that `scan_staged`
asks it, and searches with the same database; it says "clean", or it says that it does not know, and then
`scan_staged` does all of it again. So it judges nothing: no trigger, no finding (see `scanner.triggers`).

What it imports is held down by tests/test_startup.py.
"""

from __future__ import annotations

import os

from sopskit.repo import staged
from sopskit.repo.git_calls import CONTENTS
from sopskit.repo.quick_git import MOST, QuickGit
from sopskit.scanner.plain_text import is_plain

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

#: A content that is larger is read in blocks, which is not done here.
_LARGEST = 4 << 20

#: What changes which files are read, or what is reported; as `cat-file` names them in the index.
_SETTINGS = (":.sopskit.toml", ":.sopskit-baseline.json")

_PLACE = ("rev-parse", "--show-toplevel", "--absolute-git-dir")


def clean(environ: Mapping[str, str]) -> tuple[int, int] | None:
    """The number of files that are staged in the working directory's repository, and their bytes.

    None where it is not sure that there is nothing to say of any, or no more than one could read here: a
    trigger occurs, a content is no plain text or not in this clone, settings leave files out or add rules, or
    git fails.

    Args:
        environ: that of this process.
    """
    gits: list[QuickGit] = []
    try:
        return _clean(environ, gits)
    except (OSError, ValueError):
        return None
    finally:
        for git in gits:
            git.end()


def _clean(environ: Mapping[str, str], gits: list[QuickGit]) -> tuple[int, int] | None:
    kept = {name: environ[name] for name in CONTENTS if name in environ}
    # All at once: there is more than one processor.
    gits.extend(QuickGit(each, kept) for each in (_PLACE, staged.QUESTION, ("cat-file", "--batch")))
    place, listing, contents = gits
    if not _is_here(place.read(), environ):
        return None
    said, known = contents.contents(_SETTINGS, _LARGEST)
    if (said is not None or known is not None) and not _is_all_read(said, known):
        return None
    output = listing.read()
    if output is None:
        return None
    blobs = [blob for _, blob in staged.answers(output)]
    if not blobs:
        return 0, 0
    return _read(contents, blobs, environ)


def _is_all_read(said: bytes | None, known: bytes | None) -> bool:
    """Whether settings and baseline are valid, and say only which findings are not reported.

    Args:
        said: the settings, if there are any.
        known: the baseline, if there is one.
    """
    from sopskit import settings
    from sopskit.errors import SopskitError
    from sopskit.scanner import baseline

    try:
        scan = settings.ScanSettings() if said is None else settings.parse(said).scan
        if known is not None:
            baseline.parse(known)
    except SopskitError:
        return False
    return scan._replace(skip=(), ignore=(), stopwords=()) == settings.ScanSettings()


def _read(contents: QuickGit, blobs: list[str], environ: Mapping[str, str]) -> tuple[int, int] | None:
    if not all(blobs) or len(blobs) > MOST:  # a conflict, or work for several processes
        return None
    from sopskit.scanner.kept import kept_database

    database = kept_database(environ)
    if database is None:
        return None
    from sopskit.scanner.hyperscan_triggers import occurs_any

    size = 0
    for content in contents.contents(blobs, _LARGEST):
        if content is None or not is_plain(content) or occurs_any(database, content):
            return None
        size += len(content)
    return len(blobs), size


def _is_here(output: bytes | None, environ: Mapping[str, str]) -> bool:
    """Whether the repository is that of the working directory, and the variables speak of no other.

    Args:
        output: what `_PLACE` is answered.
        environ: that of this process.
    """
    if output is None or output.count(b"\n") != 2 or "GIT_QUARANTINE_PATH" in environ:
        return False
    top, directory, _ = os.fsdecode(output).split("\n")
    if not f"{os.path.realpath('.')}/".startswith(f"{top.removesuffix('/')}/"):  # by `core.worktree`
        return False
    named = environ.get("GIT_DIR")
    return named is None or os.path.realpath(named) == os.path.realpath(directory)
