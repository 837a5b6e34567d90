{ config, lib, ... }:
{
  sops.secrets.k3s_token = { };
  services.k3s = {
    enable = true;
    tokenFile = config.sops.secrets.k3s_token.path;
  };
  networking.firewall.allowedTCPPorts = [ 6443 ];
}
