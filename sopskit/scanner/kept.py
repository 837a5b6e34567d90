"""The compiled triggers that are kept in the cache, found without reading a rule.

Two steps lead to them. A stamp of the scanner's own files, quickly made, leads to a key; that is made of the
triggers themselves, so that a change of a file that leaves all of them as they were compiles nothing anew.

A hook that finds nothing waits for this: it imports next to nothing.
"""
# ruff: noqa: PTH116, PTH120 - pathlib takes 10 ms

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from sopskit.scanner.cache import Cache
from sopskit.version import __version__

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.machinery import ModuleSpec
    from typing import Any

    from hyperscan import Database

HERE = os.path.dirname(__file__)
RULES = f"{HERE}/rules"

_KEY, _DATABASE = "current", "triggers"


def kept_database(environ: Mapping[str, str], rules: str = RULES) -> Database | None:
    """The database of the rules' triggers; None where it is not in the cache, or cannot be used.

    Args:
        environ: says where the cache is.
        rules: the folder of the rules.
    """
    key = Cache(environ, stamp(rules)).read(_KEY)
    return None if key is None else database_of(environ, key)


def database_of(environ: Mapping[str, str], key: bytes) -> Database | None:
    """As `kept_database`, by a key of `key_of`."""
    hyperscan = extension()
    content = None if hyperscan is None else Cache(environ, key).read(_DATABASE, has_checksum=True)
    if hyperscan is None or content is None:
        return None
    from sopskit.scanner.hyperscan_triggers import load_database

    try:
        return load_database(content)
    except hyperscan.error:  # damaged, or of another kind of machine, with which the cache is shared
        return None


def keep_database(environ: Mapping[str, str], key: bytes, content: bytes, rules: str = RULES) -> None:
    """Keep a database, as Hyperscan gives it, or nothing of it where there is no cache."""
    Cache(environ, key).write(_DATABASE, content)
    keep_key(environ, key, rules)


def keep_key(environ: Mapping[str, str], key: bytes, rules: str = RULES) -> None:
    """Have the files as they are now lead to the database of a key."""
    Cache(environ, stamp(rules)).write(_KEY, key)


def is_kept(environ: Mapping[str, str], rules: str = RULES) -> bool:
    """Whether there is a database, which may turn out to be damaged."""
    key = Cache(environ, stamp(rules)).read(_KEY)
    return key is not None and Cache(environ, key).has(_DATABASE)


def stamp(rules: str = RULES) -> bytes:
    """What is another one whenever other rules could come out of the scanner's files.

    Files count by their size and time: reading them takes long. Of an installed package the list of its files
    stands for all of them, which every installation writes anew ("RECORD" of PEP 376).

    Args:
        rules: the folder of the rules.
    """
    return repr((*_machine(), rules, (_installed() if rules == RULES else None) or _files(rules))).encode()


def _installed() -> tuple[int, int] | None:
    """Size and time of the list of files beside this package; None in a source tree."""
    record = f"{os.path.dirname(os.path.dirname(HERE))}/sopskit-{__version__}.dist-info/RECORD"
    try:
        status = os.stat(record)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _files(rules: str) -> list[tuple[str, int, int]]:
    files: list[tuple[str, int, int]] = []
    for folder in (rules, HERE):
        with os.scandir(folder) as entries:
            files += [_status(entry) for entry in entries if entry.name.endswith((".toml", ".py"))]
    return sorted(files)


def key_of(expressions: Iterable[str]) -> bytes:
    """What is another one whenever another database would be compiled.

    Args:
        expressions: of the triggers, in their order.
    """
    import hashlib

    content = "\n".join(expressions).encode()
    compiler = os.stat(f"{HERE}/hyperscan_triggers.py")  # its flags, and what it makes of the expressions
    parts = (*_machine(), compiler.st_size, compiler.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return repr(parts).encode()


def extension() -> Any:
    """Hyperscan's extension, without its package, which imports typing for a type that is not needed here.

    None where it is not installed.
    """
    name = "hyperscan._hs_ext"
    if name in sys.modules:
        return sys.modules[name]
    spec = _spec()
    if spec is None or spec.loader is None:
        return None
    module = spec.loader.create_module(spec)
    if module is None:
        return None
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module


def _spec() -> ModuleSpec | None:
    package = PathFinder.find_spec("hyperscan")
    if package is None or package.submodule_search_locations is None:
        return None
    return PathFinder.find_spec("hyperscan._hs_ext", package.submodule_search_locations)


def _machine() -> tuple[object, ...]:
    """The interpreter, Hyperscan, and the processor."""
    hyperscan = extension()
    status = None if hyperscan is None else os.stat(hyperscan.__file__)
    version = None if status is None else (status.st_size, status.st_mtime_ns)
    return sys.version_info[:2], os.uname().machine, version


def _status(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    status = entry.stat()
    return entry.name, status.st_size, status.st_mtime_ns
