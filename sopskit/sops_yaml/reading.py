"""Reading a `.sops.yaml` as sops reads it (config/config.go, loadConfigFile)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError
from sopskit.sops_yaml import choosing, schema
from sopskit.sops_yaml.decoding import Decoded, Decoder, ListOf, is_merge_key
from sopskit.sops_yaml.hosts import named_keys
from sopskit.sops_yaml.members import Members, without_duplicates
from sopskit.sops_yaml.model import SELECTORS, Rule, SopsYaml
from sopskit.text import conflicts, splice, yaml_tree
from sopskit.text.yaml_tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.text.yaml_tree import Document, Node


def load(data: bytes, path: str) -> SopsYaml:
    """Read a `.sops.yaml`.

    A file without `creation_rules` has no rules: sops takes it for no configuration.

    Args:
        data: the file's bytes.
        path: the file's name in errors.

    Raises:
        ConfigurationError: sops could not load it: not UTF-8, not YAML, no mapping, a key that stands
            twice, a field of another type; or it is empty, or holds merge-conflict markers.
    """
    text = _decoded_text(data, path)
    document = yaml_tree.parse(text, path)
    root = document.roots[0] if document.roots else None
    if root is None or (isinstance(root, Scalar) and not root.value and not root.style):
        raise ConfigurationError("the file is empty", path=path, hint=_INIT)
    if not isinstance(root, Mapping):
        line = document.line(root.span.start)
        raise ConfigurationError(
            "this is no SOPS configuration: the file holds no mapping", path=path, line=line, hint=_INIT
        )
    decoder = Decoder(document, path)
    rules, destinations = _sections(decoder, root)
    keys = tuple(named_keys(document))
    return SopsYaml(text, path, keys, rules, document, destinations, choosing.batches(rules))


_INIT = "sopskit init writes a first one"


def load_text(text: str, path: str) -> SopsYaml:
    """`load`, for a text that an edit made."""
    return load(text.encode(), path)


def _decoded_text(data: bytes, path: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            "the file is not UTF-8", path=path, line=line, hint="save it as UTF-8"
        ) from None
    marker = conflicts.marker(text)
    if marker is not None:
        line = splice.line_of(text, marker)
        raise ConfigurationError(
            "the file holds merge-conflict markers", path=path, line=line, hint="resolve the conflict first"
        )
    return text


def _sections(decoder: Decoder, root: Mapping) -> tuple[tuple[Rule, ...], frozenset[int]]:
    """Decode what sops reads, section by section, so that each rule knows its nodes."""
    sections = decoder.sections(root, ("creation_rules", "destination_rules", "stores"))
    rules = tuple(_rules(decoder, sections.get("creation_rules")))
    decoder.visited = set()
    if "destination_rules" in sections:
        decoder.decode(sections["destination_rules"], ListOf(schema.DESTINATION_RULE))
    destinations = frozenset(decoder.visited)
    if "stores" in sections:  # nothing here needs its values, but sops refuses wrong ones
        decoder.decode(sections["stores"], schema.STORES)
    return rules, destinations


def _rules(decoder: Decoder, section: Node | None) -> Iterator[Rule]:
    if section is None:
        return
    number = 0
    for item in decoder.items(section):
        decoder.visited = set()
        decoded = decoder.decode(item, schema.CREATION_RULE)
        if decoded is not None:  # go-yaml drops a null from a list
            number += 1
            yield _rule(decoder, decoded, number)


def _rule(decoder: Decoder, decoded: Decoded, number: int) -> Rule:
    document, fields = decoder.document, decoded.fields
    line = document.line((decoded.alias or decoded.node).span.start)
    builder = Members(document, decoder.path)
    uses = builder.groups(fields)
    selectors = [(name, fields[name].text) for name in SELECTORS if name in fields and fields[name].text]
    problem = builder.problem
    if len(selectors) > 1:
        names = ", ".join(name for name, _ in selectors)
        problem = ConfigurationError(
            f"rule {number} has more than one selector: {names}",
            hint="keep one",
            path=decoder.path,
            line=line,
        )
    threshold, mac_only = fields.get("shamir_threshold"), fields.get("mac_only_encrypted")
    return Rule(
        number=number,
        path_regex=fields["path_regex"].text if "path_regex" in fields else "",
        line=line,
        groups=tuple(map(without_duplicates, uses)) if builder.grouped else uses,
        shamir_threshold=threshold.value if threshold and isinstance(threshold.value, int) else 0,
        selector=selectors[0] if selectors else None,
        mac_only_encrypted=bool(mac_only and mac_only.value),
        unknown_fields=tuple(_unknown_fields(document, decoded)),
        path=decoder.path,
        error=problem,
        uses=uses,
        node=decoded.node,
        visited=frozenset(decoder.visited),
    )


def _unknown_fields(document: Document, decoded: Decoded) -> Iterator[str]:
    if isinstance(decoded.node, Mapping):
        for pair in decoded.node.pairs:
            key = document.resolved(pair.key)
            if (
                isinstance(key, Scalar)
                and not is_merge_key(key)
                and key.value not in schema.CREATION_RULE.fields
            ):
                yield key.value
