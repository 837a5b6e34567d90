"""Where the comments of YAML texts belong, held against what real sops says and does."""

from __future__ import annotations

import re
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import assume, example, given, settings

from sopskit.errors import FailedError, SopskitError
from sopskit.sops import formats
from sopskit.sops.cipher import Cipher
from sopskit.sops.documents import yaml_parsing
from sopskit.sops.documents.yaml_comments import find, place
from sopskit.sops.documents.yaml_nodes import Mapping, Scalar, Sequence
from sopskit.sops.formats import Format
from sopskit.text import libyaml
from tests.sops.documents.yaml_comment_texts import texts
from tests.sops.files import new_key, sops
from tests.sops.oracle import oracle

if TYPE_CHECKING:
    from sopskit.sops.documents.yaml_nodes import Node

CORPUS = sorted(Path(__file__).parent.joinpath("comments").glob("*.yaml"))
KEY = new_key()
_ENC_OF_COMMENT = re.compile(rb"ENC\[AES256_GCM,[^]]*,type:comment\]")

Path_ = tuple[str | int, ...]


def text_of(file: Path) -> str:
    """With its line breaks and byte order mark as they are."""
    return file.read_bytes().decode()


def paths(text: str) -> dict[int, Path_]:
    """Where the content of a mapping, a list or a document that is null starts -> its path."""
    found: dict[int, Path_] = {}
    waiting: list[tuple[Node, Path_]] = [(root.node, (n,)) for n, root in enumerate(yaml_parsing.parse(text))]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, Mapping):
            found[node.content] = path
            waiting += [(value, (*path, key.text)) for key, value in node.pairs if isinstance(key, Scalar)]
        elif isinstance(node, Sequence):
            found[node.content] = path
            waiting += [(item, (*path, index)) for index, item in enumerate(node.items)]
        elif len(path) == 1:
            found[node.start] = path
    return found


def comments(text: str) -> list[dict[str, object]]:
    """As the corpus records them."""
    at = paths(text)
    return [
        {
            "text": text[placed.start + 1 : placed.end],
            "path": list(at[placed.parent]),
            "before": placed.before,
            "inline": placed.inline,
        }
        for placed in place(text)
    ]


def comments_of_sops(text: str) -> list[dict[str, object]]:
    """The same in the trees of sops."""
    found: list[dict[str, object]] = []

    def walk(node: Any, path: Path_) -> None:
        before = 0
        for item in node[1:] if isinstance(node, list) and node[0] in ("branch", "list") else ():
            if isinstance(item, list) and item[0] == "comment":
                found.append({"text": item[1], "path": list(path), "before": before, "inline": item[2]})
                continue
            key, value = (item[1][1], item[2]) if node[0] == "branch" else (before, item)
            walk(value, (*path, key))
            before += 1

    for number, tree in enumerate(oracle().load(text.encode(), Format.YAML).trees):
        walk(tree, (number,))
    return found


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_comments_are_where_sops_has_them(file: Path) -> None:
    text = text_of(file)
    assert comments(text) == comments_of_sops(text)


@settings(max_examples=150)
@given(text=texts())
@example(text="k:\n  - x # a\n\n  # b\n# c\n---\n# d\n\nk2: [x,\n # e\n ]\n")
def test_generated_comments_are_where_sops_has_them(text: str) -> None:
    try:
        yaml_parsing.parse(text)
    except SopskitError:
        assume(False)
    assert comments(text) == comments_of_sops(text)


def claimed(text: str) -> list[tuple[str, str]]:
    """Additional data and text of each comment that sops encrypts, an empty one left out."""
    at = paths(text)
    return sorted(
        (":".join(step for step in at[placed.parent] if isinstance(step, str)) + ":", comment)
        for placed in place(text)
        if (comment := text[placed.start + 1 : placed.end])
    )


def found_in(encrypted: bytes, candidates: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same of an encrypted file: a comment opens with the path that it was encrypted with alone."""
    file = formats.read(encrypted, Format.YAML)
    assert file is not None
    cipher = Cipher(KEY.open(file.metadata.groups[0][0]))
    aads = {aad for aad, _ in candidates}
    found = []
    for enc in _ENC_OF_COMMENT.findall(encrypted):
        for aad in aads:
            try:
                found.append((aad, str(cipher.decrypt(enc.decode(), aad))))
            except FailedError:
                continue
    return sorted(found)


def sops_encrypts(text: str, folder: Path) -> bytes:
    folder.joinpath("f.yaml").write_bytes(text.encode())
    return sops("sops", "encrypt", "--age", KEY.public, "f.yaml", folder=folder).stdout


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_sops_encrypts_comments_with_these_paths(file: Path, tmp_path: Path) -> None:
    text = text_of(file)
    assert found_in(sops_encrypts(text, tmp_path), claimed(text)) == claimed(text)


def test_an_alias_repeats_nothing() -> None:
    text = "a: &x # on a\n  k: 1 # on k\nb: *x # on b\n"
    assert [(c["text"], c["path"], c["inline"]) for c in comments(text)] == [
        (" on a", [0, "a"], False),
        (" on k", [0, "a"], True),
        (" on b", [0], True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: [ # lost\n  x]\n",
        "a: { # lost\n  x: 1}\n",
        "a: [\n  # lost\n  ]\n",
        "a: 1\n... # lost\n",
        "%YAML 1.1 # lost\n---\na: 1\n",
        "a: 1\n# lost\n---\n# below a, says yaml.v3\n\nb: 2\n",
        "a:\n  - b: null\n  # lost\n # below a\n\n  # dedented\n    c: 1\n",
    ],
)
def test_what_sops_loses_is_told(text: str, tmp_path: Path) -> None:
    found = find(text)
    assert [text[start:end] for start, end in found.lost] == ["# lost"]
    tmp_path.joinpath("f.yaml").write_bytes(sops_encrypts(text, tmp_path))
    assert b"lost" not in sops("sops", "decrypt", "f.yaml", folder=tmp_path, keys=[KEY]).stdout


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_each_comment_is_placed_or_lost(file: Path) -> None:
    text = text_of(file)
    found = find(text)
    spans = [(placed.start, placed.end) for placed in found.placed]
    assert not set(spans) & set(found.lost)
    assert len(spans) == len(set(spans))
    lost = {text[start:end] for start, end in found.lost}
    assert lost == set(re.findall(r"# lost.*", text))


def test_a_text_without_a_sign_is_not_scanned() -> None:
    assert place("a: 1\nb: [") == []


def test_what_is_no_yaml_is_an_error() -> None:
    for text in ("a: [ # x\n", "a: b: c # x\n", "a: } # x\n", "[a b: # x\n", "\t# x\na: 1\n"):
        with pytest.raises((SopskitError, yaml.YAMLError)):
            place(text)


HOSTILE = {
    "200,000 lines": "a: 1\n" + "# c\n" * 200_000 + "b: 1\n",
    "apart": "a: 1\n" + "# c\n\n" * 50_000 + "b: 1\n",
    "9,000 levels, a comment in each": "- " * 9_000
    + "a\n"
    + "".join(" " * (18_000 - 2 * level) + "# c\n" for level in range(0, 9_000, 20))
    + "- b\n",
    "9,000 brackets": "a: " + "[" * 9_000 + " # c\n" + "]" * 9_000 + " # d\n",
    "10 MB on a line": 'a: "' + "x" * 10_000_000 + '" # c\n',
    "10 MB of comment": "a: 1 # " + "x" * 10_000_000 + "\n",
    "far apart": "a: 1\n" + ("\n" * 600 + " " * 600 + "# c\n") * 1000 + "b: 1\n",
    "returns": "a: 1\r" + "# c\r" * 100_000,
    "signs that are none": "a: " + "x#y " * 1_000_000 + "# c\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_take_bounded_time(text: str) -> None:
    started = time.process_time()
    assert place(text)
    assert time.process_time() - started < 15


def test_large_files_take_a_small_multiple_of_cutting_them_into_tokens() -> None:
    lines = (f"key{n}: {'v' * 75}\n" + ("# about it\n" if n % 3 == 0 else "") for n in range(60_000))
    text = "".join(lines)
    started = time.process_time()
    deque(libyaml.tokens(text), maxlen=0)
    cut = time.process_time()
    assert len(place(text)) == 20_000
    assert time.process_time() - cut < 12 * (cut - started)  # 4 to 5, and 1 s in all, on an idle machine
