"""Which values of a file are encrypted: `encrypted_regex` and its siblings.

Source: getsops/sops, sops.go (`shouldBeEncrypted`). A selector matches where any key on the path does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sopskit.sops.metadata import Selector

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.sops.documents import Leaf

#: What is in force where a file names no selector (sops.go, `DefaultUnencryptedSuffix`).
DEFAULT = Selector("unencrypted_suffix", "_unencrypted")


@lru_cache(maxsize=64)  # many files have the same one, and the same keys
def selects(selector: Selector | None) -> Callable[[Leaf], bool]:
    """Which leaves are encrypted.

    Args:
        selector: of the metadata or the rule; None is sops's default.
    """
    name, text = selector or DEFAULT
    wanted = name.startswith("encrypted")
    if name.endswith("comment_regex"):
        return _by_comment(text, wanted=wanted)
    matches = (lambda key: key.endswith(text)) if name.endswith("suffix") else _pattern(text)

    @lru_cache(maxsize=4096)  # lists repeat a path, and most keys stand in many places
    def selected(path: tuple[str, ...]) -> bool:
        return any(map(matches, path)) is wanted

    return lambda leaf: selected(leaf.path)


def _by_comment(text: str, *, wanted: bool) -> Callable[[Leaf], bool]:
    """By the comments in force; the one that says "encrypt what follows" stays readable itself."""
    matches = _pattern(text)

    def selected(leaf: Leaf) -> bool:
        in_force = leaf.comments[:-1] if leaf.is_comment and wanted else leaf.comments
        return any(map(matches, in_force)) is wanted

    return selected


@lru_cache(maxsize=64)
def _pattern(text: str) -> Callable[[str], bool]:
    """A search; a pattern that is none matches nothing, as in sops."""
    from sopskit.text import patterns

    try:
        return lru_cache(maxsize=4096)(patterns.compile(text).search)
    except patterns.PatternError:
        return lambda _key: False
