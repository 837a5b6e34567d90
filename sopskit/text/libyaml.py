"""The events of libyaml, the one YAML parser here: go-yaml, with which sops and Flux read, is a port of it.

PyYAML has a parser of its own as well, which takes other texts, and whose errors quote the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from sopskit.errors import ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator


def events(text: str) -> Iterator[Any]:
    """The events of a text, of the classes in `yaml.events`, but for the end of the stream.

    Raises:
        ToolMissingError: PyYAML was installed without libyaml.
        yaml.YAMLError: the text is not YAML.
        ValueError: it holds a lone surrogate.
    """
    parser = _parser(text)
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        yield event


def tokens(text: str) -> Iterator[Any]:
    """The tokens of a text, of the classes in `yaml.tokens`, the end of the stream included.

    These come from libyaml's scanner alone: what only its parser refuses is among them.

    Raises:
        ToolMissingError: PyYAML was installed without libyaml.
        yaml.YAMLError: the text cannot be cut into tokens.
        ValueError: it holds a lone surrogate.
    """
    parser = _parser(text)
    token = None
    while type(token) is not yaml.StreamEndToken:
        token = parser.get_token()
        yield token


def _parser(text: str) -> Any:
    try:
        from yaml._yaml import CParser
    except ImportError:
        raise ToolMissingError(
            "PyYAML was installed without libyaml",
            hint="pip install --force-reinstall --only-binary :all: PyYAML",
        ) from None
    return CParser(text)
