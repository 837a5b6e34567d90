"""Asking git about a repository that may be hostile.

No program runs that the repository names, and the history is the one that others have (see `git_calls`). The
folder that is asked about decides which repository is meant, inside a hook too. The variables with which git
points its hooks at an index, or at objects, hold for the repository of the working directory, and are dropped
for every other.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit import process
from sopskit.errors import ConfigurationError, FailedError, UsageError
from sopskit.repo.git_calls import CONTENTS, OPTIONS, PLACES, environment
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

#: Long enough for any index; git waits for ever where, say, `.gitignore` is a pipe.
_TIMEOUT = 120.0

#: Of `stream`, in bytes: enough for two million changes. A few small objects can stand for billions of files.
_LONGEST_OUTPUT = 512 << 20
#: For the same in KiB, since `git log` gathers all that a commit changes before it prints any.
_MEMORY = 1 << 20
_LIMITED = ("sh", "-c", 'ulimit -d "$1" 2>/dev/null; shift; exec "$@"', "sh")

_OF_A_PUSH = CONTENTS - {"GIT_INDEX_FILE"}


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
    argv = [*_LIMITED, str(_MEMORY), "git", *OPTIONS, *arguments]
    try:
        for piece in process.stream(argv, cwd=root, environ=_environ(root)):
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
    return process.conversation(["git", *OPTIONS, *arguments], cwd=root, environ=_environ(root))


def _run(folder: Path, *arguments: str) -> process.Completed:
    return process.run(["git", *OPTIONS, *arguments], cwd=folder, environ=_environ(folder), timeout=_TIMEOUT)


def _environ(folder: Path) -> dict[str, str]:
    return environment(os.environ, _variables(folder))


def _variables(folder: Path) -> Mapping[str, str]:
    """What git has said to its hook, and is to hear again where it is about the repository of a folder."""
    said = {name: os.environ[name] for name in PLACES | CONTENTS if name in os.environ}
    if not said:
        return said
    if "GIT_QUARANTINE_PATH" in os.environ:  # a push is looked at where it arrives, and nowhere else
        return {name: value for name, value in said.items() if name in _OF_A_PUSH}
    return _of_repository(folder, Path.cwd(), tuple(said.items()))


@lru_cache(maxsize=64)
def _of_repository(folder: Path, here: Path, said: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Those of some variables that hold for the repository of a folder.

    Args:
        folder: it.
        here: the working directory, in whose repository they hold.
        said: the variables.
    """
    variables = dict(said)
    places = {name: str(here / variables[name]) for name in PLACES & variables.keys()}
    of_folder = _asked(folder, "--absolute-git-dir")
    named = places.get("GIT_DIR") or _asked(here, "--absolute-git-dir")
    if of_folder is not None and named is not None and os.path.realpath(named) == os.path.realpath(of_folder):
        return {name: variables[name] for name in CONTENTS & variables.keys()}
    if "GIT_DIR" not in places:
        return {}
    # A work tree without `.git`, as of `git --git-dir=DIR --work-tree=DIR`: it may stand in that of another
    # repository, and others may stand in it.
    top = Path(places.get("GIT_WORK_TREE", here)).resolve()
    nearest = _asked(folder, "--show-toplevel")
    is_nearest = (
        nearest is None or not Path(nearest).resolve().is_relative_to(top) or Path(nearest).samefile(top)
    )
    is_inside = folder.resolve().is_relative_to(top)
    return variables | places | {"GIT_WORK_TREE": str(top)} if is_inside and is_nearest else {}


def name_repository() -> None:
    """Have the variables that git has set for a hook name their repository, before it is left.

    Raises:
        ToolMissingError: git is not installed.
    """
    here = Path.cwd()
    if not any(name in os.environ for name in CONTENTS | PLACES):
        return
    for name in PLACES & os.environ.keys():
        os.environ[name] = str(here / os.environ[name])
    if "GIT_DIR" in os.environ:
        os.environ.setdefault("GIT_WORK_TREE", str(here))
    else:
        os.environ.setdefault("GIT_WORK_TREE", _asked(here, "--show-toplevel") or str(here))
        os.environ["GIT_DIR"] = _asked(here, "--absolute-git-dir") or str(here)


def _asked(folder: Path, question: str) -> str | None:
    """What `git rev-parse` says of the repository around a folder, whatever a hook was told; or None."""
    argv = ["git", *OPTIONS, "rev-parse", question]
    done = process.run(argv, cwd=folder, environ=environment(os.environ, {}), timeout=_TIMEOUT)
    return os.fsdecode(done.stdout.removesuffix(b"\n")) if done.returncode == 0 else None


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
