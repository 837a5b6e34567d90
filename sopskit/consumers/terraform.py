"""Terraform and OpenTofu with the provider carlpett/sops, and Terragrunt's `sops_decrypt_file`.

Sources: https://registry.terraform.io/providers/carlpett/sops/latest/docs/data-sources/file and
https://docs.terragrunt.com/reference/hcl/functions/#sops_decrypt_file.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from sopskit.consumers.named_files import Named, consumer, folders_up, line_at, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import CannotTell, Consumer, Source

_SUFFIXES = (".tf", ".tofu", ".hcl")
_BLOCK = re.compile(r'^[ \t]*(?:data|ephemeral)[ \t]+"sops_file"[ \t]+"[^"\n]*"[ \t]*\{', re.MULTILINE)
_FILE = re.compile(
    r"^[ \t]*source_file[ \t]*=[ \t]*(?P<value>[^\n]*)|^(?:\}|data\b|ephemeral\b|resource\b)", re.MULTILINE
)
_CALL = re.compile(r"^(?![ \t]*(?:#|//)).*?\bsops_decrypt_file\([ \t\n]*(?P<value>[^\n]*)", re.MULTILINE)
_TEXT = re.compile(r'^"(?P<text>[^"\n]*)"')
_PARENT = re.compile(r'^find_in_parent_folders\([ \t]*"(?P<text>[^"\n]*)"')
_LONGEST = 4000  # characters of a block
#: What stands for the folder of the file: of the root module where it is one.
_HERE = re.compile(r"^\$\{(?:path\.(?:module|root|cwd)|get_(?:original_)?terragrunt_dir\(\))\}/+")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every file with such a declaration, by its path."""
    for path, text in texts(source, lambda path: path.endswith(_SUFFIXES), "sops_"):
        yield from consumer(source, "terraform", path, path, names(path, text))


def names(path: str, text: str) -> Iterator[Named]:
    """What a file of Terraform or Terragrunt names."""
    for block in _BLOCK.finditer(text):
        file = _FILE.search(text, block.end(), block.end() + _LONGEST)
        if file is not None and file["value"] is not None:
            yield _named(path, file["value"], line_at(text, file.start()))
    for call in _CALL.finditer(text):
        yield _named(path, call["value"], line_at(text, call.start("value")))


def _named(path: str, value: str, line: int) -> Named:
    folder = posixpath.dirname(path)
    parent = _PARENT.match(value)
    if parent is not None:
        return Named(parent["text"], line, folders_up(path)[1:])
    written = _TEXT.match(value)
    if written is None:
        return Named("${}", line, ())  # an expression
    return Named(_HERE.sub("", written["text"]), line, (folder,))
