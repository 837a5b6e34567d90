"""Values that cannot just be replaced: what has to be done first, told by their names.

The old value still opens something (a backup, a disk, a database), or others know it: a new one in the
file alone locks everyone out, or changes nothing. Names are all that is looked at: no key is needed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Replacing(NamedTuple):
    """One kind of such values.

    Attributes:
        kind: its name, as JSON has it.
        key: matches the words of the value's dotted path, lowercase, with `_` between them.
        first: what to do before, or with, the change of the file; lowercase.
        path: matches the words of the file's path and of the value's; "" where the value's name is enough.
    """

    kind: str
    key: str
    first: str
    path: str = ""


_PASSWORD = "(?:pass|passwd|password|passphrase)"  # noqa: S105 - a pattern

#: The first that matches counts. Sources: the manual of each program.
KINDS = (
    Replacing(
        "restic",
        rf"(?:^|_)(?:restic|rustic)_(?:.+_)?{_PASSWORD}$",
        "`restic key add` with the new password, then `restic key remove` of the old one;"
        " else no backup opens",
    ),
    Replacing(
        "volsync",
        rf"(?:^|_)volsync_(?:.+_)?{_PASSWORD}$",
        "the password of a restic repository: `restic key add`, then `restic key remove` of the old one",
    ),
    Replacing(
        "borg",
        rf"(?:^|_)(?:borg|borgmatic|encryption)_{_PASSWORD}$",
        "`borg key change-passphrase`; whoever has the key itself too reads all backups:"
        " then a new repository",
        path="(?:^|_)borg(?:matic)?(?:_|$)",
    ),
    Replacing(
        "wireguard",
        r"(?:^|_)(?:wireguard|wg\d*)_(?:.+_)?(?:private_?key|privkey|key|preshared_?key|psk)$",
        "every peer needs the new public key (or the same preshared key) at the same time",
    ),
    Replacing(
        "k3s",
        r"(?:^|_)k3s_(?:.+_)?token$",
        "`k3s token rotate` on a server, then restart all servers and agents with the new one;"
        " keep the old one for older snapshots",
    ),
    Replacing(
        "minio",
        r"(?:^|_)root_(?:password|user)$",
        "MinIO takes the new root credentials at its next start: change all that log in as root with it",
        path="(?:^|_)minio(?:_|$)",
    ),
    Replacing(
        "postgres",
        rf"(?:^|_)(?:postgres|postgresql|pg|pgsql)_?(?:.+_)?{_PASSWORD}$|^(?:.+_)?pgpassword$",
        "`ALTER ROLE ... PASSWORD` in the running database;"
        " a new value in its environment alone changes nothing",
    ),
    Replacing(
        "mariadb",
        rf"(?:^|_)(?:mariadb|mysql)_(?:.+_)?{_PASSWORD}$",
        "`ALTER USER ... IDENTIFIED BY` in the running database;"
        " a new value in its environment alone changes nothing",
    ),
    Replacing(
        "database",
        rf"(?:^|_)(?:db|database)_(?:.+_)?{_PASSWORD}$|(?:^|_)(?:database|db|postgres|mysql)_(?:url|uri|dsn)$",
        "change it in the running database first (ALTER ROLE, ALTER USER), unless an operator does so",
    ),
    Replacing(
        "luks",
        rf"(?:^|_)(?:luks|cryptsetup)\d*_(?:.+_)?(?:{_PASSWORD}|key|keyfile)$",
        "`cryptsetup luksAddKey` with the new one, then `luksRemoveKey` of the old one;"
        " else the disk stays shut",
    ),
    Replacing(
        "zfs",
        rf"(?:^|_)(?:zfs|zpool)_(?:.+_)?(?:{_PASSWORD}|key)$",
        "`zfs change-key` with the new one while the dataset is open; else it stays shut",
    ),
    Replacing(
        "age",
        r"(?:^|_)(?:sops_)?age_(?:.+_)?(?:key|identity|agekey|secret_?key)$|(?:^|_)agekey$",
        "an age identity: what is encrypted to it has to be given its successor first (sopskit replace-key)",
    ),
    Replacing(
        "encrypts-data",
        r"(?:^|_)(?:encryption|master|field_encryption|data|storage_encryption)_key$"
        r"|(?:^|_)(?:n8n|vaultwarden|authentik)_encryption_key$",
        "it may encrypt data that exists: have the application encrypt that anew first, if it can",
    ),
)


class ToDoFirst(NamedTuple):
    """Values of one kind.

    Attributes:
        kind: of `KINDS`.
        keys: their dotted paths.
    """

    kind: Replacing
    keys: tuple[str, ...]


def to_do_first(path: str, keys: Iterable[str]) -> list[ToDoFirst]:
    """What is to be done before values are changed, by kind, in the order in which they come.

    Args:
        path: of the file.
        keys: dotted paths of its values.
    """
    found: dict[Replacing, list[str]] = {}
    of_path = _words(path)
    for key in dict.fromkeys(keys):
        kind = _kind(of_path, key)
        if kind is not None:
            found.setdefault(kind, []).append(key)
    return [ToDoFirst(kind, tuple(keys)) for kind, keys in found.items()]


@lru_cache(maxsize=1 << 16)  # a list has the same values for each host that left
def _kind(path: str, key: str) -> Replacing | None:
    name = _words(key[-_LONGEST:])
    if not _ANY.search(name):  # as nearly all
        return None
    for kind in KINDS:
        if re.search(kind.key, name) and (not kind.path or re.search(kind.path, f"{path}_{name}")):
            return kind
    return None


_ANY = re.compile("|".join(f"(?:{kind.key})" for kind in KINDS))
#: Characters of a key, from its end, that are looked at: a hostile one may be of any length.
_LONGEST = 200


def _words(name: str) -> str:
    """`stringData.rootPassword` -> `string_data_root_password`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
