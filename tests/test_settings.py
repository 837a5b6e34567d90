"""`.sopskit.toml`: what it may say, and what is refused with its line."""

from __future__ import annotations

import pytest

from sopskit.errors import ConfigurationError
from sopskit.settings import Ignored, ScanSettings, Settings, Skipped, parse

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
    assert settings.scan == ScanSettings(("vendor/", "*.lock"), ("jwt",), ignored, ("acme-test",))
    assert settings.others == {"addresses": {"nova": "10.0.0.2"}}


def test_an_empty_file_says_nothing() -> None:
    assert parse(b"") == Settings()


REFUSED = [
    ("[scan]\nexcluded = []\n", 2, "there is no setting 'excluded'"),
    ("[scan]\nstopwords = ['abc']\n", 2, "a stopword has four characters or more"),
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
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        parse(data)
