"""Files that NixOS configurations name, read without Nix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.consumers.nix import evaluation
from sopskit.consumers.nix.lexing import NixSyntaxError
from sopskit.consumers.nix.parsing import parse
from tests.consumers.sources import consumers


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("../../secrets/nova.yaml", "secrets/nova.yaml"),
        ("./secrets.yaml", "hosts/nova/secrets.yaml"),
        ("(../../secrets/nova.yaml)", "secrets/nova.yaml"),
        ('mylib.relativeToRoot "secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${self}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${inputs.self}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('"${inputs.self.outPath}/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('self + "/secrets/nova.yaml"', "secrets/nova.yaml"),
        ("self + /secrets/nova.yaml", "secrets/nova.yaml"),
        ('inputs.self + "/secrets/nova.yaml"', "secrets/nova.yaml"),
        ('./. + "/nova.yaml"', "hosts/nova/nova.yaml"),
        ("''${self}/secrets/nova.yaml''", "secrets/nova.yaml"),
        ("/* was: ./old.yaml */ ./new.yaml # not ./other.yaml", "hosts/nova/new.yaml"),
        ("lib.mkDefault ./a.yaml", "hosts/nova/a.yaml"),
        ('lib.path.append ../../. "secrets/a.yaml"', "secrets/a.yaml"),
        ("../../secrets/${config.networking.hostName}.yaml", "secrets/nova.yaml"),
        ('"${self}/secrets/" + config.networking.hostName + ".yaml"', "secrets/nova.yaml"),
        ('let dir = ../../secrets; in dir + "/a.yaml"', "secrets/a.yaml"),
        ("with { a = ./a.yaml; }; a", "hosts/nova/a.yaml"),
        ("(rec { b = ./b.yaml; c = b; }).c", "hosts/nova/b.yaml"),
        ('(name: ./. + "/${name}.yaml") "x"', "hosts/nova/x.yaml"),
        ("({ a, b ? ./b.yaml }: b) { a = 1; }", "hosts/nova/b.yaml"),
        ("if builtins.pathExists ./default.nix then ./a.yaml else ./b.yaml", "hosts/nova/a.yaml"),
        ('./${lib.concatStringsSep "/" [ "a" "b" ]}.yaml', "hosts/nova/a/b.yaml"),
        ("builtins.path { path = ./a.yaml; name = \"a\"; }", "hosts/nova/a.yaml"),
    ],
)  # fmt: skip
def test_expressions_that_are_understood(expression: str, path: str) -> None:
    text = (
        f"{{ config, self, inputs, lib, mylib, ... }}:\n{{\n  sops.defaultSopsFile = {expression}\n  ;\n}}\n"
    )
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
        "../../../elsewhere.yaml",
        "builtins.toFile \"a\" ''b''",
        "./${name}.yaml",
        'self + "/secrets/${name}.yaml"',
        "let x = x; in x",
        'let f = x: f (x + "a"); in f "a"',
    ],
)
def test_other_expressions_are_said_not_to_be_understood(expression: str) -> None:
    found = consumers(
        {"hosts/nova/default.nix": f"{{ self, ... }}: {{ sops.defaultSopsFile = {expression}; }}\n"}
    )
    assert found.found == ()
    (unclear,) = found.unclear
    assert (unclear.kind, unclear.place.path, unclear.place.line) == ("nix", "hosts/nova/default.nix", 1)


def test_of_a_condition_that_is_not_known_both_sides_may_be() -> None:
    text = "{ lib, x, ... }: { sops.defaultSopsFile = if x then ./a.yaml else ./b.yaml; }\n"
    found = consumers({"hosts/nova/default.nix": text})
    assert [each.paths for each in found.found] == [("hosts/nova/a.yaml",), ("hosts/nova/b.yaml",)]


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


_FLAKE = """{{
  outputs = {{ self, nixpkgs, ... }}@inputs: let lib = nixpkgs.lib; in {{
    nixosConfigurations = {hosts};
  }};
}}
"""


@pytest.mark.parametrize(
    "hosts",
    [
        "{ nova = lib.nixosSystem { modules = [ ./common.nix ]; }; }",
        'lib.genAttrs [ "nova" ] (name: lib.nixosSystem { modules = [ ./common.nix ]; })',
        "builtins.mapAttrs (name: x: lib.nixosSystem { modules = x ++ [ ./common.nix ]; }) { nova = []; }",
        "let mk = m: lib.nixosSystem { modules = m; }; in { nova = mk [ { imports = [ ./. ]; } ]; }",
        "{ nova = lib.nixosSystem { modules = lib.optionals unknown [ ./common.nix ]; }; }",
    ],
)
def test_hosts_of_a_flake(hosts: str) -> None:
    files = {
        "flake.nix": _FLAKE.format(hosts=hosts),
        "default.nix": "{ imports = [ ./common.nix ]; }\n",
        "common.nix": "{ config, ... }: {\n"
        "  sops.defaultSopsFile = ./secrets/${config.networking.hostName}.yaml; }\n",
    }
    (consumer,) = consumers(files).found
    assert (consumer.name, consumer.host, consumer.paths) == ("nova", "server_nova", ("secrets/nova.yaml",))


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
def test_without_a_flake_the_host_is_that_of_the_folder(path: str, name: str, host: str | None) -> None:
    (consumer,) = consumers({path: "{ sops.defaultSopsFile = ./a.yaml; }\n"}).found
    assert (consumer.name, consumer.host) == (name, host)


def test_a_name_that_settings_bind_to_hosts() -> None:
    settings = '[consumers]\n"nix:web" = ["server_nova", "alice"]\n'
    files = {".sopskit.toml": settings, "hosts/web/a.nix": "{ sops.defaultSopsFile = ./a.yaml; }\n"}
    assert [each.host for each in consumers(files).found] == ["server_nova", "alice"]


def test_a_helper_of_the_repository_is_followed() -> None:
    files = {
        "lib/default.nix": '{ lib, ... }: { secretsOf = name: ../secrets + "/${name}/s.yaml"; }\n',
        "hosts/nova/default.nix": '{ mylib, ... }: { sops.defaultSopsFile = mylib.secretsOf "x"; }\n',
    }
    assert [each.paths for each in consumers(files).found] == [("secrets/x/s.yaml",)]


def test_a_binding_that_is_no_nix_leaves_those_around_it() -> None:
    text = "{\n  sops.defaultSopsFile = ./a.yaml;\n  x = = 3;\n  sops.secrets.b.sopsFile = ./b.yaml;\n}\n"
    assert len(consumers({"hosts/nova/default.nix": text}).found) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{ imports = [ ./default.nix ./. ]; sops.secrets.a.sopsFile = ./a.yaml; }",
        "let f = f; in f { sops.secrets = f; }",
        "{ sops = " + "{ a = " * 400 + "1;" + " };" * 400 + " }",
        "{ sops.secrets = " + "(" * 3000,
        "{ sops.secrets = " + "[" * 3000,
        '{ sops.secrets = "' + '${"' * 3000,
        "{ sops = x: " + "y: " * 3000 + "1; }",
        "{ sops.secrets = a" + " // a" * 3000 + "; }",
        "{ sops.secrets = a" + " + a" * 3000 + "; }",
        "{ sops.secrets = a" + ".a" * 30000 + "; }",
        "{ sops.secrets = f" + " f" * 30000 + "; }",
        (
            'let a = "xxxxxxxx"; b = a+a+a+a+a+a+a+a; c = b+b+b+b+b+b+b+b; d = c+c+c+c+c+c+c+c;'
            " e = d+d+d+d+d+d;"
            " in { sops.secrets.${e} = {}; }"
        ),
        (
            "let l = [1 2 3 4 5 6]; m = l++l++l++l++l++l; n = m++m++m++m++m++m; o = n++n++n++n++n++n;"
            " p = o++o++o++o++o; in { sops.secrets = builtins.map (x: x) p; }"
        ),
        "{ sops.secrets = let f = n: f (n + 1) // f (n + 2); in f 1; }",
        "{ sops.defaultSopsFile = import ./default.nix; imports = import ./default.nix; }",
        "\x00 sops",
        "",
    ],
)
def test_hostile_texts_end_in_a_note_at_most(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_MOST_STEPS", 20_000)
    consumers({"hosts/nova/default.nix": text})


@given(st.text(alphabet="\"'{}$\\/*#\n a.=;~<>[]()?@:,+-x1", max_size=120))
def test_any_text_is_nix_or_is_said_to_be_none(text: str) -> None:
    start, end = 0, 0
    try:
        node = parse(text)
        start, end = node.start, node.end
    except NixSyntaxError as found:
        start = end = found.args[1]
    assert 0 <= start <= end <= len(text)


_EXPENSIVE = {
    "calls that double": "let f = n: if n == 0 then { } else f (n - 1) // f (n - 1); in f 100",
    "lists that double": "let "
    + " ".join(f"a{each} = [ a{each + 1} a{each + 1} ];" for each in range(60))
    + " a60 = 1; in builtins.listToAttrs (lib.flatten a0)",
    "calls without an end": "let f = x: g x // f x; g = x: f x // g x; in f 0",
    "names of nowhere": "{ " + " ".join(f's{each}.owner = f{each} "x";' for each in range(3000)) + " }",
}


@pytest.mark.parametrize("secrets", _EXPENSIVE.values(), ids=_EXPENSIVE)
def test_what_would_take_for_ever_ends_by_the_real_limits_and_leaves_other_hosts(secrets: str) -> None:
    files = {
        "hosts/nova/default.nix": f"{{ lib, ... }}: {{ sops.secrets = {secrets}; }}",
        "hosts/zeta/default.nix": "{ sops.defaultSopsFile = ./z.yaml; }",
    }
    assert "hosts/zeta/z.yaml" in {path for each in consumers(files).found for path in each.paths}


def test_a_huge_file_is_said_not_to_be_read() -> None:
    text = "{ sops.defaultSopsFile = ./a.yaml; }" + " " * (1 << 18)
    found = consumers({"hosts/nova/default.nix": text})
    assert found.found == ()
    assert "longer than 256 KiB" in found.unclear[0].message
