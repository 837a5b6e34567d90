"""What a `.sops.yaml` says: named keys, hosts, rules and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sopskit.errors import ConfigurationError
from sopskit.sops_yaml import choosing
from sopskit.text import patterns

if TYPE_CHECKING:
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.choosing import Batch
    from sopskit.text.yaml_tree import Document, Node, Scalar

Role = Literal["machine", "user"]

SELECTORS = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)


class NamedKey(NamedTuple):
    """A key with an anchor.

    Attributes:
        name: the anchor's name, or "" for a key that stands in a rule without one.
        recipient: the public key, or None where the text is none.
        text: the text as it stands, or "" where it is a private key.
        line: its line, counting from 1.
        role: what the list around it or the name's prefix says, else None.
        problem: why `recipient` is None.
        node: where it stands.
    """

    name: str
    recipient: Recipient | None
    text: str
    line: int
    role: Role | None
    problem: str | None = None
    node: Scalar | None = None


class Host(NamedTuple):
    """A holder of keys: a machine or a person; `name` is None for a key that has no anchor."""

    name: str | None
    role: Role | None
    keys: tuple[NamedKey, ...]


class Member(NamedTuple):
    """A recipient of a rule.

    Attributes:
        recipient: the key, spelled as sops would write it into a file.
        anchor: the anchor it is an alias of, or carries; None if it is spelled out.
        line: where the rule names it, counting from 1.
        holder: the list, the comma-separated string or (for `age: *name`) the alias that holds it.
        item: its index in the list, or among the parts of the string.
    """

    recipient: Recipient
    anchor: str | None
    line: int
    holder: Node
    item: int = 0


class Rule(NamedTuple):
    """One entry of `creation_rules`.

    Attributes:
        number: counts from 1.
        path_regex: "" for a catch-all.
        line: its line, counting from 1.
        groups: the key groups as sops builds them: a key that stands twice in a flat field stays twice,
            one that stands twice in an entry of `key_groups` is kept once.
        shamir_threshold: 0 where it is not set.
        selector: which values are encrypted, as (field, value), or None for the default.
        mac_only_encrypted: the field of that name.
        unknown_fields: fields that sops ignores.
        error: what makes sops fail once it has chosen the rule, or None; `groups` then lacks what is wrong.
        uses: for each group all its members, duplicates too.
        node: the mapping.
        visited: where every node starts that the rule is made of, those reached by alias too.
    """

    number: int
    path_regex: str
    line: int
    groups: tuple[tuple[Member, ...], ...]
    shamir_threshold: int
    selector: tuple[str, str] | None
    mac_only_encrypted: bool
    unknown_fields: tuple[str, ...]
    path: str
    error: ConfigurationError | None = None
    uses: tuple[tuple[Member, ...], ...] = ()
    node: Node | None = None
    visited: frozenset[int] = frozenset()

    def claims(self, relative_path: str) -> bool:
        """Whether the rule's pattern matches a path relative to the folder of `.sops.yaml`.

        The search is not anchored (config/config.go, parseCreationRuleForFile).

        Args:
            relative_path: with `/`, as `os.fsdecode` gives it.

        Raises:
            ConfigurationError: the pattern is not one that Go compiles.
        """
        if not self.path_regex:
            return True
        try:
            pattern = patterns.compile(self.path_regex)
        except patterns.PatternError as error:
            message = f"the path_regex of rule {self.number} does not compile: {error}"
            raise ConfigurationError(
                message,
                hint="sops stops at this rule for every file that no earlier rule claims",
                path=self.path,
                line=self.line,
            ) from None
        return pattern.search(relative_path)

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of all groups."""
        return tuple(member for group in self.groups for member in group)


class SopsYaml(NamedTuple):
    """A `.sops.yaml` that was read.

    Attributes:
        text: the file's text, a byte order mark and CRLF included.
        path: the file's name in errors.
        keys: the named keys, in the order of the file.
        rules: the creation rules; none where sops would take the file for no configuration.
        document: the tree of the text.
        destinations: where every node starts that `destination_rules` is made of.
        batches: the rules, for `rule_for`.
    """

    text: str
    path: str
    keys: tuple[NamedKey, ...]
    rules: tuple[Rule, ...]
    document: Document
    destinations: frozenset[int] = frozenset()
    batches: tuple[Batch, ...] = ()

    def __repr__(self) -> str:
        return f"SopsYaml({self.path!r})"  # somebody may have pasted a private key into the text

    def key(self, anchor: str) -> NamedKey | None:
        """The key with this anchor, or None."""
        return next((key for key in self.keys if key.name == anchor), None)

    def hosts(self) -> tuple[Host, ...]:
        """The hosts, those with a name first, each group in the order of the file."""
        from sopskit.sops_yaml import hosts

        return hosts.of(self.keys, self.rules)

    def next_claiming(self, rule: Rule, relative_path: str) -> Rule | None:
        """The first rule behind another one that claims a path.

        Raises:
            ConfigurationError: a pattern before it does not compile.
        """
        return choosing.first(self.batches, relative_path, after=rule.number)

    def rule_for(self, relative_path: str) -> Rule | None:
        """The first rule that claims a path, as sops chooses it; None where none does.

        Args:
            relative_path: relative to the folder of `.sops.yaml`; absolute for a file outside it.

        Raises:
            ConfigurationError: sops would fail for this path: a pattern before the match does not
                compile, or the chosen rule cannot be used.
        """
        rule = choosing.first(self.batches, relative_path)
        if rule is not None and rule.error is not None:
            raise rule.error
        return rule
