"""The fields of `.sops.yaml` that sops reads, and their types (config/config.go, configFile)."""

from __future__ import annotations

from sopskit.sops_yaml.decoding import ListOf, MapOf, Plain, Struct
from sopskit.sops_yaml.model import SELECTORS

_KMS_KEY = Struct(
    {"arn": Plain.STRING, "role": Plain.STRING, "context": MapOf(), "aws_profile": Plain.STRING}
)
_AZURE_KEY = Struct({"vaultUrl": Plain.STRING, "key": Plain.STRING, "version": Plain.STRING})

KEY_GROUP = Struct(
    {
        "kms": ListOf(_KMS_KEY),
        "gcp_kms": ListOf(Struct({"resource_id": Plain.STRING})),
        "hckms": ListOf(Struct({"key_id": Plain.STRING})),
        "azure_keyvault": ListOf(_AZURE_KEY),
        "hc_vault": ListOf(Plain.STRING),
        "age": ListOf(Plain.STRING),
        "pgp": ListOf(Plain.STRING),
    }
)
KEY_GROUP.fields["merge"] = ListOf(KEY_GROUP)

CREATION_RULE = Struct(
    {
        "path_regex": Plain.STRING,
        "kms": Plain.ANY,
        "aws_profile": Plain.STRING,
        "age": Plain.ANY,
        "pgp": Plain.ANY,
        "gcp_kms": Plain.ANY,
        "hckms": ListOf(Plain.STRING),
        "azure_keyvault": Plain.ANY,
        "hc_vault_transit_uri": Plain.ANY,
        "key_groups": ListOf(KEY_GROUP),
        "shamir_threshold": Plain.INTEGER,
        **dict.fromkeys(SELECTORS, Plain.STRING),
        "mac_only_encrypted": Plain.BOOLEAN,
    }
)

_DESTINATION_TEXTS = (
    "path_regex", "s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix",
    "vault_path", "vault_address", "vault_kv_mount_name",
)  # fmt: skip
DESTINATION_RULE = Struct(
    {
        **dict.fromkeys(_DESTINATION_TEXTS, Plain.STRING),
        "vault_kv_version": Plain.INTEGER,
        "recreation_rule": CREATION_RULE,
        "omit_extensions": Plain.BOOLEAN,
    }
)

_STORE = Struct({"indent": Plain.INTEGER})
STORES = Struct(
    {"dotenv": Struct({}), "ini": Struct({}), "json": _STORE, "json_binary": _STORE, "yaml": _STORE}
)
