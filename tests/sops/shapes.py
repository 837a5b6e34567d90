"""Metadata as sops wrote it between 3.5 and 3.9 and formatters leave it, by hand; no key opens it."""

from __future__ import annotations

MAC = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"
ENC = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"
PGP = "-----BEGIN PGP MESSAGE-----\n\nhF4D\n=abcd\n-----END PGP MESSAGE-----"
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"
FP = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"

# name -> (text, recipients in sops's order)
SHAPES = {
    "struct.yaml": (
        f"""a: {MAC}
sops:
    kms:
    -   arn: {ARN}
        created_at: '2019-08-28T19:26:44Z'
        enc: AQICAHg=
        aws_profile: ""
    gcp_kms: []
    azure_kv: []
    hc_vault: null
    age: []
    lastmodified: '2019-08-28T19:26:45Z'
    mac: {MAC}
    pgp:
    -   created_at: '2019-08-28T19:26:44Z'
        enc: |-
            -----BEGIN PGP MESSAGE-----

            hF4D
            =abcd
            -----END PGP MESSAGE-----
        fp: {FP}
    unencrypted_suffix: _unencrypted
    version: 3.5.0
""",
        [ARN, FP],
    ),
    "prettier.yaml": (
        f"""---
a: {MAC}

sops:
  age:
    # the laptop
    - recipient: "age1one"
      enc: "-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n-----END AGE ENCRYPTED FILE-----\\n"

    - recipient: 'age1two'
      enc: >
        -----BEGIN AGE ENCRYPTED FILE-----

        YWdl

        -----END AGE ENCRYPTED FILE-----
  # the end
  lastmodified: "2024-01-01T00:00:00Z"
  mac: {MAC}
  version: 3.9.4 # quoted nowhere
z: null
""",
        ["age1one", "age1two"],
    ),
    "cloud.yaml": (
        f"""a: {MAC}
sops:
    kms:
        - arn: {ARN}
          role: arn:aws:iam::1:role/r
          context:
            b: two
            a: one
          created_at: "2024-01-01T00:00:00Z"
          enc: AQ==
          aws_profile: dev
    gcp_kms:
        - resource_id: projects/p/locations/l/keyRings/r/cryptoKeys/k
          created_at: "2024-01-01T00:00:00Z"
          enc: AQ==
    azure_kv:
        - vault_url: https://v.vault.azure.net
          name: n
          version: 0123
          created_at: "2024-01-01T00:00:00Z"
          enc: AQ==
    hc_vault:
        - vault_address: https://vault.example:8200
          engine_path: sops
          key_name: k
          created_at: "2024-01-01T00:00:00Z"
          enc: vault:v1:AQ==
    age: []
    lastmodified: "2024-01-01T00:00:00Z"
    mac: {MAC}
    pgp: []
    encrypted_regex: ^data$
    mac_only_encrypted: true
    version: 3.9.0
""",
        [
            f"{ARN}+arn:aws:iam::1:role/r|a:one,b:two|dev",
            "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            "https://v.vault.azure.net/keys/n/0123",
            "https://vault.example:8200/v1/sops/keys/k",
        ],
    ),
    "struct.json": (
        """{
  "a": "MAC",
  "sops": {
    "kms": null,
    "gcp_kms": null,
    "azure_kv": null,
    "hc_vault": null,
    "age": [
      {
        "recipient": "age1one",
        "enc": "AGE\\n"
      }
    ],
    "lastmodified": "2021-01-01T00:00:00Z",
    "mac": "MAC",
    "pgp": null,
    "version": "3.7.1"
  }
}""".replace("MAC", MAC),
        ["age1one"],
    ),
    "minified.json": (
        """{"sops":{"age":[{"recipient":"age1one","enc":"AGE\\n"}],"lastmodified":"2021-01-01T00:00:00Z","mac":"MAC"}
,"a":"MAC"} trailing""".replace("MAC", MAC),
        ["age1one"],
    ),
    "old.env": (
        f"""A={MAC}
sops_pgp__list_0__map_fp={FP}
sops_version=3.5.0
sops_pgp__list_0__map_created_at=2019-08-28T19:26:44Z
sops_lastmodified=2019-08-28T19:26:45Z
sops_mac={MAC}
sops_pgp__list_0__map_enc=-----BEGIN PGP MESSAGE-----\\n\\nhF4D\\n-----END""",
        [FP],
    ),
    "random.ini": (
        f"""[a]
b = {MAC}

[sops]
age__list_1__map_enc = AGE\\n
mac={MAC}
age__list_0__map_recipient = age1one
age__list_1__map_recipient= `age1two`
; comment
lastmodified = 2021-01-01T00:00:00Z
age__list_0__map_enc = AGE\\n
[c]
d = e
""",
        ["age1one", "age1two"],
    ),
    "triple.ini": (
        f"""[sops]
age__list_0__map_enc = \"\"\"AGE
second = line
\"\"\"
age__list_0__map_recipient = age1one
lastmodified = 2025-01-01T00:00:00Z
mac = {MAC}
version = 3.13.0
""",
        ["age1one"],
    ),
}
