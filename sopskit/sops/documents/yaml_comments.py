"""Where sops sees the comments of a YAML text: each in a mapping or list, before one of its children.

sops encrypts a comment with the path of the mapping or list that has it, after what yaml.v3 makes of columns
and empty lines. The steps are yaml.v3's: `yaml_comments_scan` (with `yaml_comments_gap`) finds the comments
among the tokens, `yaml_comments_attach` (with `yaml_comments_events`) gives them to nodes, and
`yaml_comments_tree` to sops's tree.
"""

from __future__ import annotations

from typing import NamedTuple


class Placed(NamedTuple):
    """A line of a comment in sops's tree.

    Attributes:
        start: where its `#` stands in the text, in characters.
        end: behind its last character; the text of the comment is all behind the `#`.
        parent: where the content (properties left out) of the mapping or list starts that has it; for a
            document that is null or an alias, where that stands or would stand.
        before: before which child of that it stands, from 0 to the number of children: those are the keys of
            a mapping, the items of a list.
        inline: whether sops takes it for one on the line of a value.
    """

    start: int
    end: int
    parent: int
    before: int
    inline: bool


class Comments(NamedTuple):
    """The comments of a text.

    Attributes:
        placed: those that sops sees, line by line, in the order in which it encrypts them. What an alias
            repeats is placed where its anchor is.
        lost: start and end of the others, in the order of the text. yaml.v3 has no place for them, so that
            sops leaves them out of what it writes: behind an opening bracket, in an empty flow collection,
            behind a directive or the last `...`, and some where two would be the foot of one node.
    """

    placed: list[Placed]
    lost: list[tuple[int, int]]


def place(text: str) -> list[Placed]:
    """The comments that sops sees; see `find`."""
    return find(text).placed


def find(text: str) -> Comments:
    """The comments of a text, those that sops sees and those that it loses.

    Raises:
        yaml.YAMLError: the text is not YAML.
        BrokenFileError: the same, where only libyaml's parser would see it.
        ValueError: it holds a lone surrogate.
    """
    if "#" not in text:
        return Comments([], [])
    from sopskit.sops.documents.yaml_comments_attach import attach
    from sopskit.sops.documents.yaml_comments_scan import scan
    from sopskit.sops.documents.yaml_comments_tree import placed

    # A byte order mark is none of the text that yaml.v3 scans, and libyaml does not count it.
    offset = int(text.startswith("\ufeff"))
    found = scan(text[offset:])
    seen = [
        Placed(start + offset, end + offset, parent + offset, before, inline)
        for root in attach(found)
        for start, end, parent, before, inline in placed(root)
    ]
    starts = {comment.start for comment in seen}
    lines = [line for comment in found.comments for line in comment.lines] + found.directives
    spans = sorted((line[0] + offset, line[1] + offset) for line in lines if line is not None)
    return Comments(seen, [span for span in spans if span[0] not in starts])
