"""What stands for a secret instead of being one."""

from __future__ import annotations

import random
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.scanner.placeholders import is_placeholder

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "00000000000000000000000000000000",
        "0123456789abcdef0123456789abcdef",
        "1234567890",
        "abcabcabcabcabcabc",
        "sk-your-key-here-0987",
        "YOUR_API_KEY",
        "<your token>",
        "<password>",
        "${TOKEN}",
        "{{ token }}",
        "%(password)s",
        "changeme",
        "CHANGE-ME",
        "deadbeefdeadbeefcafe0011",
        "abcdefghijklmnop",
        "********",
        "12345678-1234-1234-1234-123456789012",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        b64encode(b"change-me").decode(),
        b64encode(b"your-password!").decode(),
        b64encode(b"<password>").decode(),
    ],
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        # Azurite has it built in
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6" + "IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "110201543:AAHdqTcvCH1v" + "GWJxfSeofSAs0K5PALDsaw",  # Telegram, "Obtain your bot token"
        "6bec40cf957de430a6f1" + "f2baa056b99a4fac9ea0",  # Meraki's sandbox
    ],
)
def test_values_from_documentation(text: str) -> None:
    assert is_placeholder(text.encode())
    assert not is_placeholder(text.swapcase().encode())


def test_base64_of_a_secret_is_none() -> None:
    assert not is_placeholder(b64encode(b"correct horse battery staple"))
    assert not is_placeholder(b64encode(random.Random(1).randbytes(30)))


@pytest.mark.parametrize(
    "alphabet", [BASE62, "0123456789abcdef", BASE62 + "-_", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"]
)
@given(st.integers(min_value=20, max_value=200), st.integers())
def test_a_random_text_is_none(alphabet: str, size: int, seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices(alphabet, k=size))
    assert not is_placeholder(text.encode())
