"""Which rule claims which path: looked at once, for all audits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError, SopskitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.configs import Config
    from sopskit.inventory.inventory import Inventory
    from sopskit.sops_yaml.model import Rule


class Claims:
    """The paths of a repository under its rules, plaintext files included."""

    def __init__(self, inventory: Inventory) -> None:
        self._governed: dict[str, list[str]] = {}
        self._matching: dict[tuple[str, int], list[str]] = {}
        self._claimed: dict[tuple[str, int], list[str]] = {}
        for path in inventory.paths:
            try:
                config, rule = inventory.claim(path)
            except SopskitError:
                config, rule = _governing(inventory, path), None
            if config is not None:
                self._governed.setdefault(config.path, []).append(path)
            if config is not None and rule is not None:
                self._claimed.setdefault((config.path, rule.number), []).append(path)

    def governed(self, config: Config) -> Sequence[str]:
        """The paths that a config governs."""
        return self._governed.get(config.path, ())

    def by_rule(self, config: Config, rule: Rule) -> Sequence[str]:
        """The paths that a rule claims; none of a rule that sops refuses."""
        return self._claimed.get((config.path, rule.number), ())

    def matching(self, config: Config, rule: Rule) -> list[str]:
        """The paths that a rule's pattern matches, also where an earlier rule claims them."""
        key = (config.path, rule.number)
        if key not in self._matching:
            paths = () if self.refused(rule) else self.governed(config)
            self._matching[key] = [path for path in paths if rule.claims(config.relative(path))]
        return self._matching[key]

    @staticmethod
    def refused(rule: Rule) -> bool:
        """Whether sops cannot compile the rule's pattern."""
        try:
            rule.claims("")
        except ConfigurationError:
            return True
        return False


def _governing(inventory: Inventory, path: str) -> Config | None:
    try:
        return inventory.configs.governing(path)
    except SopskitError:
        return None
