"""A body goes upstream as it came wherever it can, and is written anew where it must be."""

import json
from typing import Any

import pytest

from fairlead.normalizer.lane import Wanted, prepare
from fairlead.normalizer.transformers import adjustment_of
from fairlead.shared.codec import peek
from fairlead.shared.config.schema import TransformerUse
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import BETWEEN_SERVICES, PLAIN
from fairlead.shared.provenance import seal
from fairlead.shared.surfaces import SURFACES

ANTHROPIC, OPENAI = DIALECTS["anthropic"], DIALECTS["openai"]
MESSAGES_SURFACE = next(one for one in SURFACES if one.dialect == "anthropic")
CHAT_SURFACE = next(one for one in SURFACES if one.dialect == "openai")
CHAT = b'{ "model" : "gpt" ,"messages":[{"role":"user","content":"h\\u00e9"}], "x_unknown": 1.50e1 }'
MESSAGES = b'{"model":"claude","max_tokens":5, "messages":[{"role":"user","content":"hi"}],"new_field":{"a":1.0}}'


def chat(body: bytes, *, own_words: bool = True) -> Wanted:
    return Wanted(OPENAI, CHAT_SURFACE, peek(body), body, own_words)


def messages(body: bytes) -> Wanted:
    return Wanted(ANTHROPIC, MESSAGES_SURFACE, peek(body), body, own_words=True)


def said(**fields: Any) -> bytes:
    return json.dumps({"model": "gpt", "messages": [{"role": "user", "content": "hi"}], **fields}).encode()


@pytest.mark.parametrize(
    ("wanted", "upstream", "model"), [(chat(CHAT), OPENAI, "gpt"), (messages(MESSAGES), ANTHROPIC, "claude")]
)
def test_a_body_in_the_providers_dialect_is_the_very_same_bytes(wanted: Wanted, upstream: Any, model: str) -> None:
    prepared = prepare(wanted, upstream, PLAIN, model)
    assert prepared.body is wanted.body
    assert prepared.losses == ()


def test_only_the_models_value_is_exchanged_and_every_other_byte_stays() -> None:
    prepared = prepare(messages(MESSAGES), ANTHROPIC, PLAIN, "claude-9")
    assert prepared.body == MESSAGES.replace(b'"claude"', b'"claude-9"')


def test_a_patched_body_keeps_every_byte_that_is_not_patched() -> None:
    adjustment = adjustment_of([TransformerUse("customparams", {"top_k": 3})])
    prepared = prepare(messages(MESSAGES), ANTHROPIC, PLAIN, "claude-9", adjustment)
    assert prepared.body == MESSAGES.replace(b'"claude"', b'"claude-9"')[:-1] + b',"top_k":3}'


@pytest.mark.parametrize(("stream", "expected"), [(b"true", True), (b"false", False), (b"null", False)])
def test_whether_to_stream_is_read_from_the_body(stream: bytes, expected: bool) -> None:
    body = b'{"model":"gpt","stream":' + stream + b',"messages":[]}'
    assert prepare(chat(body), OPENAI, PLAIN, "gpt").stream is expected


def test_a_stream_switch_of_a_wrong_type_is_refused_by_name() -> None:
    with pytest.raises(FailureError) as refused:
        prepare(chat(b'{"model":"gpt","stream":"yes","messages":[]}'), OPENAI, PLAIN, "gpt")
    assert refused.value.failure.param == "stream"


@pytest.mark.parametrize(
    ("body", "param"), [(b'{"messages":[]}', "model"), (b'{"model":7}', "model"), (b'{"model":null}', "model")]
)
def test_a_body_without_a_model_is_refused(body: bytes, param: str) -> None:
    with pytest.raises(FailureError) as refused:
        _ = chat(body).model
    assert refused.value.failure.kind is Kind.BAD_REQUEST
    assert refused.value.failure.param == param


def test_fields_of_ours_do_not_reach_a_provider_that_does_not_know_them() -> None:
    part = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}
    body = said(messages=[{"role": "user", "content": [part]}], temperature=0.5)
    sent = json.loads(prepare(chat(body), OPENAI, PLAIN, "gpt").body)
    assert sent == {"model": "gpt", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}


def test_a_provider_that_knows_our_fields_gets_them_as_they_are() -> None:
    body = said(messages=[{"role": "tool", "tool_call_id": "a", "content": "no", "is_error": True}])
    assert prepare(chat(body), OPENAI, BETWEEN_SERVICES, "gpt").body is body


def test_the_name_of_a_field_inside_a_text_is_only_text() -> None:
    body = said(messages=[{"role": "user", "content": 'what does "cache_control" mean, and "is_error"?'}])
    assert prepare(chat(body), OPENAI, PLAIN, "gpt").body is body


def test_what_our_router_wrote_is_cut_down_to_what_the_provider_knows() -> None:
    body = said(messages=[{"role": "user", "content": [{"type": "text", "text": "hi"}]}], thinking={"type": "adaptive"})
    assert prepare(chat(body), OPENAI, PLAIN, "gpt").body is body
    written = prepare(chat(body, own_words=False), OPENAI, PLAIN, "gpt")
    assert json.loads(written.body) == {"model": "gpt", "messages": [{"role": "user", "content": "hi"}]}
    assert [loss.what for loss in written.losses] == ["thinking"]


def test_what_our_router_passes_through_stays_as_it_is() -> None:
    """It writes nothing itself but chat completions, and says so when even those are its client's."""
    passed = Wanted(ANTHROPIC, MESSAGES_SURFACE, peek(MESSAGES), MESSAGES, own_words=False)
    assert prepare(passed, ANTHROPIC, PLAIN, "claude").body is MESSAGES


@pytest.mark.parametrize("asks", [True, False])
def test_a_stream_that_passes_through_reports_usage_only_if_the_client_asked(asks: bool) -> None:
    options = {"stream_options": {"include_usage": True}} if asks else {}
    sent = json.loads(prepare(chat(said(stream=True, **options), own_words=False), OPENAI, PLAIN, "gpt").body)
    assert ("stream_options" in sent) is asks


def test_usage_is_asked_of_a_provider_of_another_dialect_and_kept_from_the_client() -> None:
    prepared = prepare(chat(said(stream=True)), ANTHROPIC, PLAIN, "claude")
    assert prepared.usage is False
    assert prepared.stream is True


def test_a_request_is_translated_for_a_provider_of_another_dialect_under_its_own_model_name() -> None:
    prepared = prepare(chat(said(seed=3)), ANTHROPIC, PLAIN, "claude-9")
    sent = json.loads(prepared.body)
    assert sent["model"] == "claude-9"
    assert sent["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi"}]}] or sent["messages"] == [
        {"role": "user", "content": "hi"}
    ]
    assert [loss.what for loss in prepared.losses] == ["seed"]


def test_a_request_that_cannot_be_translated_says_where_it_is_wrong() -> None:
    with pytest.raises(FailureError) as refused:
        prepare(chat(said(messages=[{"role": "user", "content": 7}])), ANTHROPIC, PLAIN, "claude")
    assert refused.value.failure.kind is Kind.BAD_REQUEST
    assert "messages[0]" in refused.value.failure.message


def test_the_same_request_gives_the_same_bytes() -> None:
    bodies = {prepare(messages(MESSAGES), OPENAI, PLAIN, "gpt").body for _ in range(3)}
    assert len(bodies) == 1


def test_reasoning_that_another_has_signed_is_left_out_and_counted() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": seal("kimi", "s")}
    said_before = [{"role": "assistant", "content": [thought, {"type": "text", "text": "a"}]}]
    wanted = messages(said(messages=[*said_before, {"role": "user", "content": "b"}]))
    for maker, read, losses in ((None, [], ["thinking"]), ("kimi", [{**thought, "signature": "s"}], [])):
        prepared = prepare(wanted, ANTHROPIC, PLAIN, "m", maker=maker)
        assert json.loads(prepared.body)["messages"][0]["content"] == [*read, {"type": "text", "text": "a"}]
        assert [loss.what for loss in prepared.losses] == losses


def test_another_dialects_reasoning_never_reaches_a_provider_of_responses() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal("anthropic", "s")}
    body = json.dumps({"model": "gpt", "input": [item, {"role": "user", "content": "b"}]}).encode()
    surface = next(one for one in SURFACES if one.dialect == "openai-responses")
    wanted = Wanted(DIALECTS["openai-responses"], surface, peek(body), body, own_words=True)
    assert b"fairlead1." not in prepare(wanted, DIALECTS["openai-responses"], PLAIN, "gpt").body
