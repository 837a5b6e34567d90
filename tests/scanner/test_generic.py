"""Secrets without a format: which names promise one, which values are one, and where."""

from __future__ import annotations

import pytest

from sopskit.findings import Confidence, Severity
from sopskit.scanner.chance import evenness, surprise
from sopskit.scanner.names import Kind, kind_of
from tests.scanner.built_in import detector
from tests.scanner.made_up import made_up

KEY = made_up(1)
PASSWORD = "Tr4ut" + "zq!xKn"


def found(text: str, path: str = "settings.yaml") -> list[str]:
    content = text.encode()
    return [
        content[match.start : match.end].decode()
        for match in detector().matches(content, path=path)
        if match.rule.id == "generic-secret"
    ]


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "dbPasswd", "smtp_pass", "adminPwd", "psk", "rootPassword2"]
)
def test_names_of_passwords(name: str) -> None:
    assert kind_of(name) is Kind.PASSWORD


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "API_KEY",
        "apiKey",
        "client-secret",
        "secretKeyBase",
        "accessToken",
        "app.signing.key",
        "MY_SECRET_PROD",
    ],
)
def test_names_of_keys(name: str) -> None:
    assert kind_of(name) is Kind.KEY


@pytest.mark.parametrize(
    "name",
    [
        "passwordFile",
        "token_type",
        "secretName",
        "next_token",
        "nextPageToken",
        "eos_token",
        "cancelToken",
        "key",
        "public_key",
        "compass",
        "bypass",
        "proxyPass",
        "monkey",
        "secretKeyRef",
        "password_hash",
        "tokenizer",
        "has_password",
        "passenger",
        "credentialsFile",
        "",
    ],
)
def test_names_of_neither(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.yaml", "api_key: {}"),
        ("a.yaml", "db:\n  apiKey: '{}' # c"),
        ("a.yaml", "- name: API_KEY\n  value: {}"),
        ("a.yaml", "api_key: |\n  {}\n"),
        ("a.json", '{"a": {"apiKey": "{}"}}'),
        ("a.json", '{"name": "API_KEY", "value": "{}"}'),
        ("a.toml", "[x]\napi_key = '{}'"),
        (".env", "API_KEY={}"),
        ("a.ini", "[x]\napi_key = {}"),
        ("a.tf", 'variable "api_key" {\n  default = "{}"\n}'),
        ("a.tf", 'api_key = "{}"'),
        ("a.nix", 'services.x.apiKey = "{}";'),
        ("a.sh", "export API_KEY={}"),
        ("a.sh", "run --api-key {} -v"),
        ("Dockerfile", "ENV API_KEY={}"),
        ("a.xml", "<apiKey>{}</apiKey>"),
        ("a.config", '<add key="ApiKey" value="{}" />'),
        ("a.go", 'apiKey := "{}"'),
        ("a.py", 'API_KEY: Final = "{}"'),
        ("a.js", "const apiKey = '{}';"),
        ("a.java", 'private static final String API_KEY = "{}";'),
        ("a.rb", "config.api_key = '{}'"),
        ("a.php", "'api_key' => '{}',"),
    ],
)
def test_finds_a_key_in_every_syntax(path: str, line: str) -> None:
    assert found(line.replace("{}", KEY), path) == [KEY]


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize(
    "alphabet", ["0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789", "ABCDEFabcdefXYZxyz0123456789+/"]
)
def test_finds_texts_by_chance(alphabet: str, size: int) -> None:
    size = max(size, 20)
    texts = [made_up(seed, size, alphabet) for seed in range(50)]
    assert sum(found(f'apiKey = "{text}"', "a.go") == [text] for text in texts) >= 40


@pytest.mark.parametrize(
    "value",
    [
        "${API_KEY}",
        "{{ .Values.apiKey }}",
        "<your-api-key-here>",
        "$(cat /run/key)",
        "%(api_key)s",
        "changeme-changeme",
        "your_api_key_12345",
        "/run/secrets/api_key_1",
        "https://example.org/oauth2/token",
        "my-service-api-key-2",
        "default_api_key_value",
        "config.settings.apiKey2",
        "xxxxxxxxxxxxxxxxxxxx1",
        "aaaaaaaaaaaaaaaaaaa1",
        "12345678901234567890",
        "ENC[AES256_GCM,data:kd93kdA=,iv:x,tag:y,type:str]",
        "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "v1.22.333-rc.4",
        "registry.example.org/team/image1",
        "op://vault/item/field1",
        "GetObjectAccessKeyV2",
        "someCamelCaseIdentifier1",
        "snake_case_identifier_1",
        "api-key.json",
        "2024-01-02T03:04:05Z",
        "fd87::20d6:a932:6605",
    ],
)
@pytest.mark.parametrize("path", ["a.yaml", "a.go", ".env"])
def test_leaves_what_only_stands_for_a_key(path: str, value: str) -> None:
    text = f'apiKey: "{value}"' if path == "a.yaml" else f'apiKey = "{value}"'
    assert found(text, path) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "secretKeyRef:\n  secretKey: {}\n"),
        ("a.yaml", "properties:\n  apiKey: {}\n"),
        ("a.yaml", "metadata:\n  annotations:\n    apiKey: {}\n"),
        ("package-lock.json", '{"apiKey": "{}"}'),
        ("go.sum", 'apiKey "{}"'),
        ("a.min.js", 'apiKey="{}"'),
        ("locales/de.json", '{"apiKey": "{}"}'),
        ("a.go", 'nextToken := "{}"'),
        ("a.go", 'apiKeyHash := "{}"'),
    ],
)
def test_leaves_places_that_hold_no_secrets(path: str, text: str) -> None:
    assert found(text.replace("{}", KEY), path) == []


def test_a_password_may_be_chosen_in_settings_but_not_in_code() -> None:
    assert found(f"db:\n  password: {PASSWORD}", "a.yaml") == [PASSWORD]
    assert found(f"[mail]\nsmtp_pass = {PASSWORD}", "a.ini") == [PASSWORD]
    assert found(f'password = "{PASSWORD}"', "a.go") == []


GUESSED = [
    ("a.yaml", "password: {}", "postgres123"),
    ("a.yaml", "password: {}", "Passw0rd!"),
    ("application.yml", "password: {}", "123456"),
    ("compose.yaml", "- MYSQL_PASSWORD={}", "nextcloud"),
    (".env", "ADMIN_PASSWORD={}", "secret"),
    ("a.properties", "datasource.password={}", "orderpw"),
    ("a.tf", 'db_password = "{}"', "redis123"),
    ("a.json", '{"password": "{}"}', "hunter2"),
]


@pytest.mark.parametrize(("path", "line", "word"), GUESSED, ids=[each[2] for each in GUESSED])
def test_a_password_that_anybody_guesses_is_a_warning_in_settings_alone(
    path: str, line: str, word: str
) -> None:
    content = line.replace("{}", word).encode()
    (match,) = detector().matches(content, path=path)
    assert content[match.start : match.end].decode() == word
    assert (match.rule.severity, match.rule.confidence) == (Severity.WARNING, Confidence.LOW)
    assert found(f'password = "{word}"', "a.go") == []
    assert found(content.decode(), f"examples/{path}") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "password: correct"),
        ("a.yaml", "password: @DB_PASSWORD@"),
        ("a.nix", 'psk = "ext:home_5g";'),
        ("a.yaml", "password: db_password_1"),
        ("translations/de.json", '{"password": "Passwort2"}'),
        ("strings.json", '{"password": "Passwort2"}'),
        ("a.yaml", "DB_PASSWORD: required"),
        ("a.yaml", "DB_PASSWORD: OTHER"),
        ("a.yaml", "password: 12345"),
        (".env", "DB_PASSWORD=changeme"),
        ("a.sh", "DB_PASSWORD=$1"),
        ("a.yaml", "secret: tls123"),
    ],
)
def test_what_is_no_password_of_anybody(path: str, text: str) -> None:
    assert found(text, path) == []


def test_a_comment_of_a_program_is_a_remark() -> None:
    content = f' *   "access_token": "{KEY}"'.encode()
    (match,) = detector().matches(content, path="a.js")
    assert match.rule.severity is Severity.INFO


@pytest.mark.parametrize(
    "path", ["tests/a.go", "a_test.go", "docs/a.yaml", "README.md", "testdata/a.json", "examples/a.json"]
)
def test_in_tests_and_documentation_it_does_not_fail_a_run(path: str) -> None:
    content = f'"apiKey": "{KEY}"'.encode()
    (match,) = detector().matches(content, path=path)
    assert (match.rule.severity, match.rule.confidence) == (Severity.INFO, Confidence.LOW)


def test_base64_of_words_is_judged_by_the_words() -> None:
    assert found("password: " + "dGhpcyBpcyBub3QgYSByZWFsIHZhbHVl", "a.yaml") == []


def test_a_fingerprint_that_commits_are_signed_with_is_public() -> None:
    digits = made_up(5, 40, "0123456789ABCDEF")
    assert found(f"[user]\n  signingkey = {digits}", ".gitconfig") == []
    assert found(f"[user]\n  apikey = {digits}", ".gitconfig") == [digits]


def test_a_binary_file_has_no_generic_secrets() -> None:
    assert detector().matches(f'apiKey = "{KEY}"'.encode(), unambiguous=True, path="a.go") == []


def test_chance() -> None:
    assert surprise("configuration") < 0.1 < 0.4 < surprise(made_up(2))
    assert evenness("aaaaaaaa") == 0 < evenness("aabb") < evenness("abcd") == 1
    assert surprise("") == surprise("1") == surprise("12") == 0
