"""Words put before a system prompt: first, once, in the form the prompt has, and without touching anything else."""

import json

import pytest

from fairlead.normalizer.lane import Wanted, prepare
from fairlead.normalizer.preamble import preamble
from fairlead.shared.codec import peek
from fairlead.shared.dialects import DIALECTS, WITHOUT_CLIENTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import PLAIN
from fairlead.shared.splicing import splice
from fairlead.shared.surfaces import SURFACES, Operation

WORDS = "You are Droid.\n\n"
SURFACE = {one.dialect: one for one in SURFACES if one.operation is Operation.ANSWER}


def begun(dialect: str, body: bytes, words: str = WORDS) -> bytes:
    fields = peek(body)
    changed = preamble(words, dialect).fields(fields)
    return splice(body, fields, {name: raw for name, raw in changed.items() if raw != fields.get(name)})


SENT_AND_ARRIVING = [
    ("anthropic", b'{"a":1.0}', b'{"a":1.0,"system":"You are Droid.\\n\\n"}'),
    ("anthropic", b'{"system":null}', b'{"system":"You are Droid.\\n\\n"}'),
    ("anthropic", b'{"system":"h\\u00e9"}', b'{"system":"You are Droid.\\n\\nh\\u00e9"}'),
    ("anthropic", b'{"system":[]}', b'{"system":[{"type":"text","text":"You are Droid.\\n\\n"}]}'),
    (
        "anthropic",
        b'{"system": [ {"text":"a", "type":"text","cache_control":{"type":"ephemeral"} } ],"x":1e0}',
        b'{"system": [{"type":"text","text":"You are Droid.\\n\\n"}, {"text":"a", "type":"text","cache_control":{"type":"ephemeral"} } ],"x":1e0}',
    ),
    (
        "openai",
        b'{"messages":[ {"role":"user","content":"hi"}]}',
        b'{"messages":[{"role":"system","content":"You are Droid.\\n\\n"}, {"role":"user","content":"hi"}]}',
    ),
    ("openai", b'{"messages":[]}', b'{"messages":[{"role":"system","content":"You are Droid.\\n\\n"}]}'),
    (
        "openai",
        b'{"messages":[ {"role":"developer", "content" : "a"} , {"role":"user","content":"hi"}]}',
        b'{"messages":[ {"role":"developer", "content" : "You are Droid.\\n\\na"} , {"role":"user","content":"hi"}]}',
    ),
    (
        "openai",
        b'{"messages":[{"role":"system","content":[{"type":"text","text":"a","z":1}]}]}',
        b'{"messages":[{"role":"system","content":[{"type":"text","text":"You are Droid.\\n\\n"},{"type":"text","text":"a","z":1}]}]}',
    ),
    (
        "openai",
        b'{"messages":[{"role":"user","content":"hi"},{"role":"system","content":"a"}]}',
        b'{"messages":[{"role":"system","content":"You are Droid.\\n\\n"},{"role":"user","content":"hi"},{"role":"system","content":"a"}]}',
    ),
    ("openai-responses", b'{"input":"hi"}', b'{"input":"hi","instructions":"You are Droid.\\n\\n"}'),
    ("openai-responses", b'{"instructions":"a"}', b'{"instructions":"You are Droid.\\n\\na"}'),
    ("gemini", b"{}", b'{"systemInstruction":{"parts":[{"text":"You are Droid.\\n\\n"}]}}'),
    (
        "gemini",
        b'{"system_instruction":{"role":"user", "parts":[{"text":"a"}]}}',
        b'{"system_instruction":{"role":"user", "parts":[{"text":"You are Droid.\\n\\n"},{"text":"a"}]}}',
    ),
    (
        "gemini",
        b'{"systemInstruction":"a"}',
        b'{"systemInstruction":{"parts":[{"text":"You are Droid.\\n\\n"},{"text":"a"}]}}',
    ),
]


@pytest.mark.parametrize(("dialect", "sent", "arriving"), SENT_AND_ARRIVING)
def test_the_words_come_first_and_every_other_byte_stays(dialect: str, sent: bytes, arriving: bytes) -> None:
    assert begun(dialect, sent) == arriving


@pytest.mark.parametrize(("dialect", "sent", "arriving"), SENT_AND_ARRIVING)
def test_what_has_the_words_already_stays_as_it_is(dialect: str, sent: bytes, arriving: bytes) -> None:
    assert begun(dialect, arriving) == arriving


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("anthropic", b'{"system":"Hello.\\nYou are Droid."}'),
        ("anthropic", b'{"system":[{"type":"text","text":"first"},{"type":"text","text":"You are Droid. And more"}]}'),
        (
            "openai",
            b'{"messages":[{"role":"system","content":"a"},{"role":"developer","content":"You are Droid.\\nb"}]}',
        ),
        (
            "openai-responses",
            b'{"input":[{"role":"developer","content":[{"type":"input_text","text":"You are Droid."}]}]}',
        ),
    ],
)
def test_the_words_are_not_said_twice_wherever_in_the_prompt_they_are(dialect: str, body: bytes) -> None:
    assert begun(dialect, body) == body


@pytest.mark.parametrize("told", ["You are Droid.ia", "I said: You are Droid."])
def test_words_that_are_part_of_others_are_not_these(told: str) -> None:
    assert json.loads(begun("anthropic", json.dumps({"system": told}).encode()))["system"] == WORDS + told


def test_words_in_what_the_user_says_are_no_prompt() -> None:
    body = b'{"messages":[{"role":"user","content":"You are Droid."}]}'
    assert json.loads(begun("openai", body))["messages"][0] == {"role": "system", "content": WORDS}


def test_words_without_space_behind_them_are_kept_apart_from_a_text() -> None:
    assert json.loads(begun("anthropic", b'{"system":"b"}', "a")) == {"system": "a\n\nb"}


@pytest.mark.parametrize("nothing", ["", "\n"])
def test_no_words_change_nothing(nothing: str) -> None:
    assert preamble(nothing, "anthropic").patches == ()


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("anthropic", b'{"system":7}'),
        ("openai", b'{"messages":{}}'),
        ("openai", b'{"messages":[{"role":"system","content":7}]}'),
        ("openai-responses", b'{"instructions":7}'),
        ("gemini", b'{"systemInstruction":[7]}'),
    ],
)
def test_a_prompt_of_a_wrong_type_is_refused(dialect: str, body: bytes) -> None:
    with pytest.raises(FailureError) as refused:
        begun(dialect, body)
    assert refused.value.failure.kind is Kind.BAD_REQUEST


BODIES = {
    "anthropic": b'{"model":"m","max_tokens":5,"system":"mine","messages":[{"role":"user","content":"hi"}]}',
    "openai": b'{"model":"m","messages":[{"role":"system","content":"mine"},{"role":"user","content":"hi"}]}',
    "openai-responses": b'{"model":"m","instructions":"mine","input":"hi"}',
    "gemini": b'{"systemInstruction":{"parts":[{"text":"mine"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}',
}


@pytest.mark.parametrize("upstream", [*DIALECTS, *WITHOUT_CLIENTS])
@pytest.mark.parametrize("client", DIALECTS)
def test_whatever_is_asked_by_whomever_begins_with_the_words(client: str, upstream: str) -> None:
    surface, body = SURFACE[client], BODIES[client]
    fields = surface.fields({"model": "m", "action": "generateContent"}, peek(body))
    wanted = Wanted(DIALECTS[client], surface, fields, body, own_words=True)
    prepared = prepare(wanted, {**DIALECTS, **WITHOUT_CLIENTS}[upstream], PLAIN, "m", preamble(WORDS, upstream))
    told = prepared.body.decode()
    assert told.count("You are Droid.") == 1
    assert told.index("You are Droid.") < told.index("mine")
