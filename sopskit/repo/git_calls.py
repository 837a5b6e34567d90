"""How git is called: with no program of the repository's choice, no network, no replaced objects.

What a hook waits for uses this without `repo.git`, so that nothing is imported here.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

#: What stands before the command. The repository's own configuration can name programs for git to run (a file
#: system monitor, hooks).
OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")

#: Where a repository and its parts are. git sets them for its hooks; see gitglossary and git(1).
PLACES = frozenset({"GIT_COMMON_DIR", "GIT_DIR", "GIT_IMPLICIT_WORK_TREE", "GIT_WORK_TREE"})

#: What of a repository is meant: the index that a commit is made from (`git commit -a` and `-o` have their
#: own), and where objects are. Those of a push are apart until it is taken (git-receive-pack, "Quarantine
#: environment").
CONTENTS = frozenset({"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"})

#: `git rev-parse --local-env-vars`, less those of `git -c`, with which people allow a folder.
LOCAL = (
    PLACES
    | CONTENTS
    | {
        "GIT_CONFIG",
        "GIT_GRAFT_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
    }
)

_SETTINGS = {
    "GIT_ALLOW_PROTOCOL": "none",  # older ones do not know GIT_NO_LAZY_FETCH
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone may name a program as its remote
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def environment(environ: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """The environment that git is given.

    Args:
        environ: that of this process.
        kept: variables of `LOCAL` that it is to have all the same, and their values.
    """
    return {name: value for name, value in environ.items() if name not in LOCAL} | dict(kept) | _SETTINGS
