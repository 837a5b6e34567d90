{ config, mylib, ... }:
{
  # The host's own SSH key opens its secrets: nothing else has to be brought to a new machine.
  sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];

  sops.secrets.anna_password_hash = {
    sopsFile = mylib.relativeToRoot "secrets/shared/users.sops.yaml";
    neededForUsers = true;
  };
  users.users.anna = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    hashedPasswordFile = config.sops.secrets.anna_password_hash.path;
  };
}
