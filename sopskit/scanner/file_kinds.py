"""What a file is, by its name: what looks like a secret in a test is one less often."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache


class FileKind(Enum):
    """What a file is for."""

    CODE = auto()
    EXAMPLE = auto()  # tests, documentation, fixtures, samples
    GENERATED = auto()  # lock files, minified code, API descriptions: nobody wrote a secret into it


_EXAMPLE = re.compile(
    r"(?:^|[/_.-])(?:tests?|testing|testdata|spec|specs|e2e|fixtures?|mocks?|fakes?|stubs?|docs?|docsite|documentation|examples?|samples?"
    r"|snippets?|demo|demos|tutorials?|conformance|content|skills|playground|guides?|vectors|cassettes|recordings?|group_vars/all)(?:$|[/_.-])"
    r"|\.(?:md|mdx|rst|adoc|txt|html?)$|(?:^|/)(?:readme|changelog)[^/]*$|_test\.|\.(?:test|spec)\.",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|poetry\.lock|uv\.lock|pipfile\.lock|pdm\.lock"
    r"|cargo\.lock|go\.sum|go\.mod|flake\.lock|composer\.lock|gemfile\.lock|mix\.lock|packages\.lock\.json|gradle\.lockfile)$"
    r"|\.(?:min\.js|min\.css|map|pb\.go|snap|ipynb_checkpoints|svg|po|pot|xlf|sum)$|(?:^|/)(?:node_modules|__snapshot(?:s)?__|locales?|i18n|lang|translations)/|(?:^|/)strings\.json$",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def kind_of_file(path: str) -> FileKind:
    """What the file of a path is for."""
    if _GENERATED.search(path):
        return FileKind.GENERATED
    return FileKind.EXAMPLE if _EXAMPLE.search(path) else FileKind.CODE
