"""The functions that configurations call: Nix's own and those of nixpkgs' `lib`.

They are known by their last name: `lib.genAttrs`, `inputs.nixpkgs.lib.genAttrs` and, after `with lib;`,
`genAttrs` are one. What a repository defines under such a name comes first.

Source: https://nix.dev/manual/nix/latest/language/builtins, https://nixos.org/manual/nixpkgs/stable/#sec-functions-library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.consumers.nix import list_functions, module_functions, set_functions, text_functions
from sopskit.consumers.nix.values import Native

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.consumers.nix.values import Value

_TABLES: tuple[dict[str, tuple[int, Callable[..., Value]]], ...] = (
    list_functions.TABLE,
    set_functions.TABLE,
    text_functions.TABLE,
    module_functions.TABLE,
)

FUNCTIONS: dict[str, Native] = {
    name: Native(name, arity, call) for table in _TABLES for name, (arity, call) in table.items()
}

FROM_ROOT = Native("relativeToRoot", 1, text_functions.from_root)
