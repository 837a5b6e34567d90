"""Values of an encrypted file that were committed before it was encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.interface import Audit, Need
from sopskit.audits.wording import some
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.history_copies import plain_format
from sopskit.inventory.history_facts import sealed, sealed_size
from sopskit.repo.blobs import Blobs
from sopskit.sops import documents, values
from sopskit.sops.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.history import ClearVersion
    from sopskit.sops.documents import Leaf
    from sopskit.sops.values import Value

    Path = tuple[str, ...]


class _Present(NamedTuple):
    """The encrypted values of a file.

    Attributes:
        sizes: the keys that lead to each, and how many bytes it has, which its ciphertext shows.
        values: their plaintexts by path; None where nobody here opens the file.
    """

    sizes: frozenset[tuple[Path, int]]
    values: Mapping[Path, frozenset[Value]] | None


def detect(subject: Subject) -> Iterator[Finding]:
    """Hold the plaintext versions of each file against what it holds now.

    Where no identity opens a file, a key that stands in both is enough, if its value is as long: it may be
    the same.
    """
    if subject.in_clear is None:
        return
    blobs = Blobs(subject.inventory.repository.root)
    for path, clear in subject.in_clear.found.items():
        if subject.only is not None and path not in subject.only:
            continue
        present = _present(subject, path)
        common = {version: _common(blobs, version, present) for version in clear} if present else {}
        names = sorted({name for found in common.values() for name in found})
        if present is not None and names:
            first = next(version for version in clear if common[version])
            yield _finding(path, names, first, sure=present.values is not None)


def _present(subject: Subject, path: str) -> _Present | None:
    content, kind = subject.content(path), format_of(path)
    try:
        leaves = documents.read(content or b"", kind).leaves
    except SopskitError:
        return None
    sizes = frozenset(
        (leaf.path, sealed_size(match)) for leaf in _values(leaves) if (match := sealed(leaf)) is not None
    )
    return _Present(sizes, _opened(subject, path, content or b""))


def _opened(subject: Subject, path: str, content: bytes) -> Mapping[Path, frozenset[Value]] | None:
    from sopskit.engines.file_encryption import decrypt_file

    if subject.engine is None:
        return None
    try:
        file = decrypt_file(subject.engine, content, format_of(path), path)
    except SopskitError:
        return None
    leaves = file.document.leaves
    found: dict[Path, set[Value]] = {}
    for number, value in file.values.items():
        found.setdefault(leaves[number].path, set()).add(value)
    return {path: frozenset(values) for path, values in found.items()}


def _common(blobs: Blobs, version: ClearVersion, present: _Present) -> list[str]:
    """Dotted paths of the values that a plaintext version has in common with the file, or may have."""
    try:
        leaves = documents.read(blobs.read(version.blob), plain_format(version.path)).leaves
    except SopskitError:
        return []
    found = []
    for leaf in _values(leaves):
        if present.values is not None:
            same = leaf.value in present.values.get(leaf.path, ())
        else:
            same = (leaf.path, len(values.to_bytes(leaf.value))) in present.sizes
        if same:
            found.append(".".join(leaf.path))
    return found


def _values(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    return (leaf for leaf in leaves if not leaf.is_comment and leaf.value not in ("", None))


def _finding(path: str, names: Sequence[str], first: ClearVersion, *, sure: bool) -> Finding:
    perhaps = "" if sure else "perhaps "
    return AUDIT.finding(
        Place(path),
        f"committed in clear in {first.commit[:12]}, and {perhaps}not changed since: {some(names, 'values')}",
        "",
        severity=Severity.ERROR if sure else Severity.WARNING,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
    )


AUDIT = Audit(
    id="committed-in-clear",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="values were committed in clear before their file was encrypted",
    hint="whoever has the repository has them: change them where they are used, then in the file;"
    " sopskit exposure lists them one by one",
    detect=detect,
    needs=frozenset({Need.HISTORY}),
)
