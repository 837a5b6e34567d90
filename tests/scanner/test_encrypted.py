"""What is encrypted gives no finding, and hides none that stands beside it."""

from __future__ import annotations

import base64
import random

import pytest

from sopskit.scanner.encrypted import is_encrypted

SECRET = b"ghp_" + base64.b64encode(random.Random(1).randbytes(27))
BASE64 = base64.b64encode(random.Random(2).randbytes(48))
ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----\n%s\n%s\n-----END AGE ENCRYPTED FILE-----\n"


@pytest.mark.parametrize(
    "text",
    [
        b"a: ENC[AES256_GCM,data:%s,iv:x,tag:y,type:str]",
        b"a: ENC[AES256_GCM,data:xx==,iv:%s,tag:y,type:str]",
        b"a=ENC[AES256_GCM,data:xx==,iv:x,tag:%s,type:str]",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n%s\n",
        b'"enc": "-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n%s\\n-----END',
        b"  # -----BEGIN AGE ENCRYPTED FILE-----\n  # %s\n",
        b"-----BEGIN PGP MESSAGE-----\nVersion: 1, x\n\nYWdl\n%s\n",
        b'    "enc": "%s"',
        b"    enc: %s",
        b"sops_kms__list_0__map_enc=%s",
        b"spec:\n  encryptedData:\n    password: Ag%s",
        b"age-encryption.org/v1\n-> X25519 %s\n",
        b"\0GITCRYPT\0%s",
    ],
)
def test_encrypted(text: bytes) -> None:
    start = text.index(b"%s")
    assert is_encrypted(text.replace(b"%s", SECRET), start)


def test_ansible_vault() -> None:
    line = b"3" * 40 + b"61" * 20
    for text in (
        b"$ANSIBLE_VAULT;1.1;AES256\n%s\n",
        b"a: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;dev\n  61\n  %s\n",
    ):
        assert is_encrypted(text.replace(b"%s", line), text.index(b"%s"))
    text = b"a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6161\nb: %s"
    assert not is_encrypted(text.replace(b"%s", SECRET), text.index(b"%s"))


@pytest.mark.parametrize(
    "text",
    [
        b"a: ENC[AES256_GCM,data:xx==,iv:x,tag:y,type:str]\nb: %s",
        b"a: ENC[AES256_GCM,data:xx== %s",
        b"a: ENC[x,%s]",
        ARMOR % (BASE64, BASE64) + b"%s",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nnever ended: %s",
        b"-----BEGIN PGP MESSAGE-----\n\nYWdl\n=abcd\n-----END PGP MESSAGE-----\n%s",
        b"enclosed: %s",
        b"password: %s",
        b"sentence: x\ntoken: %s",
        b"x\nage-encryption.org/v1\n%s",
    ],
)
def test_beside_what_is_encrypted(text: bytes) -> None:
    assert not is_encrypted(text.replace(b"%s", SECRET), text.index(b"%s"))
