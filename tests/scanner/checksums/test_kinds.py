"""What says whether a text has the characters of a random one: `mixed`, `alphanumeric`, `aws`, and so on."""

from __future__ import annotations

import pytest

from sopskit.scanner.checksums import alphanumeric, aws, by_chance, mixed


def test_mixed_wants_both_cases_and_a_digit() -> None:
    assert mixed.valid("aZ3kLm92QpXc7RtYv4Bn")
    assert mixed.valid("aZ3-Lm9_QpXc")


def test_mixed_takes_random_letters() -> None:
    assert mixed.valid("zQdJazMEFpPIOJhNJDcO")
    assert mixed.valid("ZMqAPKDvxjKgCBHuqCkn")


@pytest.mark.parametrize(
    "text",
    [
        "windowsDesktopChrome",
        "AbstractSingletonProxyFactoryBean",
        "windows-desktop-chrome-2",
        "WINDOWS_DESKTOP_2",
        "20261124130811",
    ],
)
def test_mixed_takes_no_words(text: str) -> None:
    assert not mixed.valid(text)


@pytest.mark.parametrize(
    ("text", "is_random"), [("7xk2", True), ("7XK2", True), ("words", False), ("4711", False)]
)
def test_alphanumeric_wants_a_letter_and_a_digit(text: str, *, is_random: bool) -> None:
    assert alphanumeric.valid(text) is is_random


def test_aws_takes_none_of_the_documentation() -> None:
    assert aws.valid("IQoJb3JpZ2luX2VjEOzTfkD4w+F")
    assert not aws.valid("IQoJb3JpZ2luX2VjEOz//////wEXAMPLEtMSJHMEUCID")


@pytest.mark.parametrize(
    ("text", "is_random"),
    [
        ("8f14e45fceea167a5a36dedd4bea2543", True),
        ("Rb7xQ2kz-9LmPw4TdVhs", True),
        ("your-access-token-goes-here-2", False),
        ("CorrectHorseBatteryStaple", False),
        ("20261124130811202611", False),
    ],
)
def test_by_chance_takes_no_words(text: str, *, is_random: bool) -> None:
    assert by_chance.valid(text) is is_random
