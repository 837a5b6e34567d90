"""Generated `.sops.yaml` files that vary in everything that an edit has to keep."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.sops_yaml.samples import age, pgp, ssh

_HOSTS = ("ada", "bell", "server_curie", "admin_dirac", "e-2")
_KINDS = {"age": age, "pgp": pgp, "ssh": ssh}


@dataclass(frozen=True)
class Layout:
    """How a file is written."""

    keys: str  # "flat", "roles", "mapping", "none"
    keys_first: bool
    aligned: bool
    key_quote: str
    grouped: bool
    lists: str  # "block", "flow", "lines", "comma", "folded", "literal"
    dash: int
    item_dash: int
    gap: str
    regex_quote: str
    comments: bool
    trailing: str
    newline: str
    bom: bool
    final_newline: bool
    start: bool


layouts = st.builds(
    Layout,
    keys=st.sampled_from(("flat", "flat", "roles", "mapping", "none")),
    keys_first=st.booleans(),
    aligned=st.booleans(),
    key_quote=st.sampled_from(("", "", "'", '"')),
    grouped=st.booleans(),
    lists=st.sampled_from(("block", "flow", "lines", "comma", "folded", "literal")),
    dash=st.sampled_from((0, 2, 4)),
    item_dash=st.sampled_from((0, 2, 4)),
    gap=st.sampled_from((" ", " ", "   ")),
    regex_quote=st.sampled_from(("", "'", '"')),
    comments=st.booleans(),
    trailing=st.sampled_from(("", "", "  ", " # note: ü")),
    newline=st.sampled_from(("\n", "\n", "\r\n")),
    bom=st.booleans(),
    final_newline=st.booleans(),
    start=st.booleans(),
)

hosts = st.lists(st.sampled_from(_HOSTS), min_size=1, unique=True)


@st.composite
def files(draw: st.DrawFn) -> str:
    """The text of a file with one to three rules."""
    layout = draw(layouts)
    names = draw(hosts)
    kinds = {name: draw(st.sampled_from(("age", "pgp", "ssh"))) for name in names}
    keys = _keys(layout, names, kinds)
    rules = ["creation_rules:"]
    for number in range(draw(st.integers(1, 3))):
        members = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        rules += _rule(layout, number, members, kinds)
        if layout.comments:
            rules += ["", "# below"]
    sections = [keys, rules] if layout.keys_first else [rules, keys]
    lines = (["---"] if layout.start else []) + (["# head"] if layout.comments else [])
    lines += [line for section in sections for line in section]
    text = layout.newline.join(lines) + (layout.newline if layout.final_newline else "")
    return ("\ufeff" if layout.bom else "") + text


def _keys(layout: Layout, names: list[str], kinds: dict[str, str]) -> list[str]:
    if layout.keys == "none":
        return []
    width = max(map(len, names)) + 3 if layout.aligned else 0
    entries = []
    for name in names:
        value = f"{layout.key_quote}{_KINDS[kinds[name]](name)}{layout.key_quote}"
        entries.append(f"-{layout.gap}&{f'{name} '.ljust(width)}{value}{layout.trailing}")
    if layout.comments:
        entries.insert(1, "# - &old age1gone")
    indent = " " * layout.dash
    if layout.keys == "flat":
        return ["keys:", *(indent + entry for entry in entries)]
    if layout.keys == "roles":
        return ["keys:", f"{indent}- hosts:", *(f"{indent}    {entry}" for entry in entries)]
    return ["keys:", "  users:", *(f"  {indent}{entry}" for entry in entries)]


def _rule(layout: Layout, number: int, members: list[str], kinds: dict[str, str]) -> list[str]:
    margin = " " * layout.dash
    lines = [f"{margin}-{layout.gap}path_regex: {layout.regex_quote}dir{number}/.*{layout.regex_quote}"]
    inner = margin + " " + " " * len(layout.gap)
    fields = []
    for kind in ("pgp", "age"):
        of_kind = [name for name in members if (kinds[name] == "pgp") == (kind == "pgp")]
        if of_kind:
            fields += _field(layout, kind, of_kind, kinds)
    if layout.grouped:
        lines.append(f"{inner}key_groups:")
        indent = inner + " " * layout.item_dash
        lines += [f"{indent}{'  ' if index else '- '}{line}" for index, line in enumerate(fields)]
    else:
        lines += [inner + line for line in fields]
    return lines


def _field(layout: Layout, kind: str, members: list[str], kinds: dict[str, str]) -> list[str]:
    alias = layout.keys != "none" and layout.keys_first
    texts = [_KINDS[kinds[name]](name) for name in members]
    items = [f"*{name}" for name in members] if alias else texts
    style = layout.lists
    if layout.grouped and style in ("comma", "folded", "literal"):
        style = "block"
    if style == "flow":
        return [f"{kind}: [{', '.join(items)}]{layout.trailing}"]
    if style == "lines":
        comma = "," if layout.final_newline else ""
        return [f"{kind}: [", *(f"    {item}," for item in items[:-1]), f"    {items[-1]}{comma}", "  ]"]
    if style == "comma":
        quote = layout.regex_quote
        return [f"{kind}: {quote}{(',' + layout.gap).join(texts)}{quote}{layout.trailing}"]
    if style in ("folded", "literal"):
        return [f"{kind}: {'>-' if style == 'folded' else '|'}", *_block(texts)]
    dash = " " * layout.item_dash
    return [f"{kind}:", *(f"{dash}-{layout.gap}{item}{layout.trailing}" for item in items)]


def _block(texts: list[str]) -> list[str]:
    return [f"    {text}," for text in texts[:-1]] + [f"    {texts[-1]}"]
