"""`.sopskit.toml`: what it may say, and what is refused with its line."""

from __future__ import annotations

import pytest

from sopskit.errors import ConfigurationError
from sopskit.findings import Severity
from sopskit.settings import Ignored, ScanSettings, Settings, Skipped, Stopword, parse
from sopskit.toml_text import Table

FULL = b"""\xef\xbb\xbf# settings
[check]
skip = ["no-offline-recipient"]
ignore = [
  { id = "plaintext", path = "examples/", reason = "made to be read" },
  { id = "drift" },
]

[consumers]
"flux:home/apps/gitea" = "cluster"
"nix:web" = ["web_vm", "web_metal"]

[addresses]
nova = "10.0.0.2"

[scan]
exclude = ["vendor/", "*.lock"]
skip = ["jwt"]
ignore = [{ id = "private-key", path = "tests/" }]
stopwords = "Acme-Test"
severity = { jwt = "info", generic-secret = "warning" }

[[scan.rule]]
id = "acme"
pattern = "acme_[0-9]{9}"

[[scan.rule]]

  pattern = "x"
"""


def test_everything_that_it_may_say() -> None:
    settings = parse(FULL)
    assert settings.skip == (Skipped("no-offline-recipient", 3),)
    assert settings.ignore == (
        Ignored("plaintext", "examples/", "made to be read", 5),
        Ignored("drift", "", "", 6),
    )
    assert settings.consumers == {"flux:home/apps/gitea": ("cluster",), "nix:web": ("web_vm", "web_metal")}
    ignored = (Ignored("private-key", "tests/", "", 19),)
    assert settings.scan._replace(rule=()) == ScanSettings(
        ("vendor/", "*.lock"),
        ("jwt",),
        ignored,
        (Stopword("acme-test"),),
        {"jwt": Severity.INFO, "generic-secret": Severity.WARNING},
    )
    assert settings.scan.rule == (
        Table({"id": "acme", "pattern": "acme_[0-9]{9}"}, ".sopskit.toml", 23, {"id": 24, "pattern": 25}),
        Table({"pattern": "x"}, ".sopskit.toml", 27, {"pattern": 29}),
    )
    assert settings.others == {"addresses": {"nova": "10.0.0.2"}}


def test_a_stopword_may_be_for_one_rule() -> None:
    settings = parse(b"[scan]\nstopwords = ['four', {word = 'Sandbox', id = 'jwt'}]\n")
    assert settings.scan.stopwords == (Stopword("four"), Stopword("sandbox", "jwt"))


def test_rules_that_are_written_as_a_list_have_the_line_of_their_id() -> None:
    settings = parse(b"[scan]\nrule = [\n  {id = 'one'},\n  {id = 'two', pattern = 'x'},\n]\n")
    assert [(each.line, each.line_of("pattern")) for each in settings.scan.rule] == [(3, 3), (4, 4)]


def test_an_empty_file_says_nothing() -> None:
    assert parse(b"") == Settings()


REFUSED = [
    ("[scan]\nexcluded = []\n", 2, "there is no setting 'excluded'"),
    ("[scan]\nstopwords = ['abc']\n", 2, "a stopword has four characters or more"),
    ("[scan]\nstopwords = [{id = 'jwt'}]\n", 2, "a stopword has four characters or more"),
    ("[scan]\nstopwords = [{words = 'abcd'}]\n", 2, "there is no field 'words'"),
    ("[scan]\nstopwords = [1]\n", 2, "'stopwords' is no table"),
    ("[scan.severity]\njwt = 'off'\n", 2, "'jwt' takes a severity"),
    ("[scan.severity]\n\njwt = 1\n", 3, "'jwt' takes a severity"),
    ("[scan]\nseverity = []\n", 2, "'severity' is no table"),
    ("[scan]\nrule = 1\n", 2, "'rule' takes a list"),
    ("[check]\n[chek]\n", 2, "there is no table 'chek'"),
    ("[check]\n\nskipp = []\n", 3, "there is no setting 'skipp'"),
    ("[check]\nskip = 1\n", 2, "'skip' takes a list"),
    ("[check]\nskip = ['a', 1]\n", 2, "'skip' takes texts"),
    ("check = 1\n", 1, "'check' is no table"),
    ("[check]\nignore = ['a']\n", 2, "'ignore' is no table"),
    ("[check]\nignore = [{path = 'x'}]\n", 2, "an item of 'ignore' names no id"),
    ("[check]\nignore = [\n  {id = 'x', paths = 'y'},\n]\n", 3, "there is no field 'paths'"),
    ("[check]\nignore = [{id = ['x', 'y']}]\n", 2, "an item of 'ignore' takes one text for each field"),
    ("[consumers]\n'nix:a' = 5\n", 2, "'nix:a' takes a list"),
    ("[check]\nskip = [\n", None, "is no TOML"),
    ("[check]\nskip = nothing\n", 2, "is no TOML"),
    ("[check]\n[check]\n", 2, "is no TOML"),
]


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_what_nobody_understands_is_refused_with_its_line(text: str, line: int | None, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text.encode())
    assert (caught.value.path, caught.value.line, caught.value.message) == (".sopskit.toml", line, message)


HOSTILE = [
    b"\xff",
    b"a = " + b"[" * 100_000,
    b"a = " + b"9" * 10_000,
    b"a = {" + b"b = {" * 10_000,
    b"x = 1\n" * 1_000_000,
    b"\0",
    b"[" + b"a." * 20_000 + b"a]",
    b"a" + b".a" * 200_000 + b" = 1",
    b"a = {" + b"a." * 200_000 + b"a = 1}",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        parse(data)
