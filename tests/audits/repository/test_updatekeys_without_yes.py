"""A task or script that runs `sops updatekeys`, which asks a question for each file."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, messages

ID = "updatekeys-without-yes"
RULES = f"creation_rules: [{{age: {ALICE}}}]\n"

LOOP = "stops at a question for each file of a loop"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (
            "Taskfile.yml",
            "tasks:\n  update:\n    cmds:\n      - find . -name '*.sops.yaml' -exec sops updatekeys {} \\;\n",
            4,
        ),
        (
            "Taskfile.yaml",
            'tasks:\n  u:\n    cmds:\n      - cmd: |\n          sops updatekeys "{{.ITEM}}"\n',
            5,
        ),
        ("Makefile", "update:\n\tfor f in secrets/*; do sops updatekeys $$f; done\n", 2),
        ("justfile", "update:\n    fd -e yaml . secrets -x sops updatekeys\n", 2),
        ("scripts/rekey", "#!/bin/sh\nls | xargs -n1 sops \\\n  --config x updatekeys\n", 2),
        (
            ".github/workflows/a.yml",
            "steps:\n  - run: |\n      while read -r f; do\n        sops updatekeys $f\n",
            4,
        ),
    ],
)
def test_a_loop(path: str, text: str, line: int) -> None:
    what = LOOP if "cmd: |" not in text else "stops at a question"
    message = f"sops updatekeys {what}, and exits with 0 where it is declined"
    assert messages(ID, {".sops.yaml": RULES, path: text}) == [f"{path}:{line}: {message}"]


@pytest.mark.parametrize(
    "text",
    [
        "for f in *; do sops updatekeys -y $f; done\n",
        "sops updatekeys --yes a.yaml\n",
        "sops \\\n  updatekeys \\\n  --yes a.yaml\n",
        "yes | sops updatekeys a.yaml\n",
        "# sops updatekeys a.yaml\n",
        "echo 'run sops updatekeys on it'\n",
        "sops --help # updatekeys\n",
        "sopskit sync --yes # in place of updatekeys\n",
        "sops -d a.yaml; mytool updatekeys\n",
    ],
)
def test_what_does_not_stop(text: str) -> None:
    assert messages(ID, {".sops.yaml": RULES, "a.sh": text}) == []


def test_a_description_and_a_document_only_say_so() -> None:
    files = {
        ".sops.yaml": RULES,
        "Taskfile.yml": "tasks:\n  u:\n    desc: sops updatekeys on all\n    cmds: [sopskit sync]\n",
        "README.md": "    sops updatekeys secrets/a.yaml\n",
    }
    assert messages(ID, files) == []


def test_two_on_one_line_are_two_findings_and_a_hostile_line_takes_no_time() -> None:
    files = {
        ".sops.yaml": RULES,
        "a.sh": "sops updatekeys a && sops updatekeys b\n",
        "b.sh": "sops " * 200_000,
    }
    assert len(messages(ID, files)) == 2
