"""Which values cannot just be replaced, by their names."""

from __future__ import annotations

import pytest

from sopskit.inventory.replacing import KINDS, to_do_first

_FOUND = [
    ("a.yaml", "stringData.RESTIC_PASSWORD", "restic"),
    ("secrets/cedar/secrets.sops.yaml", "restic.password", "restic"),
    ("a.yaml", "resticRepoPassword", "restic"),
    ("a.yaml", "volsync.password", "volsync"),
    ("a.yaml", "BORG_PASSPHRASE", "borg"),
    ("hosts/nas/borgmatic.yaml", "encryption_passphrase", "borg"),
    ("a.yaml", "wireguard_private_key", "wireguard"),
    ("a.yaml", "wireguard_server_privateKey", "wireguard"),
    ("a.yaml", "wg0.preshared-key", "wireguard"),
    ("a.yaml", "k3s_token", "k3s"),
    ("a.yaml", "k3s.agent.token", "k3s"),
    ("k3s/apps/base/minio/app/root.sops.env", "rootPassword", "minio"),
    ("a.env", "MINIO_ROOT_PASSWORD", "minio"),
    ("a.env", "POSTGRES_PASSWORD", "postgres"),
    ("a.env", "PGPASSWORD", "postgres"),
    ("a.env", "MARIADB_ROOT_PASSWORD", "mariadb"),
    ("a.env", "MYSQL_PASSWORD", "mariadb"),
    ("a.env", "DATABASE_URL", "database"),
    ("a.env", "PAPERLESS_DB_PASSWORD", "database"),
    ("a.yaml", "luks.root.passphrase", "luks"),
    ("a.yaml", "SOPS_AGE_KEY", "age"),
    ("a.yaml", "data.identity.agekey", "age"),
    ("a.yaml", "zfs_tank_key", "zfs"),
    ("a.yaml", "N8N_ENCRYPTION_KEY", "encrypts-data"),
]


@pytest.mark.parametrize(("path", "key", "kind"), _FOUND)
def test_a_value_that_needs_something_done_first(path: str, key: str, kind: str) -> None:
    found = to_do_first(path, [key])
    assert [(each.kind.kind, each.keys) for each in found] == [(kind, (key,))]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a.yaml", "password"),
        ("a.yaml", "restic.repository"),
        ("restic/a.yaml", "AWS_SECRET_ACCESS_KEY"),
        ("a.yaml", "rootPassword"),  # of whatever
        ("minio/a.yaml", "ACCESS_KEY_ID"),
        ("a.yaml", "wireguard_endpoint"),
        ("a.yaml", "k3s_token_url"),
        ("a.yaml", "page_key"),
        ("a.yaml", "storage_key"),
        ("a.yaml", "github_token"),
        ("a.yaml", "damage.key"),
        ("a.yaml", ""),
    ],
)
def test_a_value_that_can_just_be_replaced(path: str, key: str) -> None:
    assert to_do_first(path, [key]) == []


def test_every_kind_has_an_example() -> None:
    assert {kind for _, _, kind in _FOUND} == {each.kind for each in KINDS}


def test_values_of_one_kind_are_put_together_in_their_order() -> None:
    found = to_do_first("a.env", ["MYSQL_PASSWORD", "HOST", "RESTIC_PASSWORD", "MYSQL_ROOT_PASSWORD"])
    assert [(each.kind.kind, each.keys) for each in found] == [
        ("mariadb", ("MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")),
        ("restic", ("RESTIC_PASSWORD",)),
    ]


def test_a_key_of_a_million_characters() -> None:
    assert to_do_first("a.env", ["db_" * 300_000 + "password"])[0].kind.kind == "database"
