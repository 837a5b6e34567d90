{ lib }:
{
  # Paths from the root, wherever the module that names them stands.
  relativeToRoot = lib.path.append ../.;
}
