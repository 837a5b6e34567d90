from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.errors import InvalidRecipientError
from sopskit.keys.key_files import public_keys_of, trusted_in_known_hosts
from sopskit.keys.recipients import parse
from tests.keys.material import VECTORS, age_key, run, ssh_key

if TYPE_CHECKING:
    from pathlib import Path

ED25519 = VECTORS["ed25519"][0]["ssh_public"]
OTHER = VECTORS["ed25519"][1]["ssh_public"]
RSA = VECTORS["rsa"][0]["ssh_public"]
AGE = VECTORS["ed25519"][0]["age_recipient"]
BARE = " ".join(ED25519.split()[:2])
ECDSA = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY="


def _texts(content: str | bytes) -> list[str]:
    data = content.encode() if isinstance(content, str) else content
    return [recipient.text for recipient in public_keys_of(data, "f")]


@pytest.mark.parametrize(
    "line",
    [
        BARE,
        f"{BARE} me@here, and there",
        f"nebula,10.0.0.7 {BARE}",
        f"[nebula]:2222 {BARE}",
        f"|1|c2FsdA==|aGFzaA== {BARE}",
        f'restrict,command="echo \\"ssh-rsa AAAAB3\\" x",no-pty {BARE} comment',
        f"# nebula:22 SSH-2.0-OpenSSH_9.2\nnebula {BARE}\nnebula {ECDSA}",
        f"@revoked nebula {OTHER}\n@cert-authority *.example.org {OTHER}\nnebula {BARE}",
        f"nebula {BARE}\n10.0.0.7 {BARE}",
        f"\ufeff{BARE}\r\n\r\n",
    ],
)
def test_the_key_of_an_ssh_line_is_read_without_what_stands_around_it(line: str) -> None:
    assert _texts(line) == [BARE]


def test_an_age_recipients_file_is_read_in_order() -> None:
    assert _texts(f"# team\n{AGE}\n\n{ED25519}\n{RSA}") == [AGE, BARE, " ".join(RSA.split()[:2])]


@pytest.mark.parametrize("options", [(), ("-pq",)])
def test_of_an_identity_file_the_public_half_is_derived(options: tuple[str, ...], tmp_path: Path) -> None:
    key = age_key(tmp_path, *options)
    lying = key.file.read_text().replace(key.recipient, AGE)
    assert _texts(lying) == [key.recipient]


@pytest.mark.parametrize("passphrase", ["", "secret"])
def test_of_a_private_ssh_key_the_public_half_is_read(passphrase: str, tmp_path: Path) -> None:
    public = ssh_key(tmp_path / "key", "ed25519", passphrase)
    assert _texts((tmp_path / "key").read_bytes()) == [" ".join(public.split()[:2])]


def test_of_a_pgp_block_the_fingerprints_are_read() -> None:
    blocks = "\ntext between\n".join(pair["pgp_public_armored"] for pair in VECTORS["rsa"])
    assert _texts(blocks) == [pair["pgp_fingerprint"].upper() for pair in VECTORS["rsa"]]


def test_a_file_that_gpg_exports_is_read(gnupg_home: Path) -> None:
    options = ("--batch", "--passphrase", "", "--pinentry-mode", "loopback")
    run("gpg", *options, "--quick-gen-key", "me@here", "default", "default", "never")
    listed = run("gpg", "--list-keys", "--with-colons").decode()
    fingerprint = next(line for line in listed.splitlines() if line.startswith("fpr")).split(":")[9]
    assert _texts(run("gpg", "--armor", "--export")) == [fingerprint]
    with pytest.raises(InvalidRecipientError, match="hides"):
        _texts(run("gpg", *options, "--armor", "--export-secret-keys"))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{BARE}\npassword=hunter2hunter2", 2),
        (f"\n{AGE[:-1]}q", 2),
        (VECTORS["ed25519"][0]["age_identity"][:-1] + "B", 1),
        ("AGE-PLUGIN-YUBIKEY-1QQQQ", 1),
        (f"host {BARE[:-10]}", 1),
        (f"host port {BARE}", 1),
        ("age1" + "q" * 5_000_000, 1),
    ],
)
def test_what_is_no_key_is_refused_with_its_line_and_never_shown(content: str, line: int) -> None:
    with pytest.raises(InvalidRecipientError) as caught:
        _texts(content)
    error = caught.value
    assert (error.path, error.line) == ("f", line)
    words = [word for word in content.split() if len(word) > 12]
    assert not any(word in f"{error} {error.hint}" for word in words)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# only a comment\n",
        f"host {ECDSA}".encode(),
        b"\0\xff\xfe" * 100,
        b"age-encryption.org/v1\n-> scrypt x 18\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----" * 20_000,
        b"-----BEGIN OPENSSH PRIVATE KEY-----" * 20_000,
        bytes(50_000_000),
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidRecipientError) as caught:
        _texts(content)
    assert caught.value.path == "f"


@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), st.text(f'"\\ \t,|@!*{BARE}', max_size=80).map(str.encode)
    )
)
def test_any_bytes_are_keys_or_a_clean_error(content: bytes) -> None:
    with contextlib.suppress(InvalidRecipientError):
        assert public_keys_of(content, "f")
    trusted_in_known_hosts(content, "h", 22, parse(BARE))


@pytest.mark.parametrize(
    ("line", "host", "port", "trusted"),
    [
        ("nebula {key}", "nebula", 22, True),
        ("nebula {key}", "Nebula", 22, True),
        ("nebula {key}", "nebula", 2222, False),
        ("[nebula]:2222 {key}", "nebula", 2222, True),
        ("other,nebula {key} comment", "nebula", 22, True),
        ("*.example.org {key}", "a.example.org", 22, True),
        ("*.example.org,!b.example.org {key}", "b.example.org", 22, False),
        ("[n]ebula {key}", "nebula", 22, False),
        ("nebula {other}", "nebula", 22, False),
        ("@revoked nebula {key}", "nebula", 22, False),
        ("nebula {key}\n@revoked * {key}", "nebula", 22, False),
        ("@cert-authority nebula {key}", "nebula", 22, False),
        ("# nebula {key}", "nebula", 22, False),
        ("|1|c2FsdA==|AAAA {key}\n|1|é {key}", "nebula", 22, False),
    ],
)
def test_known_hosts_vouches_as_for_ssh(line: str, host: str, port: int, trusted: bool) -> None:
    data = line.format(key=BARE, other=" ".join(OTHER.split()[:2])).encode()
    assert trusted_in_known_hosts(data, host, port, parse(ED25519)) is trusted


@pytest.mark.parametrize(("name", "port"), [("nebula", 22), ("[nebula]:2222", 2222)])
def test_names_that_ssh_keygen_hashed_are_found(name: str, port: int, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"{name} {BARE}\n")
    run("ssh-keygen", "-H", "-f", file)
    assert b"nebula" not in file.read_bytes()
    assert trusted_in_known_hosts(file.read_bytes(), "nebula", port, parse(BARE))
    assert not trusted_in_known_hosts(file.read_bytes(), "nebulb", port, parse(BARE))
