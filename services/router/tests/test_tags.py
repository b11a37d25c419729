"""The tag that names a subagent's model: where it is found, and that nothing else is changed when it is taken out."""

import json
from typing import Any

import pytest

from fairlead.router.tags import MOST, tags_of, without_tags
from fairlead.shared import codec
from fairlead.shared.failure import FailureError

from .bodies import assistant, claude_code, text, tool_result, user

TAG = "<CCR-SUBAGENT-MODEL>p,m</CCR-SUBAGENT-MODEL>"


def tag(body: dict[str, Any], *, subagent: bool = False) -> str | None:
    """The first."""
    return next(iter(tags_of(codec.peek(json.dumps(body).encode()), subagent=subagent)), None)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (f"{TAG}\nDo it.", "p,m"),
        ([text("a"), text("b"), text("Help.\n<CCR-SUBAGENT-MODEL> p/m\n</CCR-SUBAGENT-MODEL>")], "p/m"),
        ([text("<CCR-SUBAGENT-MODEL></CCR-SUBAGENT-MODEL>")], None),
        ([text("<CCR-SUBAGENT-MODEL>p,m")], None),
        (f"<CCR-SUBAGENT-MODEL>{'m' * 5_000}</CCR-SUBAGENT-MODEL>{TAG}", "p,m"),
        # Looking for the end of each would take minutes.
        ("<CCR-SUBAGENT-MODEL>" * 50_000, None),
        ([text("no tag"), {"type": "text"}], None),
        (None, None),
        (..., None),
    ],
)
def test_a_tag_is_found_in_any_system_block(system: Any, expected: str | None) -> None:
    assert tag(claude_code(system=system)) == expected


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([{"role": "user", "content": TAG + "Find it."}], "p,m"),
        ([user(text("<system-reminder>…"), text(f"Find it. {TAG}"))], "p,m"),
        ([user(text("a")), user(text(TAG))], "p,m"),
        ([user(text("a")), assistant(text(TAG))], None),
        ([user(text("a")), assistant(text("b")), user(text(TAG))], None),
        ([user(text("a"), tool_result(text(TAG)))], None),
    ],
)
def test_a_subagent_finds_it_in_what_it_was_told_first(messages: Any, expected: str | None) -> None:
    assert tag(claude_code(messages=messages), subagent=True) == expected
    assert tag(claude_code(messages=messages)) is None


def test_all_tags_are_heard_in_their_order_up_to_a_number() -> None:
    other = TAG.replace("p,m", "q,n")
    told = codec.peek(json.dumps(claude_code(system=f"{TAG} {other}", messages=[user(text(other * 99))])).encode())
    assert tags_of(told, subagent=True) == ("p,m", *["q,n"] * (MOST - 1))


def test_a_tag_is_taken_out_of_the_system_prompt_and_nothing_else_is_changed() -> None:
    tagged = [text("a") | {"cache_control": {"type": "ephemeral"}}, text(f"x{TAG}y")]
    fields = codec.peek(json.dumps({"system": tagged, "messages": [user(text(TAG))]}).encode())
    changed = without_tags(fields, subagent=False)
    assert list(changed) == ["system"]
    assert json.loads(bytes(changed["system"])) == [tagged[0], text("xy")]
    plain = codec.peek(json.dumps({"system": f"{TAG}s", "messages": []}).encode())
    assert bytes(without_tags(plain, subagent=False)["system"]) == b'"s"'


def test_a_tag_is_taken_out_of_the_first_messages_and_every_other_byte_stays() -> None:
    written = b'[ {"role":"user", "content":[{"type":"text","text":"x%sy \\u00e9"}]},\n{"role":"user","content":"%s"} ]'
    fields = codec.peek(b'{"messages":' + written % (TAG.encode(), b"z") + b"}")
    assert bytes(without_tags(fields, subagent=True)["messages"]) == written % (b"", b"z")


def test_a_text_of_which_nothing_is_left_is_left_out() -> None:
    told = [user(text(f"{TAG}\n"), text("Find it.")), user(text("b"))]
    fields = codec.peek(json.dumps({"system": [text("a"), text(f" {TAG}\n")], "messages": told}).encode())
    changed = without_tags(fields, subagent=True)
    assert json.loads(bytes(changed["system"])) == [text("a")]
    assert json.loads(bytes(changed["messages"])) == [user(text("Find it.")), user(text("b"))]


def test_a_number_that_nobody_can_read_beside_a_tag_is_the_requests_fault() -> None:
    written = json.dumps({"messages": [user(text(TAG) | {"x": 0})]}).replace('"x": 0', '"x": 1e400')
    with pytest.raises(FailureError, match="out of range"):
        without_tags(codec.peek(written.encode()), subagent=True)
