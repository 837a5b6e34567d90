"""Which texts count as assigned to a name with a keyword."""

from __future__ import annotations

import pytest

from sopskit.scanner.keywords import is_assigned, is_near

SECRET = "0af39c1b7d5e2a6f48c3d9e0b1f7a5c6"


def assigned(line: str, *keywords: str) -> bool:
    return is_assigned(keywords, line.encode(), line.index(SECRET))


@pytest.mark.parametrize(
    "line",
    [
        "DATADOG_API_KEY={}",
        "export DATADOG_API_KEY='{}'",
        "datadogApiKey: {}",
        'datadog_api_key = "{}"',
        '"datadog": "{}"',
        '  "datadog_key" : "{}",',
        'datadog.api_key: "{}"',
        'datadogKey string = "{}"',
        'const datadogKey: string = "{}";',
        'os.environ["DATADOG_KEY"] = "{}"',
        'datadog = os.environ.get("API_KEY", "{}")',
        'datadog_key := "{}"',
        "datadog_key => '{}'",
        "<datadogKey>{}</datadogKey>",
        '<add key="datadog" value="{}" />',
        "--datadog-api-key {}",
        "--datadog-api-key={}",
        'curl -H "X-Datadog-Token: {}"',
        "datadog(api_key='{}')",
        "set datadog_key {}",
        'datadog_key="Bearer {}"',
    ],
)
def test_assigned(line: str) -> None:
    assert assigned(line.format(SECRET), "datadog")
    assert assigned("first = 1\n" + line.format(SECRET), "datadog")
    assert assigned(line.format(SECRET).upper().replace(SECRET.upper(), SECRET), "datadog")


@pytest.mark.parametrize(
    "line",
    [
        "datadog {{\n  key: {}",  # another line
        "datadog_md5 = {}",
        "datadog_sha256: {}",
        "datadog: the commit {}",
        "datadog/agent@{}",
        "datadog{}",
        "{} # datadog",
        "datadog is a product whose build was made from tree {}",
        "datadog_key_file = {}",
        "datadog_url={}",
        f"datadog{' ' * 61}{{}}",
        'datadog = {{"name": "x", "etag": "{}"}}',
    ],
)
def test_not_assigned(line: str) -> None:
    assert not assigned(line.format(SECRET), "datadog")


def test_a_short_keyword_counts_where_a_word_begins() -> None:
    assert assigned(f"dd_key={SECRET}", "dd")
    assert assigned(f"myDdKey={SECRET}", "dd")
    assert assigned(f"my_dd_key={SECRET}", "dd")
    assert not assigned(f"add_key={SECRET}", "dd")


def test_a_keyword_may_end_with_the_operator() -> None:
    assert assigned(f"DD_KEY={SECRET}", "dd_key=")
    assert assigned(f'DD_KEY="{SECRET}"', "dd_key=")
    assert not assigned(f"DD_KEY_OLD={SECRET}", "dd_key=")


def test_near_is_on_the_same_line_and_before() -> None:
    line = f"see octopus, the server: use {SECRET} with octo"
    assert is_near(("octo",), line.encode(), line.index(SECRET))
    assert not is_near(("octo",), line.replace("see octopus", "here").encode(), line.index(SECRET) - 6)
    assert not is_near(("octo",), b"octo\n" + SECRET.encode(), 5)


@pytest.mark.parametrize(
    "line",
    [
        "github_api_token={}",
        "githubApiToken: {}",
        "github-api-token: {}",
        "github.api.token={}",
        "GITHUB API TOKEN: {}",
    ],
)
def test_a_separator_may_be_another_or_none(line: str) -> None:
    assert assigned(line.format(SECRET), "github_api_token")
    assert not assigned(
        line.replace("api", "app").replace("Api", "App").replace("API", "APP").format(SECRET),
        "github_api_token",
    )
