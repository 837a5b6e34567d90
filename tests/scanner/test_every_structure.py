"""Each structure: a secret is found where it is; what stands for one, or is encrypted, is none."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from sopskit.findings import Severity
from tests.scanner.built_in import detector
from tests.scanner.made_up import made_up

PASSWORD = "Tr4ut" + "zq!xKn"
KEY = made_up(3)
IN_BASE64 = b64encode(PASSWORD.encode()).decode()

#: A path, and a text in which `@` is the value of a password.
STRUCTURES = {
    "yaml": ("a.yaml", "x:\n  db_password: @\n"),
    "yaml in quotes": ("a.yaml", 'x:\n  db_password: "@"\n'),
    "yaml block": ("a.yaml", "x:\n  db_password: |\n    @\n"),
    "yaml list": ("a.yaml", "environment:\n  - DB_PASSWORD=@\n"),
    "yaml pair": ("a.yaml", 'env:\n  - name: DB_PASSWORD\n    value: "@"\n'),
    "json": ("a.json", '{"x": {"db_password": "@"}}\n'),
    "toml": ("a.toml", '[x]\ndb_password = "@"\n'),
    "dotenv": (".env", "DB_PASSWORD=@\n"),
    "ini": ("a.ini", "[x]\ndb_password = @\n"),
    "properties": ("a.properties", "db.password=@\n"),
    "hcl": ("a.tf", 'resource "x" "y" {\n  db_password = "@"\n}\n'),
    "hcl variable": ("a.tf", 'variable "db_password" {\n  default = "@"\n}\n'),
    "nix": ("a.nix", '{\n  services.x.db_password = "@";\n}\n'),
    "shell": ("a.sh", "export DB_PASSWORD='@'\n"),
    "shell option": ("a.sh", "run --db-password '@'\n"),
    "script": ("bin/run", "#!/usr/bin/env bash\nexport DB_PASSWORD='@'\n"),
    "dockerfile": ("Dockerfile", "ENV DB_PASSWORD='@'\n"),
    "xml": ("a.xml", "<x><dbPassword>@</dbPassword></x>\n"),
    "xml attribute": ("a.xml", '<x dbPassword="@"/>\n'),
}
#: As above, of programs: there a password must be random.
PROGRAMS = {
    "python": ("a.py", 'db_password = "@"\n'),
    "go": ("a.go", 'const dbPassword = "@"\n'),
    "javascript": ("a.js", "const options = {dbPassword: '@'}\n"),
    "php": ("a.php", "define('DB_PASSWORD', '@');\n"),
    "java": ("A.java", 'setDbPassword("@");\n'),
}
#: Of Secrets: `@` is what `stringData` holds, `^` what `data` does.
_HEAD, _META = "apiVersion: v1\n", "metadata:\n  name: x\n"
SECRETS = {
    "stringData": ("a.yaml", f"{_HEAD}kind: Secret\n{_META}stringData:\n  a: '@'\n"),
    "data": ("a.yaml", f"{_HEAD}kind: Secret\n{_META}data:\n  a: '^'\n"),
    "kind at the end": ("a.yaml", f"stringData:\n  a: '@'\n{_META}{_HEAD}kind: Secret\n"),
    "data first": ("a.yaml", f"data:\n  a: '^'\n{_META}kind: Secret\n{_HEAD}"),
    "second document": (
        "a.yaml",
        f"kind: ConfigMap\n{_META}data:\n  b: c\n---\n{_HEAD}kind: Secret\n{_META}stringData:\n  a: '@'\n",
    ),
    "list": (
        "a.yaml",
        "kind: List\nitems:\n  - kind: Secret\n    metadata:\n      name: x\n    stringData:\n      a: '@'\n",
    ),
    "json": ("a.json", '{"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "@"}}\n'),
    "json, kind at the end": (
        "a.json",
        '{"data": {"a": "^"}, "metadata": {"name": "x"}, "kind": "Secret"}\n',
    ),
    "json list": (
        "a.json",
        json.dumps(
            {"kind": "List", "items": [{"kind": "Secret", "metadata": {}, "stringData": {"a": "@"}}]},
            indent=1,
        ),
    ),
}

#: What stands for a secret, or is encrypted.
NONE = {
    "sops": "ENC[AES256_GCM,data:"
    + made_up(4)
    + "==,iv:"
    + made_up(5, 43)
    + "=,tag:"
    + made_up(6, 22)
    + "==,type:str]",
    "shell variable": "${DB_PASSWORD}",
    "required variable": "${DB_PASSWORD:?is not set 1}",
    "default that stands for one": "${DB_PASSWORD:-changeme}",
    "template": "{{ db_password }}",
    "value of a chart": "{{ .Values.db.password1 | quote }}",
    "in angles": "<password>",
    "changeme": "changeme",
    "CHANGE_ME_123": "CHANGE_ME_123",
    "what repeats": "xxxxxxxxxxxx",
    "reference of vals": "ref+vault://secret/db#/password1",
    "reference of 1Password": "op://vault/db/password1",
    "path": "/run/secrets/db_password1",
}


def failing(path: str, text: str) -> list[str]:
    """What is found that fails a run."""
    content = text.encode()
    found = detector().matches(content, path=path)
    return [
        content[each.start : each.end].decode() for each in found if each.rule.severity is not Severity.INFO
    ]


def within(text: str, value: str) -> str:
    return text.replace("@", value).replace("^", b64encode(value.encode()).decode())


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_password_is_found_where_it_is(name: str) -> None:
    path, text = STRUCTURES[name]
    assert failing(path, within(text, PASSWORD)) == [PASSWORD]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_random_password_is_found_in_a_program(name: str) -> None:
    path, text = PROGRAMS[name]
    assert failing(path, within(text, KEY)) == [KEY]


@pytest.mark.parametrize("name", SECRETS)
def test_a_value_of_a_secret_is_found_where_it_is(name: str) -> None:
    path, text = SECRETS[name]
    assert failing(path, within(text, PASSWORD)) == [PASSWORD if "@" in text else IN_BASE64]


@pytest.mark.parametrize("value", NONE)
def test_what_stands_for_a_secret_is_none(value: str) -> None:
    for structures in (STRUCTURES, PROGRAMS, SECRETS):
        for name, (path, text) in structures.items():
            assert (name, failing(path, within(text, NONE[value]))) == (name, [])


_SEALED = "AgB" + made_up(7, 400)
_AGE = "-----BEGIN AGE ENCRYPTED FILE-----\n" + made_up(8, 64) + "\n-----END AGE ENCRYPTED FILE-----"
_VAULT = "$ANSIBLE_VAULT;1.1;AES256\n" + made_up(9, 80, "0123456789abcdef")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.yaml",
            (
                f"kind: SealedSecret\n{_META}spec:\n  encryptedData:\n    db_password: {_SEALED}\n"
                "  template:\n    type: Opaque\n"
            ),
        ),
        (
            "a.yaml",
            (
                f"kind: ExternalSecret\n{_META}spec:\n  secretStoreRef:\n    kind: SecretStore\n"
                "    name: vault1\n  data:\n    - secretKey: db_password\n      remoteRef:\n"
                "        key: db/prod1\n"
                "        property: password1\n"
            ),
        ),
        (
            "a.yaml",
            (
                "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n"
                "        name: db-password1\n        key: password1\n"
            ),
        ),
        ("a.yaml", f"db_password: !vault |\n    {_VAULT.replace(chr(10), chr(10) + '    ')}\n"),
        ("a.yml", _VAULT + "\n"),
        ("a.age", _AGE + "\n"),
        ("a.yaml", "db_password: |\n    " + _AGE.replace("\n", "\n    ") + "\n"),
        ("a.env", "\0GITCRYPT\0" + made_up(10, 200)),
        ("a.env", "age-encryption.org/v1\n-> X25519 " + made_up(11, 43) + "\n" + made_up(12, 43) + "\n"),
    ],
    ids=[
        "sealed",
        "external",
        "reference",
        "vault value",
        "vault file",
        "age file",
        "age value",
        "git-crypt",
        "age binary",
    ],
)
def test_what_is_encrypted_or_elsewhere_is_none(path: str, text: str) -> None:
    assert failing(path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.yml", "POSTGRES_PASSWORD: ${DB_PASSWORD:-@}\n", PASSWORD),
        ("a.yml", "environment:\n  - POSTGRES_PASSWORD=${DB_PASSWORD:-@}\n", "postgres1"),
        ("a.yml", "spring:\n  datasource:\n    password: ${DB_PASSWORD:@}\n", "postgres1"),
        ("a.properties", "spring.datasource.password=${db.password:@}\n", "root123"),
        ("a.sh", 'DB_PASSWORD="${DB_PASSWORD-@}"\n', "root123"),
    ],
)
def test_a_default_is_found(path: str, text: str, expected: str) -> None:
    assert failing(path, text.replace("@", expected)) == [expected]
