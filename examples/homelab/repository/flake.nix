{
  description = "A home server: three machines, one cluster, one repository";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    sops-nix = {
      url = "github:Mic92/sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    { self, nixpkgs, ... }@inputs:
    let
      mylib = import ./lib { inherit (nixpkgs) lib; };
      host =
        name:
        nixpkgs.lib.nixosSystem {
          system = "x86_64-linux";
          specialArgs = { inherit inputs mylib; };
          modules = [
            inputs.sops-nix.nixosModules.sops
            ./modules/common.nix
            (./hosts + "/${name}")
            { networking.hostName = name; }
          ];
        };
    in
    {
      nixosConfigurations = nixpkgs.lib.genAttrs [ "cedar" "maple" "gate" ] host;
    };
}
