from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import age, age_format, age_pq, bech32
from sopskit.keys.recipients import StanzaKind, label, parse
from tests.keys.material import DATA_KEY, VECTORS, AgeKey, age_key, run, ssh_key

if TYPE_CHECKING:
    from pathlib import Path

ED25519 = VECTORS["ed25519"][0]


@pytest.fixture(params=[(), ("-pq",)], ids=["x25519", "post-quantum"])
def key(request: pytest.FixtureRequest, tmp_path: Path) -> AgeKey:
    return age_key(tmp_path, *request.param)


@pytest.mark.parametrize("data", [DATA_KEY, b"", bytes(33), bytes(5000)])
def test_age_opens_what_we_wrap(key: AgeKey, data: bytes) -> None:
    assert run("age", "-d", "-i", key.file, stdin=age.wrap(parse(key.recipient), data).encode()) == data


def test_we_open_what_age_wraps(key: AgeKey) -> None:
    identity = age.parse_identity(key.identity)
    assert identity.recipient == parse(key.recipient)
    enc = run("age", "-a", "-r", key.recipient, stdin=DATA_KEY).decode()
    assert identity.unwrap(enc) == DATA_KEY
    assert identity.unwrap(enc.strip()) == DATA_KEY
    assert identity.unwrap(enc.replace("\n", "\r\n")) == DATA_KEY


def test_the_layout_is_the_one_age_writes(key: AgeKey) -> None:
    theirs = run("age", "-a", "-r", key.recipient, stdin=DATA_KEY).decode()
    ours = age.wrap(parse(key.recipient), DATA_KEY)
    assert [len(line) for line in ours.split("\n")] == [len(line) for line in theirs.split("\n")]
    assert len(age_format.parse(age_format.dearmor(ours)).stanzas) == 1


def test_another_identity_opens_nothing(key: AgeKey, tmp_path: Path) -> None:
    enc = age.wrap(parse(key.recipient), DATA_KEY)
    for options in ((), ("-pq",)):
        assert age.parse_identity(age_key(tmp_path, *options).identity).unwrap(enc) is None


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_ssh_keys_work_both_ways_with_age(kind: str, tmp_path: Path) -> None:
    recipient = parse(ssh_key(tmp_path / "key", kind))
    pem = (tmp_path / "key").read_bytes()
    identity = age.ssh_identity(recipient, lambda: pem)
    ours = age.wrap(recipient, DATA_KEY)
    theirs = run("age", "-a", "-R", tmp_path / "key.pub", stdin=DATA_KEY).decode()
    assert run("age", "-d", "-i", tmp_path / "key", stdin=ours.encode()) == DATA_KEY
    assert identity.unwrap(ours) == identity.unwrap(theirs) == DATA_KEY
    assert len(ours) == len(theirs)


def test_an_ssh_key_is_not_loaded_for_a_file_that_does_not_name_it() -> None:
    def load() -> bytes:
        raise AssertionError("asked in vain")

    identity = age.ssh_identity(parse(ED25519["ssh_public"]), load)
    for other in (VECTORS["ed25519"][1]["ssh_public"], ED25519["age_recipient"]):
        assert identity.unwrap(age.wrap(parse(other), DATA_KEY)) is None


def test_every_changed_character_of_a_file_is_noticed(key: AgeKey) -> None:
    identity = age.parse_identity(key.identity)
    enc = age.wrap(parse(key.recipient), DATA_KEY)
    for place in range(0, len(enc) - 1, 7):
        changed = enc[:place] + ("A" if enc[place] != "A" else "B") + enc[place + 1 :]
        assert identity.unwrap(changed) is None, place


@given(st.one_of(st.text(), st.binary().map(age_format.armor)))
def test_garbage_opens_nothing(text: str) -> None:
    assert age.parse_identity(ED25519["age_identity"]).unwrap(text) is None


@given(st.binary(), st.integers(0, 300))
def test_a_damaged_header_opens_nothing(noise: bytes, place: int) -> None:
    raw = age_format.dearmor(age.wrap(parse(ED25519["age_recipient"]), DATA_KEY))
    changed = raw[:place] + noise + raw[place + len(noise) :]
    opened = age.parse_identity(ED25519["age_identity"]).unwrap(age_format.armor(changed))
    assert opened == (DATA_KEY if changed == raw else None)


@given(st.binary(max_size=3000))
def test_armor_and_back(raw: bytes) -> None:
    if raw:
        assert age_format.dearmor(age_format.armor(raw)) == raw


def test_other_spellings_of_armor_are_refused() -> None:
    enc = age_format.armor(bytes(100))
    lines = enc.splitlines()
    spellings = [
        enc.replace("=\n", "\n"),  # without padding
        enc.replace("AA==", "AB=="),  # bits left over
        "\n".join([lines[0], lines[1][:32], lines[1][32:], *lines[2:]]),
        "\n".join([lines[0], "".join(lines[1:-1]), lines[-1]]),
        "\n".join([lines[0], "Comment: x", "", *lines[1:]]),
        "text before\n" + enc,
        enc + "text behind",
    ]
    for spelling in spellings:
        with pytest.raises(age_format.AgeFormatError):
            age_format.dearmor(spelling)


def test_a_passphrase_is_never_tried_on_a_stanza() -> None:
    stanza = age_format.Stanza(("scrypt", "A" * 22, "18"), bytes(32))
    sealed = age_format.armor(age_format.seal(bytes(16), stanza, DATA_KEY))
    assert age.parse_identity(ED25519["age_identity"]).unwrap(sealed) is None


@pytest.mark.parametrize("filler", ["A" * 64 + "\n", "-> X25519 x\n\n", "\0", "\n", "é"])
def test_ten_megabytes_are_refused_at_once(filler: str) -> None:
    inside = filler * (10_000_000 // len(filler))
    identity = age.parse_identity(ED25519["age_identity"])
    start = time.monotonic()
    for enc in (inside, f"-----BEGIN AGE ENCRYPTED FILE-----\n{inside}-----END AGE ENCRYPTED FILE-----"):
        assert identity.unwrap(enc) is None
    assert time.monotonic() - start < 20


def test_a_plugin_recipient_is_not_wrapped_for() -> None:
    with pytest.raises(InvalidRecipientError, match="plugin"):
        age.wrap(label(StanzaKind.AGE, "age1yubikey1qwe"), DATA_KEY)


@pytest.mark.parametrize(
    "text", ["age1", "nonsense", "ssh-ed25519 AAAA", "ssh-dss AAAA", ED25519["age_recipient"][:-1] + "q"]
)
def test_a_stanza_label_that_is_no_key_cannot_be_wrapped_for(text: str) -> None:
    with pytest.raises(InvalidRecipientError):
        age.wrap(label(StanzaKind.AGE, text), DATA_KEY)


def test_a_point_of_low_order_is_refused() -> None:
    with pytest.raises(InvalidRecipientError, match="low order"):
        age.wrap(parse(bech32.encode("age", bytes(32))), DATA_KEY)


def ssh_text(kind: str, *fields: bytes) -> str:
    wire = b"".join(len(field).to_bytes(4, "big") + field for field in (kind.encode(), *fields))
    return f"{kind} {base64.b64encode(wire).decode()}"


VALID_PQ = bech32.decode(age_pq.recipient_text(bytes(32)))[1]
RSA_3072 = b"\0" + bytes([0xC1] * 384)
DAMAGED = {
    "no ML-KEM key": bech32.encode("age1pq", b"\xff" * 1184 + VALID_PQ[1184:]),
    "no X25519 half": bech32.encode("age1pq", VALID_PQ[:1184] + bytes(32)),
    "an Ed25519 point of low order": ssh_text("ssh-ed25519", (2**255 - 20).to_bytes(32, "little")),
    "an Ed25519 key of a length that lies": "ssh-ed25519 "
    + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x10" + bytes(range(32))).decode(),
    "two fields in the place of an Ed25519 point": ssh_text("ssh-ed25519", bytes(range(12, 24)), bytes(16)),
    "an RSA exponent of 1": ssh_text("ssh-rsa", b"\x01", RSA_3072),
    "an even RSA exponent": ssh_text("ssh-rsa", b"\x04", RSA_3072),
    "an RSA exponent without end": ssh_text("ssh-rsa", b"\x7f" * 300, RSA_3072),
    "an even RSA modulus": ssh_text("ssh-rsa", b"\x03", RSA_3072[:-1] + b"\x02"),
    "no RSA modulus": ssh_text("ssh-rsa", b"\x03", b""),
    "an RSA key of 300,000 bits": ssh_text("ssh-rsa", b"\x01\0\x01", b"\x7f" * 37_500),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_key_of_the_right_shape_that_is_none_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidRecipientError):
        age.wrap(label(StanzaKind.AGE, DAMAGED[name]), DATA_KEY)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "change", [str.lower, lambda text: text[:-1], lambda text: text[:-1] + "B", lambda text: text * 9]
)
def test_a_damaged_identity_is_refused_and_not_shown(change: object) -> None:
    assert callable(change)
    secret = change(ED25519["age_identity"])
    with pytest.raises(ConfigurationError) as caught:
        age.parse_identity(secret)
    assert secret[-12:] not in f"{caught.value} {caught.value.hint}"


def test_an_identity_shows_its_public_half_only() -> None:
    identity = age.parse_identity(ED25519["age_identity"])
    assert ED25519["age_recipient"] in repr(identity)
    assert ED25519["age_identity"][20:40] not in repr(identity)


@pytest.mark.parametrize("kind", ["x25519", "pq", "ed25519", "rsa"])
def test_sops_opens_what_we_wrap_and_we_open_what_sops_wraps(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind in {"x25519", "pq"}:
        key = age_key(tmp_path, *(("-pq",) if kind == "pq" else ()))
        recipient, identity = parse(key.recipient), age.parse_identity(key.identity)
        monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    else:
        recipient = parse(ssh_key(tmp_path / "key", kind))
        identity = age.ssh_identity(recipient, (tmp_path / "key").read_bytes)
        monkeypatch.setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", str(tmp_path / "key"))
    plain, secret = tmp_path / "plain.json", tmp_path / "secret.json"
    plain.write_text('{"a": "b"}')
    document = json.loads(run("sops", "--age", recipient.text, "-e", plain))
    stanza = document["sops"]["age"][0]
    data_key = identity.unwrap(stanza["enc"])
    assert data_key is not None
    assert len(data_key) == 32
    ours = age.wrap(recipient, data_key)
    assert [len(line) for line in ours.split("\n")] == [len(line) for line in stanza["enc"].split("\n")]
    stanza["enc"] = ours
    secret.write_text(json.dumps(document))
    assert json.loads(run("sops", "-d", secret)) == {"a": "b"}
