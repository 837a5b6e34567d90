"""Cloud keys without a cloud: moto's KMS server and a real OpenBao, which is a Vault; started once."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engines.files import Key
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "throw-away-token-of-the-test-vault"


class Clouds:
    """The two servers.

    Attributes:
        environ: what lets sops reach and use both; without it, it can do neither.
    """

    def __init__(self, kms: str, vault: str) -> None:
        self._kms = kms
        self._vault = vault
        self.environ = {
            "AWS_ENDPOINT_URL": kms,
            "AWS_ACCESS_KEY_ID": "throw-away-id",
            "AWS_SECRET_ACCESS_KEY": "throw-away-secret",
            "AWS_REGION": "us-east-1",
            "VAULT_TOKEN": TOKEN,
        }

    def kms_key(self) -> Key:
        """A new key of the KMS."""
        headers = {
            "X-Amz-Target": "TrentService.CreateKey",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/kms/aws4_request",
        }
        arn: str = _post(self._kms, {}, headers)["KeyMetadata"]["Arn"]
        return Key(arn, "AWS_REGION", "us-east-1")

    def vault_key(self, name: str) -> Key:
        """A new transit key of the Vault."""
        headers = {"X-Vault-Token": TOKEN}
        _post(f"{self._vault}/v1/transit/keys/{name}", {}, headers)
        return Key(f"{self._vault}/v1/transit/keys/{name}", "VAULT_TOKEN", TOKEN)

    def enable_transit(self) -> None:
        _post(f"{self._vault}/v1/sys/mounts/transit", {"type": "transit"}, {"X-Vault-Token": TOKEN})


@contextmanager
def running(home: Path) -> Iterator[Clouds]:
    """Both servers, until the block is left."""
    kms, vault = _free_port(), _free_port()
    options = f"-dev-root-token-id={TOKEN}", f"-dev-listen-address=127.0.0.1:{vault}"
    commands = (
        [_installed("moto_server"), "-H", "127.0.0.1", "-p", str(kms)],
        [_installed("bao"), "server", "-dev", "-dev-no-store-token", *options],
    )
    servers = [
        subprocess.Popen(
            command,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        clouds = Clouds(f"http://127.0.0.1:{kms}", f"http://127.0.0.1:{vault}")
        _wait_for(f"http://127.0.0.1:{kms}/moto-api/", f"http://127.0.0.1:{vault}/v1/sys/health")
        clouds.enable_transit()
        yield clouds
    finally:
        for server in servers:
            server.kill()
            server.wait()


def _installed(name: str) -> str:
    """A program that pip installed beside this interpreter."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else program(name)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(*addresses: str) -> None:
    end = time.monotonic() + 60
    for address in addresses:
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < end, f"{address} does not answer"
                time.sleep(0.1)


def _post(address: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    asked = urllib.request.Request(address, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None
