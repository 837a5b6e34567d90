"""Checks of a repository: one file for each, and the registry of all."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sopskit.audits.interface import Audit

#: Every audit in the order of the docs, as its module in this room; its id is the name, with `-` for `_`.
MODULES = (
    "rules.unusable_config",
    "rules.unusable_rule",
    "rules.unknown_field",
    "rules.catch_all_first",
    "rules.rule_shadowed",
    "rules.rule_matches_nothing",
    "rules.windows_separator",
    "rules.pattern_claims_too_much",
    "rules.accidental_key_groups",
    "rules.two_selectors",
    "rules.selector_matches_nothing",
    "rules.settings_differ",
    "rules.other_config_at_root",
    "keys.short_pgp_key_id",
    "keys.pgp_subkey",
    "keys.key_under_two_names",
    "keys.unused_key",
    "keys.undefined_host",
    "keys.expired_pgp_key",
    "keys.revoked_pgp_key",
    "keys.unknown_pgp_key",
    "keys.weak_rsa_key",
    "keys.private_key_in_rules",
    "keys.ssh_key_of_nixos_host",
    "files.not_encrypted",
    "files.empty_file",
    "files.encrypted_without_rule",
    "files.drift",
    "files.conflict_markers",
    "files.broken_file",
    "files.value_in_clear",
    "files.mac_mismatch",
    "files.defective_sops",
    "files.only_machines",
    "files.only_one_person",
    "files.no_recovery_key",
    "repository.private_key_file",
    "repository.decrypted_copy",
    "repository.committed_in_clear",
    "repository.host_cannot_read",
    "repository.updatekeys_without_yes",
    "flux.flux_build_fails",
    "flux.flux_no_decryption",
    "flux.flux_no_secret_ref",
    "flux.flux_key_cannot_open",
    "flux.flux_secret_without_key",
    "flux.flux_bad_identity",
    "flux.flux_secret_elsewhere",
    "flux.flux_encrypted_list",
    "flux.flux_encrypted_metadata",
    "flux.flux_no_encrypted_regex",
    "flux.flux_key_format",
    "flux.flux_mac_spelling",
    "flux.flux_env_field",
    "flux.flux_envs_in_bases",
    "flux.flux_config_map",
    "flux.flux_file_too_large",
    "flux.flux_secret_too_large",
    "flux.flux_substitute_from",
    "flux.flux_depends_on",
    "flux.flux_plain_secret",
    "nix.nix_file_missing",
    "nix.nix_key_missing",
    "nix.nix_nested_key",
    "nix.nix_value_not_text",
    "nix.nix_format",
    "nix.nix_two_formats",
    "nix.nix_mode",
    "nix.nix_owner_ignored",
    "nix.nix_key_in_store",
    "nix.nix_unused_key",
    "repository.unused_ignore",
    "repository.unknown_audit_id",
)


def ids(room: str = "") -> tuple[str, ...]:
    """The id of every audit, or of those of one room; imports none of them."""
    modules = (module for module in MODULES if not room or module.startswith(f"{room}."))
    return tuple(module.rpartition(".")[2].replace("_", "-") for module in modules)


@cache
def audits() -> tuple[Audit, ...]:
    """Every audit; they are imported now, which nothing but a check needs."""
    return tuple(cast("Audit", import_module(f"{__name__}.{module}").AUDIT) for module in MODULES)


def audit(id_: str) -> Audit:
    """The audit of that id.

    Raises:
        KeyError: there is none.
    """
    return dict(zip(ids(), audits(), strict=True))[id_]
