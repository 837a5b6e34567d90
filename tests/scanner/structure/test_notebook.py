"""Secrets in the cells of Jupyter notebooks, however the notebook is laid out."""

from __future__ import annotations

import json

import pytest

from tests.scanner.built_in import detector

SECRET = "kL7vQz2mXw9bTr4s"
CELLS = [
    f'password = "{SECRET}"\n',
    f"db.connect(user='x', password='{SECRET}')\n",
    f'settings = {{"db_password": "{SECRET}"}}\n',
    f'import os\nos.environ["API_TOKEN"] = "{SECRET}"\nprint("done")\n',
]


def notebook(source: str, *, indent: int | None) -> bytes:
    lines = source.splitlines(keepends=True)
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": lines,
    }
    return json.dumps(
        {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent
    ).encode()


@pytest.mark.parametrize("indent", [1, None])
@pytest.mark.parametrize("source", CELLS)
def test_a_secret_in_a_cell_is_found_at_its_place(source: str, indent: int | None) -> None:
    content = notebook(source, indent=indent)
    matches = list(detector().matches(content, path="analysis.ipynb"))
    assert [content[each.start : each.end] for each in matches] == [SECRET.encode()]


@pytest.mark.parametrize("indent", [1, None])
@pytest.mark.parametrize(
    "source", ['password = os.environ["PASSWORD"]\n', 'print("password: ")\n', 'password = "<password>"\n']
)
def test_what_is_none_is_not(source: str, indent: int | None) -> None:
    assert list(detector().matches(notebook(source, indent=indent), path="analysis.ipynb")) == []
