"""The quicker tier is asked for in each dialect's way, unless a request names its own."""

import json

import pytest

from fairlead.normalizer.priority import quick, with_beta
from fairlead.shared.codec import encode, peek


@pytest.mark.parametrize(
    ("dialect", "body", "sent"),
    [
        ("anthropic", {}, {"speed": "fast"}),
        ("anthropic", {"speed": "standard"}, {"speed": "standard"}),
        ("openai", {}, {"service_tier": "priority"}),
        ("openai-responses", {}, {"service_tier": "priority"}),
        ("openai-responses", {"service_tier": "flex"}, {"service_tier": "flex"}),
        ("gemini", {}, {}),
    ],
)
def test_the_field(dialect: str, body: dict[str, str], sent: dict[str, str]) -> None:
    assert json.loads(encode(dict(quick(dialect).fields(peek(encode(body)))))) == sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, "fast-mode-2026-02-01"),
        ({"anthropic-beta": "a, b,a"}, "a,b,fast-mode-2026-02-01"),
        ({"anthropic-beta": "fast-mode-2026-02-01,c"}, "fast-mode-2026-02-01,c"),
    ],
)
def test_the_beta_is_named_once_behind_the_clients_own(given: dict[str, str], sent: str) -> None:
    assert with_beta(given, "anthropic") == {"anthropic-beta": sent}


def test_other_dialects_have_no_beta() -> None:
    assert with_beta({"x": "y"}, "openai") == {"x": "y"}
