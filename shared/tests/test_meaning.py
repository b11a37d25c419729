"""Every meaning a request can have stands in the words of every dialect that has some, or is named as lost or refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from fairlead.shared.codec import peek
from fairlead.shared.conversation import Request
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.profile import BETWEEN_SERVICES, Profile, efforts

from .meanings import MEANINGS, A, C, G, Lost, Meaning, R, Refused
from .meanings_of_content import CONTENT
from .meanings_of_settings import SETTINGS

BASES: dict[str, dict[str, Any]] = {
    A: {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "x"}]},
    C: {"model": "m", "messages": [{"role": "user", "content": "x"}]},
    R: {"model": "m", "input": "x", "store": False},
    G: {"model": "m", "contents": [{"role": "user", "parts": [{"text": "x"}]}]},
}
MODELS = {A: "claude-x", C: "gpt-x", R: "gpt-x", G: "gemini-3.8-flash"}
ABLE = Profile(
    reasoning=("reasoning_effort",),
    cache_hints=True,
    system_role="developer",
    efforts=efforts("none", "low", "medium", "high"),
    takes=frozenset({"verbosity", "metadata"}),
)
"""A provider that understands all its dialect has."""
CELLS = [
    (meaning, source, target)
    for meaning in [*MEANINGS, *SETTINGS, *CONTENT]
    for source in meaning.words
    for target in DIALECTS
]


def read(meaning: Meaning, source: str) -> Request:
    return DIALECTS[source].decode_request(
        peek(json.dumps({**BASES[source], **meaning.words[source]}, separators=(",", ":")).encode())
    )


def missing(told: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """Where `told` lacks something of `wanted`: fields may be more, elements must come in the same order."""
    match wanted:
        case dict() if isinstance(told, dict):
            for key, value in wanted.items():
                yield from missing(told.get(key), value, f"{path}.{key}")
        case list() if isinstance(told, list):
            rest = list(told)
            for at, value in enumerate(wanted):
                while rest and [*missing(rest[0], value)]:
                    del rest[0]
                if not rest:
                    yield f"{path}[{at}]: no {value} in {told}"
                del rest[:1]
        case _ if told != wanted:
            yield f"{path}: {wanted!r}, not {told!r}"


@pytest.mark.parametrize(("meaning", "source", "target"), CELLS, ids=lambda one: getattr(one, "name", one))
def test_a_meaning_is_told_or_named(meaning: Meaning, source: str, target: str) -> None:
    request = replace(read(meaning, source), model=MODELS[target])
    wanted = meaning.becomes(source, target)
    if isinstance(wanted, Refused):
        with pytest.raises(FailureError, match=f"(?i){wanted.word}") as caught:
            DIALECTS[target].encode_request(request, ABLE)
        assert caught.value.failure.kind is Kind.BAD_REQUEST
        return
    encoded = DIALECTS[target].encode_request(request, ABLE)
    if isinstance(wanted, Lost):
        assert wanted.what in [loss.what for loss in encoded.losses]
    else:
        assert [*missing(json.loads(encoded.body), wanted)] == []


@pytest.mark.parametrize(("meaning", "source", "target"), CELLS, ids=lambda one: getattr(one, "name", one))
def test_between_the_services_nothing_is_lost(meaning: Meaning, source: str, target: str) -> None:
    request = read(meaning, source)
    lane = DIALECTS[C].encode_request(request, BETWEEN_SERVICES)
    assert lane.losses == ()
    assert told(DIALECTS[C].decode_request(peek(lane.body)), target) == told(request, target)


def told(request: Request, target: str) -> Any:
    try:
        encoded = DIALECTS[target].encode_request(replace(request, model=MODELS[target]), ABLE)
    except FailureError as error:
        return error.failure.message
    return json.loads(encoded.body), sorted(loss.what for loss in encoded.losses)


def test_what_came_of_calls_is_not_parted_by_their_pictures() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    asked = [{"id": f"call_{at}", "type": "function", "function": {"name": "f", "arguments": "{}"}} for at in (1, 2)]
    messages: list[Any] = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": asked},
        {"role": "tool", "tool_call_id": "call_1", "content": [picture]},
        {"role": "tool", "tool_call_id": "call_2", "content": "two"},
    ]
    for after in ([], [{"role": "assistant", "content": "seen"}], [{"role": "user", "content": "and?"}]):
        request = DIALECTS[C].decode_request(peek(json.dumps({"model": "m", "messages": [*messages, *after]}).encode()))
        body = json.loads(DIALECTS[C].encode_request(request, ABLE).body)
        roles = [message["role"] for message in body["messages"]]
        last = [one["role"] for one in after if one["role"] == "assistant"]
        assert roles == ["user", "assistant", "tool", "tool", "user", *last]
        assert picture in body["messages"][4]["content"]
