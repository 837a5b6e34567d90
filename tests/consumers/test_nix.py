"""Files that NixOS configurations name, read without Nix."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.consumers.nix_tokens import Kind, tokens
from tests.consumers.sources import consumers


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("../../secrets/nova.yaml", "secrets/nova.yaml"),
        ("./secrets.yaml", "hosts/nova/secrets.yaml"),
        ("(../../secrets/nova.yaml)", "secrets/nova.yaml"),
        ('mylib.relativeToRoot "secrets/nova.yaml"', "secrets/nova.yaml"),
        ('relativeToRoot "secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${self}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${inputs.self}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${inputs.self.outPath}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('self + "/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('inputs.self + "/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('./. + "/nova.yaml"', "hosts/nova/nova.yaml"),
        ("''${self}/secrets/nova.yaml''", "secrets/nova.yaml"),
        ("/* was: ./old.yaml */ ./new.yaml # not ./other.yaml", "hosts/nova/new.yaml"),
    ],
)
def test_expressions_that_are_understood(expression: str, path: str) -> None:
    text = f"{{ config, ... }}:\n{{\n  sops.defaultSopsFile = {expression}\n  ;\n}}\n"
    found = consumers({"hosts/nova/default.nix": text})
    assert found.unclear == ()
    (consumer,) = found.found
    assert (consumer.kind, consumer.name, consumer.host) == ("nix", "nova", "server_nova")
    assert consumer.paths == (path,)
    assert (consumer.place.path, consumer.place.line) == ("hosts/nova/default.nix", 3)


@pytest.mark.parametrize(
    "expression",
    [
        "cfg.secretsFile",
        '"${secrets}/nova.yaml"',
        "if x then ./a.yaml else ./b.yaml",
        "lib.mkDefault ./a.yaml",
        "../../../elsewhere.yaml",
        "builtins.toFile \"a\" ''b''",
        "./${name}.yaml",
        'self + "/secrets/${name}.yaml"',
        "",
    ],
)
def test_other_expressions_are_said_not_to_be_understood(expression: str) -> None:
    found = consumers({"hosts/nova/default.nix": f"{{ sops.defaultSopsFile = {expression}; }}\n"})
    assert found.found == ()
    (unclear,) = found.unclear
    assert (unclear.kind, unclear.place.line) == ("nix", 1)


def test_every_way_to_write_the_option() -> None:
    text = """{ config, lib, ... }:
let example = "sops.defaultSopsFile = ./in-a-string.yaml;";
    more = ''
      sopsFile = ${lib.concat [ "a}" ''b'' ]} ./in-an-indented-string.yaml;
    '';
in {
  # sops.defaultSopsFile = ./in-a-comment.yaml;
  /* sopsFile = ./in-a-comment.yaml; */
  sops = {
    defaultSopsFile = ./a.yaml;
    secrets."db/password" = { sopsFile = ./b.yaml; owner = "db"; };
    secrets.token.sopsFile = ./c.yaml;
  };
  other = config.sops.defaultSopsFile;
  same = x: x.sopsFile == ./d.yaml;
}
"""
    found = consumers({"hosts/nova/default.nix": text})
    assert [each.paths[0] for each in found.found] == [f"hosts/nova/{name}.yaml" for name in "abc"]
    assert [each.place.line for each in found.found] == [10, 11, 12]
    assert found.unclear == ()


@pytest.mark.parametrize(
    ("path", "name", "host"),
    [
        ("hosts/nova/default.nix", "nova", "server_nova"),
        ("nixos/machines/nova.nix", "nova", "server_nova"),
        ("systems/x86_64-linux/nova/sops.nix", "nova", "server_nova"),
        ("hosts/web/default.nix", "web", None),
        ("hosts/common/sops.nix", "hosts/common/sops.nix", None),
        ("modules/sops.nix", "modules/sops.nix", None),
    ],
)
def test_the_host_is_that_of_the_folder(path: str, name: str, host: str | None) -> None:
    (consumer,) = consumers({path: "{ sops.defaultSopsFile = ./a.yaml; }\n"}).found
    assert (consumer.name, consumer.host) == (name, host)


def test_a_name_that_settings_bind_to_hosts() -> None:
    settings = '[consumers]\n"nix:web" = ["server_nova", "alice"]\n'
    files = {".sopskit.toml": settings, "hosts/web/a.nix": "{ sops.defaultSopsFile = ./a.yaml; }\n"}
    assert [each.host for each in consumers(files).found] == ["server_nova", "alice"]


@given(st.text(alphabet="\"'{}$\\/*#\n a.=;~<>", max_size=200))
def test_any_text_is_cut_into_pieces_that_follow_each_other(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end
        end = token.end
    assert end <= len(text) + 2  # behind a quote that is missing


@pytest.mark.parametrize(
    "text", ['"${' * 100_000, "''" * 100_001, "{" * 300_000, "/*" * 200_000, "a/" * 200_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    begin = time.monotonic()
    list(tokens(text))
    assert time.monotonic() - begin < 20


def test_strings_hold_what_stands_between_their_quotes() -> None:
    found = [
        token.text for token in tokens("\"a \\\" ${\"}\"}\" ''b '' ''c '''d''") if token.kind is Kind.STRING
    ]
    assert found == ['a \\" ${"}"}', "b ", "c '''d"]
