{ config, mylib, ... }:
{
  sops = {
    defaultSopsFile = mylib.relativeToRoot "secrets/gate/secrets.sops.yaml";
    secrets.wireguard_private_key = {
      owner = "systemd-network";
      mode = "0400";
    };
  };

  networking.wireguard.interfaces.wg0 = {
    ips = [ "10.100.0.1/24" ];
    privateKeyFile = config.sops.secrets.wireguard_private_key.path;
  };
}
