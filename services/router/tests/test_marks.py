"""Requests have marks in common exactly as far as they begin alike, wherever their cache marks stand."""

import json
from typing import Any

import pytest

from fairlead.router.marks import marks_of
from fairlead.shared import codec
from fairlead.shared.pieces import pieces_of

CACHED = {"cache_control": {"type": "ephemeral"}}
TOOLS = [{"name": "f", "input_schema": {"type": "object"}}]
SYSTEM = [{"type": "text", "text": "be brief", **CACHED}]


def said(role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text, **more}]}


def marks(*messages: dict[str, Any], tenant: str = "", spaced: bool = False, **fields: Any) -> tuple[str, ...]:
    body = {"tools": TOOLS, "system": SYSTEM, "messages": messages, **fields}
    text = json.dumps(body) if spaced else json.dumps(body, separators=(",", ":"))
    return named(text.encode(), tenant)


def named(body: bytes, tenant: str = "") -> tuple[str, ...]:
    return marks_of(pieces_of("anthropic", codec.peek(body)), tenant)


ONE, TWO, THREE = said("user", "a"), said("assistant", "b"), said("user", "c")


def test_there_is_a_mark_before_the_conversation_and_one_after_each_message() -> None:
    assert len(marks(ONE, TWO, THREE)) == 4
    assert len(set(marks(ONE, TWO, THREE))) == 4


def test_a_request_that_goes_on_has_all_marks_of_the_one_before() -> None:
    before = marks(ONE, said("user", "x"))
    assert marks(ONE, said("user", "x"), THREE)[:3] == before


@pytest.mark.parametrize("spaced", [False, True])
@pytest.mark.parametrize("mark", [CACHED, {"cache_control": {"type": "ephemeral", "ttl": "1h"}}])
def test_a_cache_mark_that_moves_changes_nothing(mark: dict[str, Any], *, spaced: bool) -> None:
    marked = marks(ONE, said("user", "c", **mark), spaced=spaced)
    assert marked == marks(ONE, THREE, spaced=spaced)


def test_whatever_differs_ends_what_is_in_common() -> None:
    first, second = marks(ONE, TWO, THREE), marks(ONE, said("assistant", "other"), THREE)
    assert first[:2] == second[:2]
    assert not set(first[2:]) & set(second[2:])
    assert not set(marks(ONE)) & set(marks(ONE, tools=[]))
    assert not set(marks(ONE)) & set(marks(ONE, system="another"))


def test_tenants_have_nothing_in_common() -> None:
    assert not set(marks(ONE, tenant="a")) & set(marks(ONE, tenant="b"))


def test_a_message_is_not_mistaken_for_the_end_of_the_one_before() -> None:
    joined = named(b'{"messages":["ab"]}')
    parted = named(b'{"messages":["a","b"]}')
    assert joined[-1] not in parted


def test_a_body_without_a_conversation_has_none() -> None:
    assert named(b'{"system":"x"}') == ()
