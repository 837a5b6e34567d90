"""Secrets of Kubernetes: found in whatever order and syntax, and nothing that only looks like one."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from sopskit.findings import Severity
from tests.scanner.built_in import detector
from tests.scanner.made_up import made_up

PLAIN = "kd9" + "Tr4utmann"
IN_BASE64 = b64encode(PLAIN.encode()).decode()
BYTES = b64encode(bytes(range(130, 160))).decode()


def found(text: str, path: str = "a.yaml") -> list[str]:
    content = text.encode()
    return [
        content[match.start : match.end].decode()
        for match in detector().matches(content, path=path)
        if match.rule.id == "kubernetes-secret"
    ]


IN_A_LIST = (
    "kind: List\nitems:\n- kind: ConfigMap\n  metadata: {}\n  data:\n    b: other8Xother\n"
    f"- data:\n    a: {IN_BASE64}\n  metadata: {{}}\n  kind: Secret\n"
    "- kind: ConfigMap\n  data:\n    c: other8Xother\n"
)
HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}stringData:\n  a: {PLAIN}\n", [PLAIN]),
        (f"{HEAD}data:\n  a: {IN_BASE64}\n", [IN_BASE64]),
        (f"{HEAD}data:\n    a: {BYTES}\n", [BYTES]),
        (f"stringData:\n  a: '{PLAIN}' # c\nkind: Secret\nmetadata: {{}}\n", [PLAIN]),
        (f'"kind": "Secret"\n"metadata": {{}}\n"stringData":\n  "a": "{PLAIN}"\n', [PLAIN]),
        (f"{HEAD}stringData:\r\n  a: {PLAIN}\r\n".replace("\n", "\r\n").replace("\r\r", "\r"), [PLAIN]),
        (f"kind: ConfigMap\ndata:\n  b: {PLAIN}\n---\n{HEAD}stringData:\n  a: {PLAIN}x\n", [PLAIN + "x"]),
        (f"{HEAD}stringData:\n  a: {PLAIN}x\n---\nkind: ConfigMap\ndata:\n  b: {PLAIN}\n", [PLAIN + "x"]),
        (IN_A_LIST, [IN_BASE64]),
        (f"{HEAD}stringData:\n  a: |\n    -----BEGIN X PRIVATE KEY-----\n    {PLAIN}\n", None),
        (f"# {{{{ if x }}}}\n{HEAD}stringData:\n  a: {PLAIN}\n# {{{{ end }}}}\n", [PLAIN]),
        (f"{HEAD}stringData:\n  a: {PLAIN}", [PLAIN]),
    ],
)
def test_finds_values_in_yaml(text: str, expected: list[str] | None) -> None:
    if expected is None:
        assert len(found(text)) == 1
    else:
        assert found(text) == expected


SECRET = {"kind": "Secret", "metadata": {"name": "x"}, "data": {"a": IN_BASE64}}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        SECRET,
        {"data": {"a": IN_BASE64}, "kind": "Secret"},
        {"kind": "List", "items": [{"kind": "ConfigMap", "data": {"b": IN_BASE64 + "x"}}, SECRET]},
        {
            "items": [{"metadata": {"labels": {"data": "x"}}, "data": {"a": IN_BASE64}, "kind": "Secret"}],
            "kind": "List",
        },
    ],
)
def test_finds_values_in_json(document: object, indent: int | None) -> None:
    assert found(json.dumps(document, indent=indent), "a.json") == [IN_BASE64]


@pytest.mark.parametrize(
    "value",
    [
        "${PASSWORD}",
        "{{ .Values.password }}",
        "<password>",
        "changeme",
        "ENC[AES256_GCM,data:kd93,iv:x,tag:y,type:str]",
        '""',
        "password",
        "true",
        "8080",
        "ref+vault://x/y",
        "op://vault/item/field",
        "# nothing",
        "|\n    a: b\n    c: d",
        b64encode(b"changeme").decode(),
        b64encode(b"${PASSWORD}").decode(),
    ],
)
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_leaves_what_stands_for_a_value(section: str, value: str) -> None:
    assert found(f"{HEAD}{section}:\n  a: {value}\n") == []


@pytest.mark.parametrize(
    "key", ["username", "DB_HOST", "dbUser", "tls.crt", "ca.crt", "url", "AWS_ACCESS_KEY_ID", "port"]
)
def test_leaves_keys_that_hold_no_secret(key: str) -> None:
    assert found(f"{HEAD}stringData:\n  {key}: {PLAIN}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"kind: SealedSecret\nmetadata: {{}}\nspec:\n  encryptedData:\n    a: AgB{made_up(3, 60)}\n",
        f"kind: ExternalSecret\nmetadata: {{}}\nspec:\n  data:\n  - secretKey: {PLAIN}\n",
        f"kind: ConfigMap\nmetadata: {{}}\ndata:\n  a: {PLAIN}\n",
        f"kind: Deployment\nmetadata: {{}}\nx:\n  secretKeyRef:\n    name: {PLAIN}\n    key: a\n",
        f"kind: HelmRelease\nmetadata: {{}}\nspec:\n  from:\n  - kind: Secret\n  data:\n    a: {PLAIN}\n",
        f"{HEAD}type: Opaque\nother:\n  a: {PLAIN}\n",
        f"```yaml\n{HEAD}```\n```yaml\ndata:\n  a: {PLAIN}\n```\n",
    ],
)
def test_leaves_what_is_no_secret(text: str) -> None:
    assert found(text) == []


def test_an_encrypted_one_has_none() -> None:
    text = f"{HEAD}stringData:\n  a: ENC[AES256_GCM,data:kd93,iv:x,tag:y,type:str]\n  b: {PLAIN}\n"
    assert found(text) == [PLAIN]


def test_in_tests_it_does_not_fail_a_run() -> None:
    (match,) = detector().matches(f"{HEAD}stringData:\n  a: {PLAIN}\n".encode(), path="tests/a.yaml")
    assert match.rule.severity is Severity.INFO
