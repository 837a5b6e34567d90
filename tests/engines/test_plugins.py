"""Age plugins: only the sops engine runs them, and `auto` turns to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.engines.service_engine import NotServedError
from sopskit.errors import NoIdentityError, ToolMissingError
from sopskit.keys import bech32
from tests.engines.files import Key, Vault, config, read, request, sops

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.engines.interface import Engine

    EngineHolding = Callable[[str, str], Engine]

PLUGIN = Key(
    bech32.encode("age1standin", b"key"),
    "SOPS_AGE_KEY",
    bech32.encode("age-plugin-standin-", b"key").upper(),
)


@pytest.fixture(autouse=True)
def plugin(programs_folder: Path) -> None:
    """The stand-in for a plugin, on PATH."""
    (programs_folder / "age-plugin-standin").symlink_to(Path(__file__).with_name("age-plugin-standin"))


@pytest.fixture
def encrypted_to_plugin(vault: Vault, engine_holding: EngineHolding) -> bytes:
    before = vault.encrypted("s.yaml", "A")
    return engine_holding("sops", "A").rewrap(request(before, ((PLUGIN,),)))


@pytest.mark.parametrize("engine", ["sops", "auto"])
def test_plugin_recipient_is_added(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, engine: str
) -> None:
    before, wanted = vault.encrypted("s.yaml", "AB"), ((*vault.groups("AB")[0], PLUGIN),)
    after = engine_holding(engine, "A").rewrap(request(before, wanted))
    (tmp_path / "s.yaml").write_bytes(after)
    (tmp_path / ".sops.yaml").write_text(config(wanted))
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[PLUGIN]).stdout == vault.plaintext("s.yaml")
    result = sops("updatekeys", "-y", "s.yaml", folder=tmp_path, keys=[])
    assert b"already up to date" in result.stderr
    assert read(after).with_groups(read(before).metadata.groups, 0) == before


@pytest.mark.parametrize("engine", ["sops", "auto"])
def test_plugin_opens_what_nothing_else_opens(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    vault: Vault,
    engine_holding: EngineHolding,
    encrypted_to_plugin: bytes,
    engine: str,
) -> None:
    chosen = engine_holding(engine, "B")
    monkeypatch.setenv("SOPS_AGE_KEY", PLUGIN.value)
    after = chosen.rewrap(request(encrypted_to_plugin, ((PLUGIN, vault.key("C")),)))
    (tmp_path / "s.yaml").write_bytes(after)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("C")]).stdout == vault.plaintext("s.yaml")


def test_embedded_says_that_it_cannot(
    vault: Vault, engine_holding: EngineHolding, encrypted_to_plugin: bytes
) -> None:
    embedded = engine_holding("embedded", "A")
    with pytest.raises(NotServedError) as caught:
        embedded.rewrap(request(vault.encrypted("s.yaml", "A"), ((vault.key("A"), PLUGIN),)))
    assert PLUGIN.text in str(caught.value)
    assert "--engine sops" in str(caught.value.hint)
    with pytest.raises(NoIdentityError):
        embedded.rewrap(request(encrypted_to_plugin, ((PLUGIN, vault.key("A")),)))


@pytest.mark.parametrize("engine", ["sops", "auto"])
def test_missing_sops_is_a_missing_tool(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    vault: Vault,
    engine_holding: EngineHolding,
    encrypted_to_plugin: bytes,
    engine: str,
) -> None:
    chosen = engine_holding(engine, "A")
    add_plugin = request(vault.encrypted("s.yaml", "A"), ((vault.key("A"), PLUGIN),))
    open_plugin = request(encrypted_to_plugin, ((PLUGIN, vault.key("A")),))
    monkeypatch.setenv("PATH", str(tmp_path))
    for wanted in (add_plugin, open_plugin):
        with pytest.raises(ToolMissingError, match="sops is not on PATH") as caught:
            chosen.rewrap(wanted)
        assert (caught.value.path, caught.value.exit_code) == ("s.yaml", 4)


def test_auto_does_not_run_sops_for_what_embedded_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault, engine_holding: EngineHolding
) -> None:
    auto = engine_holding("auto", "A")
    monkeypatch.setenv("PATH", str(tmp_path))
    auto.rewrap(request(vault.encrypted("s.yaml", "A"), vault.groups("AB")))
    with pytest.raises(NoIdentityError, match="no identity on this machine opens it"):
        auto.rewrap(request(vault.encrypted("s.yaml", "C"), vault.groups("CB")))
