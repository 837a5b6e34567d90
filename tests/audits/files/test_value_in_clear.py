"""A value that is not encrypted, in a file where others are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sopskit.findings import Severity
from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "value-in-clear"
RULES = f"creation_rules: [{{age: {ALICE}}}]\n"
ENC = "ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: db\n"


def _messages(name: str, text: str) -> list[str]:
    return messages(ID, {".sops.yaml": RULES, name: text})


def test_a_value_written_by_hand_into_an_encrypted_file() -> None:
    text = encrypted(ALICE, clear="db:\n    port: 5432\n    password: hunter2\n")
    what = "is in clear, although the file says that it is encrypted"
    assert _messages("a.yaml", text) == [f"a.yaml:2: db.port {what}", f"a.yaml:3: db.password {what}"]


def test_a_regex_that_misses_a_section_of_a_secret() -> None:
    clear = f"{SECRET}stringData:\n    user: app\n    password: hunter2\ndata:\n    token: {ENC}\n"
    text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^data$")
    assert _messages("a.yaml", text) == [
        "a.yaml:6: stringData of this Secret is in clear: encrypted_regex ^data$ does not cover it"
    ]


@pytest.mark.parametrize("kind", ["", f"kind: {ENC}\n"])
def test_string_data_of_a_secret_that_does_not_say_its_kind(kind: str) -> None:
    clear = f"{kind}stringData:\n    user: app\ndata:\n    token: {ENC}\n"
    text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^(data|kind)$")
    (message,) = _messages("a.yaml", text)
    assert "stringData of this Secret is in clear" in message


def test_string_data_of_what_is_no_secret_is_right() -> None:
    for kind in ("", "kind: ConfigMap\n"):
        clear = f"{kind}stringData:\n    user: app\nother:\n    token: {ENC}\n"
        text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^other$")
        assert _messages("a.yaml", text) == []


def test_a_secret_of_which_the_regex_chooses_values_is_right() -> None:
    clear = f"{SECRET}stringData:\n    user: app\n    password: {ENC}\n"
    text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^password$")
    assert _messages("a.yaml", text) == []


def test_a_config_map_beside_a_secret_is_right() -> None:
    clear = f"{SECRET}stringData:\n    a: {ENC}\n---\nkind: ConfigMap\ndata:\n    motd: hello\n"
    text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^stringData$")
    assert _messages("a.yaml", text) == []


def test_what_flux_puts_in_later_is_right() -> None:
    clear = f"{SECRET}stringData:\n    domain: ${{DOMAIN}}\ndata:\n    token: {ENC}\n"
    text = encrypted(ALICE, values=(), clear=clear, encrypted_regex="^data$")
    assert _messages("a.yaml", text) == []


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("db_password_unencrypted", {}),
        ("apiToken", {"encrypted_regex": "^password$"}),
        ("client-secret", {"encrypted_suffix": "_enc"}),
        ("SMTP_PASSWD", {"unencrypted_regex": "^SMTP_"}),
    ],
)
def test_a_name_that_says_secret(name: str, selector: dict[str, str], tmp_path: Path) -> None:
    text = encrypted(
        ALICE, values=["password_enc", "password"], clear=f"{name}: hunter2hunter2\n", **selector
    )
    text = text.replace("password_enc: ENC", "x_enc: ENC")
    findings = found(ID, example(tmp_path, {".sops.yaml": RULES, "a.yaml": text}))
    (finding,) = [each for each in findings if "although" not in each.message]
    assert (finding.place.line, finding.severity) == (1, Severity.WARNING)
    assert finding.message.startswith(f"{name} is in clear: its name says secret")
    assert "hunter2" not in finding.message + finding.hint + finding.fingerprint


@pytest.mark.parametrize(
    "clear",
    [
        "secretName: db-credentials",
        "token: ${TOKEN}",
        "password: changeme",
        "provisionerSecret: csi-cephfs-secret",
        "token_unencrypted: ''",
        "user: somebody-else",
        "secretRef:\n    secret: db-credentials",
        "tokenUrl: https://example.org",
        "password_file: /run/secrets/db",
    ],
)
def test_names_and_references_are_right(clear: str) -> None:
    text = encrypted(ALICE, values=("db_key",), clear=f"{clear}\n", encrypted_regex="^db_key$")
    assert _messages("a.yaml", text) == []


@pytest.mark.parametrize("name", ["db_encypted", "db_encrytped", "db_encryptedd", "db_encripted"])
def test_a_suffix_with_a_typo(name: str) -> None:
    text = encrypted(ALICE, values=("x_encrypted",), clear=f"{name}: a\n", encrypted_suffix="_encrypted")
    assert _messages("a.yaml", text) == [
        f"a.yaml:1: {name} is in clear: its name almost ends with the encrypted_suffix _encrypted"
    ]


def test_a_selector_that_selects_nothing() -> None:
    text = encrypted(ALICE, values=(), clear="greeting: hello\n", encrypted_regex="^paswords$")
    assert _messages("a.yaml", text) == [
        "a.yaml: carries SOPS metadata, and not one value is encrypted: encrypted_regex ^paswords$"
    ]


def test_a_binary_file_of_an_old_sops_whose_selector_kept_it_clear() -> None:
    metadata = {"age": [{"recipient": ALICE, "enc": "x"}], "lastmodified": "2026-01-01T00:00:00Z", "mac": ENC}
    text = json.dumps({"data": "hunter2", "sops": metadata | {"encrypted_regex": "^x$", "version": "3.9.4"}})
    assert _messages("a.bin", text) == [
        "a.bin:1: data is in clear, although the file says that it is encrypted"
    ]


def test_env_and_ini_files_have_lines() -> None:
    env = f"A={ENC}\nB_PASSWORD=x\nsops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient={ALICE}\n"
    env += f"sops_lastmodified=2026-01-01T00:00:00Z\nsops_mac={ENC}\nsops_version=3.13.3\n"
    assert _messages("a.env", env) == [
        "a.env:2: B_PASSWORD is in clear, although the file says that it is encrypted"
    ]


def test_what_is_encrypted_whole_is_right() -> None:
    clear = (
        f"# a comment: with a colon\n---\nlist:\n    - {ENC}\n    - key: {ENC}\nempty: ''\nnothing: null\n"
    )
    assert _messages("a.yaml", encrypted(ALICE, clear=clear)) == []
