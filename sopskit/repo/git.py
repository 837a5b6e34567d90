"""Asking git about a repository that may be hostile.

The repository's own configuration can name programs for git to run (a file system monitor, hooks), so
those are switched off. The variables with which git points its children at a repository are dropped:
the folder that was asked about decides, inside a hook too. Replacements and grafts show another history than
the one that others have, so they are not followed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit import process
from sopskit.errors import ConfigurationError, FailedError, UsageError
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

#: Long enough for any index; git waits for ever where, say, `.gitignore` is a pipe.
_TIMEOUT = 120.0

#: Of `stream`, in bytes: enough for two million changes. A few small objects can stand for billions of files.
_LONGEST_OUTPUT = 512 << 20
#: For the same in KiB, since `git log` gathers all that a commit changes before it prints any.
_MEMORY = 1 << 20
_LIMITED = ("sh", "-c", 'ulimit -d "$1" 2>/dev/null; shift; exec "$@"', "sh")

_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")

#: `git rev-parse --local-env-vars`, less those of `git -c`, with which people allow a folder.
_LOCAL_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)

#: Where the objects of a push are until it is taken (git-receive-pack, "Quarantine environment"). They are
#: kept in a hook that git calls for one, and only there.
_OF_A_PUSH = frozenset({"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_OBJECT_DIRECTORY"})

_SETTINGS = {
    "GIT_ALLOW_PROTOCOL": "none",  # older ones do not know GIT_NO_LAZY_FETCH
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone may name a program as its remote
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def toplevel(start: Path) -> Path | None:
    """The top folder of the work tree that holds the folder `start`; None outside git.

    Raises:
        ToolMissingError: git is not installed.
        ConfigurationError: git refuses the repository, it has no work tree, or its work tree is elsewhere.
    """
    done = _run(start, "rev-parse", "--show-toplevel")
    if done.returncode != 0:
        if b"not a git repository" in done.stderr:
            return None
        raise _refusal(done, start)
    root = _path(done.stdout)
    if not start.resolve().is_relative_to(root):  # core.worktree can name any folder
        raise ConfigurationError(
            "this repository's work tree is another folder",
            hint="run sopskit there, or see `git config core.worktree`",
            path=shown(str(start)),
        )
    return root


def git_dir(start: Path) -> Path:
    """The git directory for the work tree of `start`; of a linked worktree its own one.

    Raises:
        ToolMissingError: git is not installed.
        ConfigurationError: not a repository, or git refuses it.
    """
    done = _run(start, "rev-parse", "--absolute-git-dir")
    if done.returncode != 0:
        raise _refusal(done, start)
    return _path(done.stdout)


def list_files(root: Path) -> list[str]:
    """What git tracks, and what it neither tracks nor ignores, in no order.

    Returns:
        Paths relative to `root`, with `/`, bytes that are no text as surrogates (`os.fsdecode`). Files that
        are deleted in the work tree are among them, and so are submodules; nested repositories are not.

    Raises:
        FailedError: git failed, for example on a damaged index.
    """
    done = _run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    if done.returncode != 0:
        raise FailedError(
            "git could not list the files of this repository",
            hint="run `git status` there to see why",
            path=shown(str(root)),
        )
    # git writes an untracked nested repository as a folder, with a slash behind it.
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name and not name.endswith(b"/")]


def commit_id(root: Path, revision: str) -> str:
    """The id of the commit that a revision (`HEAD~3`, a branch, an id) names.

    Raises:
        UsageError: there is no such commit.
    """
    done = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode != 0:
        hint = "a shallow clone has only the newest commits; git log shows what there is"
        raise UsageError(f"there is no commit {shown(revision)}", hint=hint)
    return done.stdout.decode("ascii").strip()


def merge_base(root: Path, one: str, other: str) -> str:
    """The id of the commit from which two commits (ids) parted.

    Raises:
        UsageError: they have none in common, as far as this clone goes.
    """
    done = _run(root, "merge-base", one, other)
    if done.returncode != 0:
        hint = "a shallow clone has only the newest commits: git fetch --unshallow gets the others"
        raise UsageError(f"the commits {one[:12]} and {other[:12]} have none in common", hint=hint)
    return done.stdout.decode("ascii").strip()


def read(root: Path, *arguments: str, what: str) -> bytes:
    """What a command of git prints.

    Args:
        root: the top folder of the work tree.
        arguments: the command and its arguments; none may begin with a dash that a user or a file gave.
        what: what it is for, in an error: "list the staged files".

    Raises:
        FailedError: git failed.
    """
    done = _run(root, *arguments)
    if done.returncode != 0:
        raise FailedError(
            f"git could not {what}",
            hint="run `git fsck` there to see why",
            path=shown(str(root)),
        )
    return done.stdout


def stream(root: Path, *arguments: str, what: str) -> Iterator[bytes]:
    """As `read`, piece by piece, for output that may be long, with a limit to it and to what git takes.

    Raises:
        FailedError: git failed, or prints more than half a GiB.
    """
    size = 0
    argv = [*_LIMITED, str(_MEMORY), "git", *_OPTIONS, *arguments]
    try:
        for piece in process.stream(argv, cwd=root, environ=_environ()):
            size += len(piece)
            if size > _LONGEST_OUTPUT:
                break
            yield piece
    except FailedError:
        raise FailedError(
            f"git could not {what}",
            hint="run `git fsck` there to see why; if that finds nothing, a commit has millions of files",
            path=shown(str(root)),
        ) from None
    if size > _LONGEST_OUTPUT:
        raise FailedError(
            f"git could not {what}: there is more than {_LONGEST_OUTPUT >> 20} MiB of it",
            hint="does a branch that was fetched have millions of files?",
            path=shown(str(root)),
        )


def conversation(root: Path, *arguments: str) -> AbstractContextManager[process.Conversation]:
    """A command of git that answers question after question (`cat-file --batch`)."""
    return process.conversation(["git", *_OPTIONS, *arguments], cwd=root, environ=_environ())


def _run(folder: Path, *arguments: str) -> process.Completed:
    return process.run(["git", *_OPTIONS, *arguments], cwd=folder, environ=_environ(), timeout=_TIMEOUT)


def _environ() -> dict[str, str]:
    dropped = _LOCAL_VARIABLES - _OF_A_PUSH if "GIT_QUARANTINE_PATH" in os.environ else _LOCAL_VARIABLES
    return {name: value for name, value in os.environ.items() if name not in dropped} | _SETTINGS


def _path(output: bytes) -> Path:
    return Path(os.fsdecode(output.removesuffix(b"\n")))


def _refusal(done: process.Completed, start: Path) -> ConfigurationError:
    """What git's refusal means; the hint for a foreign owner is the command that git gives."""
    path = shown(str(start))
    if b"dubious ownership" in done.stderr:
        advice = [line.strip() for line in done.stderr.splitlines() if b"safe.directory" in line]
        return ConfigurationError(
            "git refuses this repository, because it belongs to someone else",
            hint=shown(os.fsdecode(advice[-1])) if advice else None,
            path=path,
        )
    if b"must be run in a work tree" in done.stderr:
        return ConfigurationError(
            "there is no work tree here", hint="run sopskit in a checkout of this repository", path=path
        )
    return ConfigurationError(
        "git cannot use this repository", hint="run `git status` there to see why", path=path
    )
