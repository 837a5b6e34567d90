"""No trigger of structure loses a finding: the readers of syntaxes, asked about every line, find no more."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.scanner.structural import GENERIC, KINDS, matches_of
from sopskit.scanner.triggers import Span
from tests.scanner.built_in import detector
from tests.scanner.made_up import made_up

if TYPE_CHECKING:
    from sopskit.scanner.detector import Detector

CODE = Path(__file__).parents[2] / "sopskit"

NAMES = (
    "password",
    "DB_PASSWORD",
    "dbPasswd",
    "smtp.pass",
    "adminPwd",
    "wifi-psk",
    "token",
    "API_KEY",
    "apiKey",
    "client-secret",
    "secretKeyBase",
    "accessToken",
    "app.signing.key",
    "SESSION_KEY",
    "MY_SECRET_PROD",
    "bearerToken",
    "credentials",
    "passphrase",
)

#: What assigns a value to a name, and the ending of a file in which it does.
FORMS = (
    ("yaml", "{name}: {value}\n"),
    ("yaml", "  - {name}: '{value}'  # why\n"),
    ("yaml", "{name}: |\n  {value}\n"),
    ("yaml", "{name}: >-\n    {value}\n"),
    ("yaml", "env:\n  - name: {name}\n    value: {value}\n"),
    ("yaml", "environment:\n  - {name}={value}\n"),
    ("yaml", 'a: {{{name}: "{value}", b: 2}}\n'),
    ("json", '{{"a": 1, "{name}": "{value}"}}\n'),
    ("json", '"{name}" : "{value}",\n'),
    ("json", '{{"name": "{name}", "value": "{value}"}}\n'),
    ("toml", '{name} = "{value}" # why\n'),
    ("toml", "a = {{ user = 'u', {name} = '{value}' }}\n"),
    ("env", "export {name}={value}\n"),
    ("env", '{name}="{value}"\r\n'),
    ("ini", "{name} = {value}\n"),
    ("ini", "{name}: {value}\n"),
    ("tf", '{name} = "{value}"\n'),
    ("tf", 'variable "{name}" {{\n  type = string\n  default = "{value}"\n}}\n'),
    ("nix", 'services.a.{name} = "{value}";\n'),
    ("nix", "{name} = ''{value}'';\n"),
    ("sh", "A=1 {name}='{value}' run\n"),
    ("sh", "run --{name} {value} --quiet\n"),
    ("sh", "export {name}={value}\n"),
    ("xml", "<{name}>{value}</{name}>\n"),
    ("xml", '<add key="{name}" value="{value}"/>\n'),
    ("xml", "<{name}>\n  {value}\n</{name}>\n"),
    ("py", '    {name} = "{value}"\n'),
    ("py", '{name}: str = "{value}"\n'),
    ("py", "connect({name}='{value}')\n"),
    ("py", 'environ["{name}"] = "{value}"\n'),
    ("go", '\t{name} := "{value}"\n'),
    ("go", '\t{name} string = "{value}"\n'),
    ("go", '\t"{name}": []byte("{value}"),\n'),
    ("js", "const a = {{ {name}: '{value}' }};\n"),
    ("js", 'set("{name}", "{value}");\n'),
    ("java", 'private static final String {name} = "{value}";\n'),
    ("java", 'client.setPassword("{value}");\n'),
    ("php", "'{name}' => '{value}',\n"),
    ("c", '#define {name} "{value}"\n'),
    ("md", "# {name}={value}\n"),
)


def texts(chance: random.Random) -> dict[str, bytes]:
    """A text for each ending, of assignments between lines of code; by a name of a file."""
    lines = b"".join(path.read_bytes() for path in sorted(CODE.glob("*.py"))).splitlines(keepends=True)
    found: dict[str, bytes] = {}
    for number, (ending, form) in enumerate(FORMS):
        for name in NAMES:
            value = chance.choice((made_up(number), "Tr4ut" + "zq!xKn", "x1", f"{chance.getrandbits(128):x}"))
            text = form.format(name=name, value=value).encode()
            found[f"a.{ending}"] = found.get(f"a.{ending}", b"") + chance.choice(lines) + text
    return found


def places(matches: Detector, content: bytes, path: str) -> set[tuple[int, int]]:
    """What is found at the triggers."""
    first = len(matches.rules)
    spans = [
        each
        for each in matches.spans_of(matches.trigger_ends(content) or ())
        if first <= each.rule < first + len(KINDS)
    ]
    return {
        (each.start, each.end)
        for each in matches_of(spans, first, content, path)
        if each.rule.id == GENERIC.id
    }


def places_in_every_line(content: bytes, path: str) -> set[tuple[int, int]]:
    starts = [0, *(each.end() for each in re.finditer(b"\n", content))]
    spans = [Span(0, start, start) for start in starts]
    return {(each.start, each.end) for each in matches_of(spans, 0, content, path)}


@pytest.mark.parametrize("seed", range(2))
def test_no_trigger_of_structure_loses_a_finding(seed: int) -> None:
    number = 0
    for path, content in texts(random.Random(seed)).items():
        found, expected = places(detector(), content, path), places_in_every_line(content, path)
        differences = found ^ expected
        assert [content[max(0, start - 60) : end + 5] for start, end in sorted(differences)] == []
        number += len(expected)
    assert number > 300
