"""Whatever conversation there may be, it comes back as it went; whatever bytes, they are read or refused."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from fairlead.shared.codec import peek
from fairlead.shared.conversation import (
    Base64Source,
    CacheHint,
    Citation,
    Document,
    Extras,
    FileSource,
    Image,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
    UrlSource,
)
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES
from fairlead.shared.failure import FailureError, Kind

from .responses_shapes import NAME, REASONING, own

# Whatever may come ------------------------------------------------------------------------------

WORDS = st.text(min_size=1)
RAW = st.sampled_from([b'{"a":1}', b"[1, 2.0]", b'"x"']).map(Raw)
LATER = st.none() | st.dictionaries(st.sampled_from(["mood", "later"]), RAW, min_size=1).map(
    lambda fields: Extras(NAME, fields)
)
MARKED = st.none() | RAW.map(lambda raw: Extras(NAME, {"prompt_cache_breakpoint": raw}))
SOURCE = st.sampled_from(
    [Base64Source("image/png", "AAAA"), UrlSource("https://e.example/x"), FileSource("file-1", "openai")]
)
PART = (
    st.builds(lambda text, extras: Text(text, CacheHint() if extras else None, extras), WORDS, MARKED)
    | st.builds(Image, SOURCE, st.sampled_from(["low", "high", "auto"]))
    | st.builds(Document, SOURCE.filter(lambda source: not isinstance(source, FileSource)), WORDS)
    | st.builds(lambda text: Unknown(NAME, Raw(json.dumps({"type": "input_new", "x": text}).encode())), st.text())
)
CITATION = st.builds(
    lambda url, title, start: Citation(
        url,
        title,
        None,
        start,
        start + 1,
        Unknown(
            NAME,
            Raw(
                json.dumps(
                    {"type": "url_citation", "url": url, "title": title, "start_index": start, "end_index": start + 1}
                ).encode()
            ),
        ),
    ),
    WORDS,
    WORDS,
    st.integers(0, 9),
)
PHASE = st.none() | st.sampled_from(["commentary", "final_answer"]).map(lambda phase: own(phase=phase))
ANSWER = st.builds(
    lambda text, phase, citations: Text(text, None, phase, tuple(citations)),
    WORDS,
    PHASE,
    st.lists(CITATION, max_size=2),
) | st.builds(lambda text: Text(text, refusal=True), WORDS)


@st.composite
def thinking(draw: st.DrawFn) -> Thinking:
    parts = draw(st.lists(st.text(min_size=1, max_size=5), max_size=3))
    carried: dict[str, Any] = {
        "id": "rs_" + draw(st.text("ab", max_size=3)),
        "encrypted_content": draw(st.text("gA", min_size=1)),
    }
    lengths = tuple(map(len, parts)) if len(parts) > 1 else ()
    if lengths:
        carried["parts"] = lengths
    return Thinking("\n\n".join(parts), json.dumps(carried, separators=(",", ":")), NAME, parts=lengths)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Turn, ...]:
    """A question, an answer with calls of all kinds, and a turn that answers the calls in another order."""
    asked = Turn("user", tuple(draw(st.lists(PART, min_size=1, max_size=3))), extras=draw(LATER))
    ids = draw(st.lists(st.integers(0, 9**9), max_size=3, unique=True))
    calls = [
        ToolCall(
            f"call_{id}", "f", draw(WORDS), None, draw(LATER), draw(st.booleans()), draw(st.sampled_from([None, "n"]))
        )
        for id in ids
    ]
    spoken = draw(st.lists(ANSWER | thinking(), min_size=0 if calls else 1, max_size=4))
    answered = Turn("assistant", tuple(draw(st.permutations([*spoken, *calls]))))
    results = [ToolResult(call.id, tuple(draw(st.lists(PART, max_size=2)))) for call in draw(st.permutations(calls))]
    return (asked, answered, Turn("user", tuple(results))) if results else (asked, answered)


@given(st.lists(rounds(), min_size=1, max_size=3), st.lists(WORDS.map(Text), max_size=2))
def test_any_conversation_comes_back_as_it_went(conversation: list[tuple[Turn, ...]], instructions: list[Text]) -> None:
    turns: list[Turn] = []
    used: set[str] = set()
    for several in conversation:
        ids = {block.id for turn in several for block in turn.content if isinstance(block, ToolCall)}
        if not ids & used:
            turns += several
        used |= ids
    request = Request("m", tuple(turns), tuple(instructions))
    encoded = OPENAI_RESPONSES.encode_request(request, REASONING)
    assert encoded.losses == ()
    back = OPENAI_RESPONSES.decode_request(peek(encoded.body))
    assert back.turns == request.turns
    assert back.instructions == request.instructions
    assert OPENAI_RESPONSES.encode_request(back, REASONING).body == encoded.body


@given(st.binary())
def test_any_bytes_are_a_request_or_a_clear_refusal(body: bytes) -> None:
    for text in (body, b'{"model":"m","input":' + body + b"}"):
        assert isinstance(_outcome(text), Request) or _outcome(text) is Kind.BAD_REQUEST


def _outcome(body: bytes) -> Request | Kind:
    try:
        return OPENAI_RESPONSES.decode_request(peek(body))
    except FailureError as error:
        return error.failure.kind
