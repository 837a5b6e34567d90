"""What the tests of YAML documents compare: values, comments, and all that is neither."""

from __future__ import annotations

from sopskit.sops import documents
from sopskit.sops.documents.yaml import YamlDocument
from sopskit.sops.documents.yaml_lines import block_end
from sopskit.sops.documents.yaml_nodes import Scalar
from sopskit.sops.formats import Format
from sopskit.sops.values import Value, to_bytes
from sopskit.text import splice
from tests.sops.documents.flat_files import sops, sops_decrypts

YAML = Format.YAML


def read(text: str | bytes) -> YamlDocument:
    document = documents.read(text.encode() if isinstance(text, str) else text, YAML)
    assert isinstance(document, YamlDocument)
    return document


def values(text: str | bytes) -> list[tuple[tuple[str, ...], bytes]]:
    """Path and bytes of each value; sops spells 1.0 as 1 and -0.0 as -0, so that types do not survive it."""
    return [(leaf.path, plain_bytes(leaf.value)) for leaf in read(text).leaves if not leaf.is_comment]


def plain_bytes(value: Value) -> bytes:
    return b"0" if isinstance(value, float) and value == 0 else to_bytes(value)


def typed(text: str | bytes) -> list[tuple[tuple[str, ...], str]]:
    return [(leaf.path, repr(leaf.value)) for leaf in read(text).leaves if not leaf.is_comment]


def comments(text: str | bytes) -> list[str]:
    texts = (str(leaf.value) for leaf in read(text).leaves if leaf.is_comment)
    return sorted(text for text in texts if text.strip())


def outside_values(text: str) -> str:
    """The text with each value and comment taken out, tags and block headers too."""
    document = read(text)
    spots = [spot.node for spot in document.walked.spots if spot is not None]
    splices, last = [], 0
    for node in sorted(spots, key=lambda node: node.start):
        if node.start >= last:  # else it is a comment in the header of a block
            last = (
                block_end(text, node) if isinstance(node, Scalar) and node.style in ("|", ">") else node.end
            )
            splices.append(splice.Splice(node.start, last, "_"))
    return splice.apply(text, splices)


def sops_reads(encrypted: bytes) -> bytes:
    """What real sops decrypts; it finds no comment that does not open."""
    return sops_decrypts(encrypted, YAML)


def sops_values(encrypted: bytes, text: str) -> list[tuple[tuple[str, ...], bytes]]:
    """The values that real sops decrypts: as JSON if it can be, since its YAML is not always any."""
    done = sops(encrypted, YAML, "-d", "--output-type", "json", check=False)
    if done.returncode or "---" in text:  # an infinity, or several documents
        return values(sops(encrypted, YAML, "-d").stdout)
    leaves = documents.read(done.stdout, Format.JSON).leaves
    return [(leaf.path, plain_bytes(leaf.value)) for leaf in leaves]
