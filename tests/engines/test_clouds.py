"""Cloud KMS and Vault through the real sops: alone, beside age keys, and in key groups of their own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.engines import scratch_file
from sopskit.engines.file_encryption import Encryption
from sopskit.engines.interface import Rewrap
from sopskit.engines.rotation import Rotation, rotate
from sopskit.errors import FailedError, NoIdentityError, ToolMissingError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops.formats import Format
from sopskit.sops_yaml import reading
from tests.engines import clouds as servers
from tests.engines.files import Key, Vault, assert_tells_nothing, read, sops
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from tests.engines.clouds import Clouds

    EngineHolding = Callable[[str, str], Engine]

# One worker runs all of these, so that the servers are started once.
pytestmark = pytest.mark.xdist_group("clouds")
THROUGH_SOPS = ("auto", "sops")


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clouds]:
    with servers.running(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def keys(clouds: Clouds) -> dict[str, Key]:
    return {"K": clouds.kms_key(), "V": clouds.vault_key("one"), "W": clouds.vault_key("two")}


class Cloudy:
    """Files for the keys of the clouds (K: KMS; V and W: Vault) and of the vault (other letters)."""

    def __init__(self, folder: Path, vault: Vault, clouds: Clouds, keys: dict[str, Key]) -> None:
        self._folder = folder
        self._vault = vault
        self._clouds = clouds
        self._keys = keys

    def groups(self, letters: str) -> list[list[Key]]:
        return [[self._keys.get(x) or self._vault.key(x) for x in group] for group in letters.split()]

    def encrypted(self, letters: str, threshold: int = 0) -> bytes:
        self.write("s.yaml", b"a: 1\nb: two\n")
        self.write(".sops.yaml", self.rule(letters, threshold))
        sops("-e", "-i", "s.yaml", folder=self._folder, keys=[], environ=self._clouds.environ)
        return (self._folder / "s.yaml").read_bytes()

    def rule(self, letters: str, threshold: int = 0) -> bytes:
        names = {StanzaKind.AGE: "age", StanzaKind.KMS: "kms", StanzaKind.HC_VAULT: "hc_vault"}
        groups: list[dict[str, list[Any]]] = []
        for group in self.groups(letters):
            groups.append({})
            for key in group:
                kind = key.recipient.stanza_kind
                spelled = {"arn": key.text} if kind is StanzaKind.KMS else key.text
                groups[-1].setdefault(names[kind], []).append(spelled)
        return json.dumps(
            {"creation_rules": [{"key_groups": groups, "shamir_threshold": threshold}]}
        ).encode()

    def request(self, data: bytes, letters: str, threshold: int = 0) -> Rewrap:
        how = self.encryption(letters, threshold)
        return Rewrap("s.yaml", data, how.groups, how.threshold)

    def encryption(self, letters: str, threshold: int = 0) -> Encryption:
        wanted = self.groups(letters)
        return Encryption(tuple(tuple(key.recipient for key in group) for group in wanted), threshold)

    def write(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)

    def opens(self, data: bytes, letters: str) -> bool:
        """Whether real sops opens a file with these keys and no others."""
        self.write("s.yaml", data)
        found = [key for group in self.groups(letters) for key in group]
        environ = dict(self._clouds.environ)
        if not any(key.variable == "AWS_REGION" for key in found):
            environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
        if not any(key.variable == "VAULT_TOKEN" for key in found):
            environ["VAULT_TOKEN"] = "refused"
        held = [key for key in found if key.variable.startswith("SOPS_")]
        done = sops("-d", "s.yaml", folder=self._folder, keys=held, environ=environ, check=False)
        assert done.returncode in (0, 128), done.stderr
        assert done.stdout == (b"" if done.returncode else b"a: 1\nb: two\n")
        return done.returncode == 0

    def is_up_to_date(self, data: bytes, letters: str, threshold: int = 0) -> bool:
        self.write("s.yaml", data)
        self.write(".sops.yaml", self.rule(letters, threshold))
        done = sops("updatekeys", "-y", "s.yaml", folder=self._folder, keys=[], environ=self._clouds.environ)
        return b"already up to date" in done.stderr

    @contextmanager
    def key_service(self, socket: Path) -> Iterator[None]:
        """Real sops, serving the keys of the clouds on a socket."""
        command = [program("sops"), "keyservice", "--network", "unix", "--address", str(socket)]
        server = subprocess.Popen(
            command, env={**os.environ, **self._clouds.environ}, stderr=subprocess.DEVNULL
        )
        try:
            while not socket.exists():
                assert server.poll() is None
                time.sleep(0.01)
            yield
        finally:
            server.kill()
            server.wait()


@pytest.fixture
def cloudy(tmp_path: Path, vault: Vault, clouds: Clouds, keys: dict[str, Key]) -> Cloudy:
    folder = tmp_path / "cloudy"
    folder.mkdir()
    return Cloudy(folder, vault, clouds, keys)


@pytest.fixture
def holding(engine_holding: EngineHolding, clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> EngineHolding:
    """Engines of a user who may use the keys of both clouds."""
    for name, value in clouds.environ.items():
        monkeypatch.setenv(name, value)
    return engine_holding


@pytest.fixture
def no_sops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("engine", THROUGH_SOPS)
@pytest.mark.parametrize("cloud", ["K", "V"])
def test_cloud_key_is_added_and_opens(
    cloudy: Cloudy, holding: EngineHolding, cloud: str, engine: str
) -> None:
    before = cloudy.encrypted("A")
    after = holding(engine, "A").rewrap(cloudy.request(before, f"A{cloud}"))
    assert cloudy.opens(after, cloud)
    assert cloudy.opens(after, "A")
    assert cloudy.is_up_to_date(after, f"A{cloud}")
    assert read(after).with_groups(read(before).metadata.groups, 0) == before
    with_another = holding(engine, "").rewrap(cloudy.request(after, f"AB{cloud}"))  # the cloud opens it
    assert cloudy.opens(with_another, "B")
    assert read(with_another).with_groups(read(after).metadata.groups, 0) == after
    assert cloudy.is_up_to_date(with_another, f"AB{cloud}")


def test_mixed_file_is_handled_without_sops(
    cloudy: Cloudy, holding: EngineHolding, no_sops: Callable[[], None]
) -> None:
    before = cloudy.encrypted("AKV")
    engine = holding("auto", "A")
    no_sops()
    after = engine.rewrap(cloudy.request(before, "ABKV"))
    assert cloudy.opens(after, "B")
    assert cloudy.opens(after, "K")
    assert read(after).with_groups(read(before).metadata.groups, 0) == before
    assert cloudy.opens(engine.rewrap(cloudy.request(before, "AK")), "A")
    with pytest.raises(ToolMissingError) as caught:  # every stanza is new
        rotate(engine, Rotation("s.yaml", before, Format.YAML))
    assert caught.value.path == "s.yaml"


def test_no_cloud_is_asked_for_a_group_that_opens_here(
    cloudy: Cloudy, holding: EngineHolding, programs_folder: Path
) -> None:
    before = cloudy.encrypted("A K V", 2)
    engine = holding("auto", "A")
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").write_text("#!/bin/sh\nexit 1\n")
    (programs_folder / "sops").chmod(0o755)
    after = engine.rewrap(cloudy.request(before, "AB K V", 2))
    assert cloudy.opens(after, "BK")
    with pytest.raises(FailedError, match="could not read its stanzas"):
        engine.rewrap(cloudy.request(before, "A KB V", 2))


def test_sops_is_missing_for_enough_groups(
    cloudy: Cloudy, holding: EngineHolding, no_sops: Callable[[], None]
) -> None:
    before = cloudy.encrypted("A K V", 2)
    engine = holding("auto", "A")
    no_sops()
    with pytest.raises(ToolMissingError) as caught:
        engine.open(read(before).metadata, "s.yaml")
    assert caught.value.path == "s.yaml"


@pytest.mark.parametrize("engine", THROUGH_SOPS)
def test_group_of_a_cloud_grows_and_all_other_stanzas_stay(
    cloudy: Cloudy, holding: EngineHolding, engine: str
) -> None:
    before = cloudy.encrypted("A K V", 2)
    for letters, target, opened_by in (("", "A KB V", "BV"), ("A", "A K VW", "AW"), ("A", "AB K V", "BK")):
        after = holding(engine, letters).rewrap(cloudy.request(before, target, 2))
        assert cloudy.opens(after, opened_by)
        assert cloudy.is_up_to_date(after, target, 2)
        assert read(after).with_groups(read(before).metadata.groups, 2) == before
        for key in opened_by:
            assert not cloudy.opens(after, key)


@pytest.mark.parametrize("engine", THROUGH_SOPS)
def test_share_is_interpolated_where_its_own_cloud_refuses(
    cloudy: Cloudy, holding: EngineHolding, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    before = cloudy.encrypted("A K V", 2)
    chosen = holding(engine, "A")
    monkeypatch.setenv("VAULT_TOKEN", "wrong")
    after = chosen.rewrap(cloudy.request(before, "A K VB", 2))
    assert cloudy.opens(after, "AB")
    assert cloudy.opens(after, "KB")
    assert not cloudy.opens(after, "VB")


@pytest.mark.parametrize("engine", THROUGH_SOPS)
@pytest.mark.parametrize(
    ("letters", "after", "threshold", "held", "opened_by", "closed_to"),
    [
        ("AKV", "AK", 0, "A", ("A", "K"), ("V",)),
        ("KV", "KB", 0, "", ("K", "B"), ("V",)),
        ("A K", "A V BW", 2, "A", ("AV", "BV", "AW"), ("A", "B", "AK")),
    ],
)
def test_rotation(
    cloudy: Cloudy,
    holding: EngineHolding,
    letters: str,
    after: str,
    threshold: int,
    held: str,
    opened_by: Sequence[str],
    closed_to: Sequence[str],
    engine: str,
) -> None:
    before = cloudy.encrypted(letters, 2 if " " in letters else 0)
    chosen = holding(engine, held)
    how = cloudy.encryption(after, threshold)
    result = rotate(chosen, Rotation("s.yaml", before, Format.YAML, how)).data
    assert all(cloudy.opens(result, each) for each in opened_by)
    assert not any(cloudy.opens(result, each) for each in closed_to)
    assert cloudy.is_up_to_date(result, after, threshold)
    assert chosen.open(read(result).metadata, "") != chosen.open(read(before).metadata, "")


@pytest.mark.parametrize("engine", THROUGH_SOPS)
def test_role_context_and_profile_get_through(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cloudy: Cloudy,
    clouds: Clouds,
    keys: dict[str, Key],
    holding: EngineHolding,
    engine: str,
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[ours]\naws_access_key_id = id\naws_secret_access_key = secret\n")
    environ = {**clouds.environ, "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    key = {
        "arn": keys["K"].text,
        "role": "arn:aws:iam::123456789012:role/sops",
        "context": {"app": "web, two", "tier": "a:b"},
        "aws_profile": "ours",
    }
    rule = json.dumps({"creation_rules": [{"key_groups": [{"kms": [key]}]}]})
    recipient = reading.load_text(rule, ".sops.yaml").rules[0].groups[0][0].recipient
    before = cloudy.encrypted("A")
    chosen = holding(engine, "A")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    after = chosen.rewrap(Rewrap("s.yaml", before, ((recipient,),), 0))
    assert dict(read(after).metadata.groups[0][0].fields) == key
    cloudy.write("s.yaml", after)
    cloudy.write(".sops.yaml", rule.encode())
    folder = tmp_path / "cloudy"
    done = sops("updatekeys", "-y", "s.yaml", folder=folder, keys=[], environ=environ)
    assert b"already up to date" in done.stderr
    assert sops("-d", "s.yaml", folder=folder, keys=[], environ=environ).stdout == b"a: 1\nb: two\n"
    assert cloudy.opens(chosen.rewrap(cloudy.request(after, "B")), "B")


@pytest.mark.parametrize("engine", THROUGH_SOPS)
def test_cloud_that_refuses(
    monkeypatch: pytest.MonkeyPatch, cloudy: Cloudy, keys: dict[str, Key], holding: EngineHolding, engine: str
) -> None:
    to_vault, to_age = cloudy.encrypted("V"), cloudy.encrypted("A")
    chosen = holding(engine, "A")
    monkeypatch.setenv("VAULT_TOKEN", "refused-token")
    with pytest.raises(NoIdentityError, match="no identity") as closed:
        chosen.rewrap(cloudy.request(to_vault, "VA"))
    assert closed.value.hint is not None
    assert keys["V"].text in closed.value.hint
    with pytest.raises(FailedError, match=f"could not encrypt to {keys['V'].text}") as refused:
        chosen.rewrap(cloudy.request(to_age, "AV"))
    for error in (closed.value, refused.value):
        assert error.path == "s.yaml"
        assert_tells_nothing(error, b"refused-token")


@pytest.mark.parametrize("local", ["true", "false"])
def test_key_service_elsewhere_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloudy: Cloudy, engine_holding: EngineHolding, local: str
) -> None:
    """`sops keyservice` on another machine has the credentials, this one has none."""
    before = cloudy.encrypted("V")
    engine = engine_holding("auto", "")
    monkeypatch.setenv("VAULT_TOKEN", "refused")
    monkeypatch.setenv("SOPS_ENABLE_LOCAL_KEYSERVICE", local)
    monkeypatch.setenv("SOPS_KEYSERVICE", f"unix://{tmp_path}/socket")
    with cloudy.key_service(tmp_path / "socket"):
        after = engine.rewrap(cloudy.request(before, "VWB"))
    assert cloudy.opens(after, "B")
    assert cloudy.opens(after, "W")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a"),
        (StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a+arn:aws:iam::1:role/b"),
        (StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a|c:d|e"),
        (StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a|c:d,e:f"),
        (StanzaKind.KMS, "arn:aws:kms:eu-west-1:1:key/a||e"),
        (StanzaKind.GCP_KMS, "projects/p/locations/global/keyRings/r/cryptoKeys/k"),
        (StanzaKind.HCKMS, "tr-west-1:abc-def"),
        (StanzaKind.AZURE_KV, "https://v.vault.azure.net/keys/k/0123"),
        (StanzaKind.HC_VAULT, "https://v:8200/v1/a/b/keys/k"),
    ],
)
def test_rule_for_a_key_names_that_key(kind: StanzaKind, text: str) -> None:
    """Clouds that have no server here too: the rule is read back by what is tested against sops elsewhere."""
    recipient = label(kind, text)
    rule = reading.load_text(scratch_file.rule_for(recipient).decode(), ".sops.yaml").rules[0]
    assert rule.error is None
    assert [[member.recipient.text for member in group] for group in rule.groups] == [[text]]
