{ config, mylib, ... }:
{
  imports = [ ../../modules/k3s.nix ];

  sops = {
    defaultSopsFile = mylib.relativeToRoot "secrets/cedar/secrets.sops.yaml";
    secrets = {
      "restic/password" = { };
      "restic/repository" = { };
      minio_root = {
        sopsFile = mylib.relativeToRoot "secrets/cedar/minio.sops.env";
        format = "dotenv";
        restartUnits = [ "minio.service" ];
      };
    };
  };

  services.k3s.role = "server";
  services.minio = {
    enable = true;
    rootCredentialsFile = config.sops.secrets.minio_root.path;
  };
  services.restic.backups.system = {
    passwordFile = config.sops.secrets."restic/password".path;
    repositoryFile = config.sops.secrets."restic/repository".path;
    paths = [ "/var/lib" ];
  };
}
