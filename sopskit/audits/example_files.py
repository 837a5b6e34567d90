"""Files that are there to be read or tested with."""

from __future__ import annotations

import re

_FOLDER = re.compile(
    r"(?:^|/)(?:[a-z]+[_-])?(?:examples?|samples?|demos?|docs?|tests?|testing|testdata|fixtures?|spec|mocks?|e2e)"
    r"(?:[_-][a-z]+)?/",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[_.]test|_spec|\.example|\.sample)\.[a-z]+$|/test_[^/]+$")


def is_example(path: str) -> bool:
    """Whether a file lies in a folder for examples or tests, or is called so."""
    return _FOLDER.search(path) is not None or _NAME.search(path) is not None
