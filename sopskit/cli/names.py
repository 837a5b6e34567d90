"""Which names a host may have."""

from __future__ import annotations

import re

from sopskit.errors import UsageError


def name_problem(name: str) -> str | None:
    """What is wrong with a host's name, or None.

    What YAML takes as an anchor is wider; what people, shells and other YAML parsers read is this.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        return "a name has letters, digits, - and _, and begins with a letter or digit"
    if re.search(r"_(age|ssh|pgp|pq)\d?$", name):
        return "a name must not end in _age, _ssh, _pgp or _pq: these mark a host's second key"
    return None


def checked_name(name: str, flag: str) -> str:
    """The name, if it is one.

    Raises:
        UsageError: it is not.
    """
    problem = name_problem(name)
    if problem is not None:
        raise UsageError(f"{flag}: {problem}", hint="choose another name")
    return name
