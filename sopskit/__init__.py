"""sopskit: recipients, rules and re-wrapping for repositories of SOPS files.

As a library: `sopskit.open_repository`, `sopskit.open_file`; see `sopskit.api`. They are imported when they
are first used, so that `import sopskit` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would be most of the cost
if TYPE_CHECKING:
    from sopskit.api import Repository, SecretFile, SopskitError, open_file, open_repository

__all__ = ["Repository", "SecretFile", "SopskitError", "open_file", "open_repository"]


def __getattr__(name: str) -> object:
    """A name of the API (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("sopskit.api"), name)
