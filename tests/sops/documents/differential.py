"""What is compared between us and sops for any plaintext: refusals, values, comments, both directions."""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import documents
from sopskit.sops.documents import ini_comments
from sopskit.sops.formats import Format
from tests.sops.documents.flat_files import decrypt, encrypt
from tests.sops.oracle import oracle, wires

if TYPE_CHECKING:
    from sopskit.sops.metadata import Selector

Tree = list[Any]


# In a list sops reads it as an empty string.
_EMPTY_COMMENT = re.compile(rb"(?m)(^|\s)#$")


# yaml.v3 may lose a comment behind one where the metadata follows; it stays in our file all the same.
_EXPLICIT_KEY = re.compile(rb"(?m)^[ -]*\?")


class How(NamedTuple):
    """What is encrypted, and what the MAC covers."""

    selector: Selector | None = None
    mac_only_encrypted: bool = False


class Seen(NamedTuple):
    """Trees as they are compared.

    Attributes:
        values: the trees without comments.
        comments: how often a comment stands at a path of keys. Where between its neighbours it stands, and
            whether behind a value, is not kept by what sops itself writes.
    """

    values: Tree
    comments: Counter[tuple[str, ...]]

    @property
    def texts(self) -> Counter[str]:
        """The comments wherever they stand: the metadata behind it moves the last one."""
        return Counter(text for *_, text in self.comments.elements())


def _ends_sops(_data: bytes, error: str) -> bool:
    """An INI comment that starts with an empty line: ini.v1 looks for the sign in it."""
    return error.startswith("panic")


def _is_go_yaml_alone(data: bytes, error: str) -> bool:
    """What go-yaml takes at times and libyaml does not: tabs before comments, brackets in a tag.

    A byte order mark within the text counts as a column for one of them only.
    """
    if b"\n\xef\xbb\xbf" in data:
        return True
    return not error and re.search(rb"(?m)^ *:? *\t[ \t]*#|![^ \n]*[]\[{},]", data) is not None


def _never(_data: bytes, _error: str) -> bool:
    return False


# Where we differ, and mean to or have to.
_KNOWN = dict.fromkeys(Format, _never) | {
    Format.INI: _ends_sops,
    Format.YAML: _is_go_yaml_alone,
}


def check(data: bytes, format: Format, how: How) -> bool:  # noqa: A002
    """Hold us against sops for one plaintext; returns whether it was one."""
    only = how.mac_only_encrypted
    theirs = oracle().encrypt(data, format, how.selector, mac_only_encrypted=only)
    try:
        plain = documents.read(data, format)
        ours = None if plain.encrypted else encrypt(data, format, how.selector, mac_only_encrypted=only)
    except BrokenFileError:
        ours = None
    except FailedError as error:
        if "a comment stands" not in error.message and "in this INI file" not in error.message:
            raise
        return False  # the layout is at fault, and the user can mend it
    if (ours is None) != bool(theirs.error):
        assert _KNOWN[format](data, theirs.error), theirs.error or "only we refuse"
    if ours is None or theirs.error:
        return False
    expected, seen_by_sops = seen(wires(plain.tree())), seen(theirs.trees)
    assert expected.values == seen_by_sops.values
    _check_ours(ours, format, expected, seen_by_sops.texts)
    _check_theirs(theirs.data, format)
    return True


def _check_ours(encrypted: bytes, format: Format, expected: Seen, texts: Counter[str]) -> None:  # noqa: A002
    """Sops and we read the same in what we encrypted, and our plaintext says it too.

    A comment opens only where it was found before; one that sops loses we keep, and of one that aliases
    repeat the copies may go.
    """
    by_sops = oracle().decrypt(encrypted, format)
    assert not by_sops.error
    assert by_sops.unopened == 0
    found = seen(by_sops.trees)
    assert found.values == expected.values
    assert set(found.texts) <= set(expected.texts)
    if format is not Format.YAML or not _EXPLICIT_KEY.search(encrypted):
        assert set(texts) <= set(found.texts)
    by_us = decrypt(encrypted, format)
    assert by_us.clear_comments == 0
    assert seen(wires(by_us.tree)) == expected
    again = seen(wires(documents.read(by_us.data, format).tree()))
    assert _spelled(again.values) == _spelled(expected.values)


def _check_theirs(encrypted: bytes, format: Format, version: str = "3.13.3") -> None:  # noqa: A002
    """We read in what sops encrypted what it reads itself; not all that it writes opens again."""
    by_sops = oracle(version).decrypt(encrypted, format)
    if by_sops.error or by_sops.unopened or _EMPTY_COMMENT.search(encrypted):
        return
    if any(text.startswith("ENC[AES256_GCM,") for text in seen(by_sops.trees).texts):
        return  # it does not tell all that it leaves encrypted
    by_us, theirs = seen(wires(decrypt(encrypted, format).tree)), seen(by_sops.trees)
    assert by_us.values == theirs.values
    assert not theirs.comments - by_us.comments


def check_older(data: bytes, format: Format, version: str) -> None:  # noqa: A002
    """An older sops and we read what either encrypted, if it takes the plaintext for the same values."""
    theirs = oracle(version).encrypt(data, format)
    if theirs.error or oracle().encrypt(data, format).error or b"[DEFAULT]" in data:  # they write it twice
        return
    _check_theirs(theirs.data, format, version)
    plain = seen(wires(documents.read(data, format).tree())).values
    if seen(theirs.trees).values != plain:
        return
    try:
        ours = encrypt(data, format)
    except FailedError:
        return
    by_sops = oracle(version).decrypt(ours, format)
    assert not by_sops.error
    assert seen(by_sops.trees).values == plain


def check_emission(data: bytes, format: Format) -> None:  # noqa: A002
    """What we lay out anew is what sops would write (JSON, dotenv), or sops reads the same values in it."""
    theirs = oracle().load(data, format)
    if (
        theirs.error or not theirs.data or b"[DEFAULT]" in data
    ):  # which stands twice in the tree, and once in ours
        return
    tree = documents.read(data, format).tree()
    try:
        text = documents.emit(tree, format)
    except FailedError:
        assert format is Format.INI  # names that sops itself writes so that it reads others
        return
    if format in (Format.JSON, Format.DOTENV):
        assert text == theirs.data
    else:
        again = oracle().load(text, format)
        if _KNOWN[format](text, again.error):
            return
        assert _spelled(seen(again.trees).values) == _spelled(seen(wires(tree)).values), again.error


def seen(trees: Tree) -> Seen:
    """What is compared of some trees."""
    comments: Counter[tuple[str, ...]] = Counter()
    return Seen([_values(tree, (), comments) for tree in trees], comments)


def _values(node: Any, path: tuple[str, ...], comments: Counter[tuple[str, ...]]) -> Any:
    if not isinstance(node, list) or node[0] not in ("list", "branch"):
        return node
    kept: Tree = [node[0]]
    for item in node[1:]:
        if isinstance(item, list) and item[0] == "comment":
            comments[(*path, _comment(item[1]))] += bool(item[1])
        elif isinstance(item, list) and item[0] == "key":
            kept.append([*item[:2], _values(item[2], (*path, str(item[1][1])), comments)])
        else:
            kept.append(_values(item, path, comments))
    return kept


def _comment(text: Any) -> str:
    """Without the layout of INI comments that we keep in white space."""
    if isinstance(text, list):
        text = bytes.fromhex(text[1]).decode("utf-8", "surrogateescape")
    return re.sub(
        r"^\s+\n|(?<=\n[;#])\s+", lambda match: "\n" * match[0].endswith("\n"), ini_comments.shown(text)
    )


def _spelled(node: Any) -> Any:
    """Numbers as a text holds them: sops writes 1.0 as 1, and -0.0 as -0."""
    if not isinstance(node, list):
        return node
    if len(node) == 2 and node[0] == "int":
        return ["float", struct.pack(">d", float(node[1])).hex()]
    if node == ["float", struct.pack(">d", -0.0).hex()]:
        return ["float", struct.pack(">d", 0.0).hex()]
    return [_spelled(item) for item in node]
