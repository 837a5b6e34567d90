"""A file that a sops with a known defect has written."""

from __future__ import annotations

from tests.audits.examples import ALICE, encrypted, messages

ID = "defective-sops"
RULES = f"creation_rules: [{{age: {ALICE}}}]\n"
COMMENT = "list:\n    - ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:comment]\n"
KMS = """    kms:
        - arn: arn:aws:kms:eu-west-1:111122223333:key/1
          aws_profile: ''
          context:
            tenant: {}
          created_at: '2026-05-01T00:00:00Z'
          enc: x
"""


def test_a_comment_in_a_list_and_sops_3_13_2() -> None:
    bad = encrypted(ALICE, clear=COMMENT).replace("3.13.3", "3.13.2")
    files = {
        ".sops.yaml": RULES,
        "a.yaml": bad,
        "b.yaml": encrypted(ALICE, clear=COMMENT),
        "c.yaml": encrypted(ALICE).replace("3.13.3", "3.13.2"),
    }
    assert messages(ID, files) == [
        "a.yaml: was last written by sops 3.13.2, which opens no file with a comment in a list"
    ]


def test_memory_addresses_in_a_kms_context() -> None:
    text = encrypted(ALICE)
    files = {
        ".sops.yaml": RULES,
        "a.yaml": text.replace("sops:\n", "sops:\n" + KMS.format("'0xc0001a2b30'")),
        "b.yaml": text.replace("sops:\n", "sops:\n" + KMS.format("blue")),
    }
    assert messages(ID, files) == [
        "a.yaml: has memory addresses in place of its KMS encryption context, so that KMS refuses it"
    ]
