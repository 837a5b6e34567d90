"""Each syntax: what it reads from a line, and what it leaves alone."""

from __future__ import annotations

import pytest

from sopskit.scanner.structure import syntax_of
from tests.scanner.structure.lines import parents, read

READ = [
    ("yaml", "password: x1@", [("password", "x1")]),
    ("yaml", "  - password: 'x 1'@  # why", [("password", "x 1")]),
    ("yaml", 'a:\n  "pass word": "x\\"1"@\n', [("pass word", 'x\\"1')]),
    ("yaml", "password: x#1@ # y", [("password", "x#1")]),
    ("yaml", "password: !!str x1@\r\n", [("password", "x1")]),
    ("yaml", "password: |\n  x1@\n", [("password", "x1")]),
    ("yaml", "password: >-\n    x1@", [("password", "x1")]),
    ("yaml", "env:\n  - name: DB_PASSWORD\n    value: x1@\n", [("DB_PASSWORD", "x1")]),
    ("yaml", "environment:\n  - DB_PASSWORD=x1@\n", [("DB_PASSWORD", "x1")]),
    ("yaml", '- "DB_PASSWORD=x1@"\n', [("DB_PASSWORD", "x1")]),
    ("yaml", 'a: {password: "x1@", b: 2}', [("password", "x1")]),
    ("yaml", "password: *anchor@", []),
    ("yaml", "password: &anchor@", []),
    ("yaml", "password:@\n  a: b", []),
    ("yaml", "# a sentence: with a colon@", []),
    ("json", '{"password": "x1"@, "b": "c"}', [("password", "x1"), ("b", "c")]),
    ("json", '"pass\\"word" : "x\\"1"@', [('pass\\"word', 'x\\"1')]),
    ("json", '{"name": "DB_PASSWORD", "value": "x1"@}', [("name", "DB_PASSWORD"), ("DB_PASSWORD", "x1")]),
    ("json", '"password": 12@', []),
    ("json", '"password": "unterminated@', []),
    ("toml", 'password = "x1"@ # c', [("password", "x1")]),
    ("toml", "a = { user = 'u', password = 'x1' }@", [("user", "u"), ("password", "x1")]),
    ("toml", "password = x1@", []),
    ("dotenv", "export DB_PASSWORD=x1@ # c", [("DB_PASSWORD", "x1")]),
    ("dotenv", "DB_PASSWORD='x 1'@", [("DB_PASSWORD", "x 1")]),
    ("dotenv", "DB_PASSWORD=@", []),
    ("dotenv", "# DB_PASSWORD@ is needed", []),
    ("ini", "password = x 1 @; c", [("password", "x 1")]),
    ("ini", "db.password: x1@", [("db.password", "x1")]),
    ("ini", "; password@ of the database", []),
    ("hcl", 'password = "x1"@', [("password", "x1")]),
    ("hcl", 'variable "db_password" {\n  type = string\n  default = "x1"@\n}', [("db_password", "x1")]),
    ("hcl", "password = var.x1@", []),
    ("nix", 'services.x.password = "x1"@;', [("password", "x1")]),
    ("nix", "password = ''x1'';@", [("password", "x1")]),
    ("nix", "password = cfg.x1@;", []),
    ("shell", "A=1 DB_PASSWORD='x 1'@ run", [("A", "1"), ("DB_PASSWORD", "x 1")]),
    ("shell", "run --db-password x1@ --quiet", [("db-password", "x1")]),
    ("shell", "ENV DB_PASSWORD x1@", [("DB_PASSWORD", "x1")]),
    ("shell", "if [ $PASSWORD@ ]; then", []),
    ("xml", "<password>x1</password>@", [("password", "x1")]),
    ("xml", '<add key="Password" value="x1"/>@', [("Password", "x1"), ("key", "Password"), ("value", "x1")]),
    ("xml", "<password/>@", []),
    ("xml", "<password>\n  a1b2c3d4@\n</password>", [("password", "a1b2c3d4")]),
    ("xml", "<password>\n  <a>@</a>\n</password>", []),
    ("code", 'password = "x1"@', [("password", "x1")]),
    ("code", 'password: str = "x1"@', [("password", "x1")]),
    ("code", "const password = 'x1'@;", [("password", "x1")]),
    ("code", 'String password = new String("x1");@', []),
    ("code", 'password := "x1"@', [("password", "x1")]),
    ("code", 'var password string = "x1"@', [("password", "x1")]),
    ("code", 'PASSWORD ?= "x1"@', [("PASSWORD", "x1")]),
    ("code", 'PASSWORD ::= "x1"@', [("PASSWORD", "x1")]),
    ("code", '$password .= "x1"@;', [("$password", "x1")]),
    ("code", 'System.setProperty("db.password", "x1")@;', [("db.password", "x1")]),
    ("code", "define('DB_PASSWORD', 'x1')@;", [("DB_PASSWORD", "x1")]),
    (
        "code",
        '{"a.ini": "A_TOKEN=a1b2c3d4e5f6@\\nB=true"}',
        [("a.ini", "A_TOKEN=a1b2c3d4e5f6\\nB=true"), ("A_TOKEN", "a1b2c3d4e5f6")],
    ),
    ("code", "<dbPassword>\n  a1b2c3d4@\n</dbPassword>", [("dbPassword", "a1b2c3d4")]),
    ("code", "api_key = a1b2c3d4e5f6@", [("api_key", "a1b2c3d4e5f6")]),
    ("code", '["password"] => "x1"@', [("password", "x1")]),
    ("code", "os.environ['DB_PASSWORD'] = 'x1'@", [("DB_PASSWORD", "x1")]),
    ("code", 'user.setPassword("x1");@', [("Password", "x1")]),
    ("code", '#define PASSWORD "x1"@', [("PASSWORD", "x1")]),
    ("code", 'connect(user="u", password="x1")@', [("user", "u"), ("password", "x1")]),
    ("code", "token = self.next_token@", []),
    ("code", 'if password == "x1"@:', []),
    ("python", 'PASSWORD = "x1"@', [("PASSWORD", "x1")]),
]


@pytest.mark.parametrize(("syntax", "text", "expected"), READ, ids=lambda each: str(each)[:40])
def test_reads_the_line(syntax: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text, syntax) == expected


@pytest.mark.parametrize(
    ("syntax", "text", "expected"),
    [
        ("yaml", "a:\n  b: 1\n  c:\n    - d: 2\n      password: x@\n", ("a", "c")),
        ("yaml", "a:\n  b: 1\npassword: x@\n", ()),
        ("json", '{"a": {"z": {}, "b": [{"password": "x"@}]}}', ("", "a", "b")),
        ("toml", "[a]\nb = 1\n[c.d]\npassword = 'x'@", ("c", "d")),
        ("ini", "[a b]\npassword = x@", ("a b",)),
        ("hcl", 'resource "x" "y" {\n  password = "x"@\n}', ('resource "x" "y"',)),
        ("nix", 'services = {\n  a.password = "x"@;\n};', ("services", "a")),
    ],
)
def test_knows_what_it_stands_in(syntax: str, text: str, expected: tuple[str, ...]) -> None:
    assert parents(text, syntax) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.yaml", "yaml"),
        (".env.local", "dotenv"),
        ("prod.env", "dotenv"),
        ("Dockerfile", "shell"),
        ("a.tfvars", "hcl"),
        (".npmrc", "ini"),
        ("a.py", "python"),
        ("a.yaml/b.go", "code"),
        ("", "code"),
    ],
)
def test_tells_the_syntax_by_the_name(path: str, expected: str) -> None:
    assert syntax_of(path) == expected


def test_what_looks_like_yaml_in_python_is_a_remark() -> None:
    from sopskit.scanner.structure import assignments, line_at

    for text, expected in (
        (b'    api_key: "x1"', True),
        (b'    {"api_key": "x1"}', False),
        (b'api_key = "x1"', False),
    ):
        (assignment,) = assignments(text, line_at(text, 5), "python")
        assert assignment.is_remark is expected
