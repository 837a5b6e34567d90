"""GitLab's checksum, on the token of its own tests (routable_payload_spec.rb)."""

from __future__ import annotations

from sopskit.scanner.checksums.gitlab import valid

TOKEN = "glrtr" + "-W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ.01.181uebm4k"


def test_is_of_the_whole_text_before_it() -> None:
    assert valid(TOKEN)
    assert not valid(TOKEN.replace("glrtr", "glpat"))


def test_notices_one_other_character_anywhere() -> None:
    for place, character in enumerate(TOKEN):
        other = TOKEN[:place] + ("a" if character != "a" else "b") + TOKEN[place + 1 :]
        assert not valid(other), place
