{ mylib, ... }:
{
  imports = [ ../../modules/k3s.nix ];

  sops.defaultSopsFile = mylib.relativeToRoot "secrets/maple/secrets.sops.yaml";

  services.k3s = {
    role = "agent";
    serverAddr = "https://cedar:6443";
  };
}
