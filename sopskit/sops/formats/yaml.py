"""YAML: the metadata is a top-level mapping `sops` in block style, in every document.

Only that block is parsed. A secret file may hold 50 MB of data or nest it 10,000 levels deep; none of
that is looked at, beyond making sure that the line `sops:` is a key and not the inside of a scalar.

Source: getsops/sops, stores/yaml/store.go. The first document's metadata counts; the layout of what is
new is that of go.yaml.in/yaml/v3, whose indentation is written by `_deeper`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import sniffing, yaml_keys, yaml_layout
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.formats.yaml_layout import Layout
    from sopskit.sops.metadata import Metadata, Stanza


class YamlFile(NamedTuple):
    """A YAML file that carries SOPS metadata.

    Attributes:
        metadata: that of the first document, which counts.
        text: the whole file.
        keys: where the keys `sops` of its documents are.
        layout: the first document's block, where it is the only one and has the layout of sops.
    """

    metadata: Metadata
    text: str
    keys: tuple[int, ...]
    layout: Layout | None = None

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these stanzas; see `sopskit.sops.formats.SopsFile`."""
        from sopskit.sops.formats import changes

        changes.check_wanted(groups)
        added = self._appended(groups) if not shamir_threshold else None
        return (self._edited(groups, shamir_threshold) if added is None else added).encode()

    def with_values(self, values: Mapping[str, str | bool | None]) -> bytes:
        """The file with these values of the metadata, by name; None removes one."""
        from sopskit.sops.formats import yaml_blocks, yaml_edit

        blocks = yaml_blocks.blocks(self.text, self.keys, encrypted=True)
        splices = [edit for block in blocks for edit in yaml_edit.value_edits(self.text, block, values)]
        return splice.apply(self.text, splices).encode()

    def _appended(self, groups: Sequence[Sequence[Stanza]]) -> str | None:
        """The text with further age stanzas behind those that it has, if it takes no more than that."""
        layout = self.layout
        if layout is None or "shamir_threshold" in layout.mapping:
            return None
        added = layout.appended(self.metadata.groups, groups)
        if added is None or layout.age is None or layout.columns is None:
            return None
        from sopskit.sops.formats.yaml_edit import item_lines

        items = [item_lines(stanza.mapping(), layout.columns, "\n") for stanza in added]
        place = layout.start + layout.age.end
        return self.text[:place] + "".join(items) + self.text[place:]

    def _edited(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> str:
        from sopskit.sops.formats import yaml_blocks, yaml_edit

        # A file may end without a newline; lines are easier to handle where it does not.
        added = "" if self.text.endswith("\n") else splice.newline_of(self.text)
        text = self.text + added
        blocks = yaml_blocks.blocks(self.text, self.keys, encrypted=True)
        splices = [
            edit for block in blocks for edit in yaml_edit.edits(text, block, groups, shamir_threshold)
        ]
        return splice.apply(text, splices).removesuffix(added)


def read(data: bytes) -> SopsFile | None:
    """Read a YAML file; see `sopskit.sops.formats.read`."""
    encrypted = sniffing.looks_encrypted(data)
    text = sniffing.text_of(data)
    if text is None:
        return None
    if encrypted:
        sniffing.refuse_nul(text)
        sniffing.refuse_conflict(text)
    try:
        keys = yaml_keys.top_level(text)
    except BrokenFileError:
        if encrypted:
            raise
        return None
    if not keys:
        return _read_without_key(data, text) if encrypted else None
    if encrypted and len(keys) == 1 and yaml_keys.document_numbers(text, keys) == [0]:
        layout = yaml_layout.read(text, keys[0], yaml_keys.block_end(text, keys[0]))
        if layout is not None:
            return YamlFile(sops_metadata.metadata_from(layout.mapping), text, tuple(keys), layout)
    from sopskit.sops.formats import yaml_blocks
    from sopskit.sops.formats.tree import plain

    blocks = yaml_blocks.blocks(text, keys, encrypted=encrypted)
    if not blocks:
        return None
    return YamlFile(sops_metadata.metadata_from(plain(blocks[0])), text, tuple(keys))


def _read_without_key(data: bytes, text: str) -> SopsFile | None:
    """A file in which no line starts with `sops:`: JSON is YAML too; other layouts are refused."""
    if text.lstrip().startswith("{"):
        from sopskit.sops.formats import json

        return json.read(data)
    content = (line for line in text[:4096].splitlines() if line.strip() and line[0] not in "#-%\ufeff")
    if next(content, "").startswith(" ") and re.search("^ +sops:", text, re.MULTILINE):
        raise BrokenFileError(
            "the top level of this YAML file is indented", hint="sops updatekeys writes it anew at the margin"
        )
    return None
