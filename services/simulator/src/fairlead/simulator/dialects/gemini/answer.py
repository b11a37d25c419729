"""Renders a reply as the Gemini API does: one response, or the chunks of its stream.

The signature of what was thought stands on the first call, or else on the last text. Quirks known here: `no-ids`,
`blocked`.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ...faults import Event, Part
from ...script import RedactedThinking, Reply, Step, Stop, Text, Thinking, ToolCall, pieces, tokens
from . import grounding
from .shape import generation
from .signatures import signature

_FINISHES = {
    Stop.END: "STOP",
    Stop.TOOL: "STOP",
    Stop.LENGTH: "MAX_TOKENS",
    Stop.STOP_SEQUENCE: "STOP",
    Stop.REFUSAL: "SAFETY",
}
_PIECE = 64
"""Characters of thinking in one chunk."""
_ALWAYS_SIGNED_SINCE = (3, 0)
"""The generation from which calls are signed whether or not there was much thought."""

Json = dict[str, Any]


def response(reply: Reply) -> bytes:
    """The whole response."""
    if "blocked" in reply.quirks:
        return msgspec.json.encode(_blocked(reply))
    content: Json = {"role": "model"}
    if parts := _parts(reply):
        content["parts"] = [part for part, _ in parts]
    return msgspec.json.encode(_chunk(reply, {"content": content, **_ending(reply)}, reply.usage.output))


def events(reply: Reply) -> list[Event]:
    """The stream as server-sent events; the chunk with the finish reason counts as its end."""
    if "blocked" in reply.quirks:
        return [_framed(Part.END, _blocked(reply))]
    parts = _parts(reply)
    trailing = parts.pop()[0] if parts and parts[-1][0].get("text") == "" else None
    made = []
    said = 0
    for part, size in parts:
        for piece in _cut(part, size):
            said += len(msgspec.json.encode(piece))
            content = {"role": "model", "parts": [piece]}
            made.append(
                _framed(Part.CONTENT, _chunk(reply, {"content": content}, min(reply.usage.output, tokens(said))))
            )
    last = {"content": {"role": "model", "parts": [trailing]}} if trailing else {}
    return [*made, _framed(Part.DONE, _chunk(reply, {**last, **_ending(reply)}, reply.usage.output))]


def _framed(part: Part, body: Json) -> Event:
    """One line, for the official Python client, too: it cuts lines where `str.splitlines` does."""
    data = msgspec.json.encode(body).decode()
    for end in "\x85\u2028\u2029":
        data = data.replace(end, f"\\u{ord(end):04x}")
    return Event(part, f"data: {data}\n\n".encode())


def error_event(body: Json) -> Event:
    return _framed(Part.ERROR, body)


def _chunk(reply: Reply, candidate: Json, output: int) -> Json:
    return {
        "candidates": [candidate],
        "usageMetadata": _usage(reply, output),
        "modelVersion": reply.model,
        "responseId": reply.digest[:24],
    }


def _blocked(reply: Reply) -> Json:
    return {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": _usage(reply, 0),
        "modelVersion": reply.model,
        "responseId": reply.digest[:24],
    }


def _usage(reply: Reply, output: int) -> Json:
    """Figures that are 0 are left out. `output` tokens have been told so far, thoughts first."""
    usage = reply.usage
    thoughts = min(output, usage.thinking)
    figures = {
        "promptTokenCount": usage.prompt,
        "cachedContentTokenCount": usage.cache_read,
        "candidatesTokenCount": output - thoughts,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": usage.prompt + output,
    }
    details = [{"modality": "TEXT", "tokenCount": usage.prompt}]
    return {**{name: figure for name, figure in figures.items() if figure}, "promptTokensDetails": details}


def _ending(reply: Reply) -> Json:
    ending: Json = {"finishReason": _FINISHES[reply.script.stop]}
    broken = [step for step in reply.script.steps if isinstance(step, ToolCall) and _args(step) is None]
    if broken:
        call = broken[0]
        ending["finishReason"] = "MALFORMED_FUNCTION_CALL"
        ending["finishMessage"] = f"Malformed function call: call:default_api:{call.name}{call.arguments}"
    if reply.script.stop is Stop.REFUSAL:
        rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
        ending["safetyRatings"] = [rating]
    if found := grounding.metadata(reply.script.steps):
        ending["groundingMetadata"] = found
    return ending


def _parts(reply: Reply) -> list[tuple[Json, int]]:
    """The parts of the whole response, and how many characters of text each chunk has.

    A part that is only a signature is the last, with an empty text.
    """
    steps = reply.script.steps
    thought = any(isinstance(step, Thinking | RedactedThinking) for step in steps)
    parts = [part for at, step in enumerate(steps) for part in _part(reply, at, step)]
    calls = [part for part, _ in parts if "functionCall" in part]
    texts = [part for part, _ in parts if "text" in part and "thought" not in part]
    if calls and (thought or generation(reply.model) >= _ALWAYS_SIGNED_SINCE):
        calls[0]["thoughtSignature"] = signature(calls[0]["functionCall"]["name"], reply.digest)
    elif thought and not calls:
        if not texts:
            texts = [{"text": ""}]
            parts.append((texts[0], _PIECE))
        texts[-1]["thoughtSignature"] = signature("", reply.digest)
    return parts


def _part(reply: Reply, at: int, step: Step) -> Iterator[tuple[Json, int]]:
    match step:
        case Text(text=text, piece=size) if text:
            yield {"text": text}, size
        case Thinking(text=text) if text and reply.shows_thinking:
            yield {"text": text, "thought": True}, _PIECE
        case ToolCall() as call if (args := _args(call)) is not None:
            minted = hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest()[:8]
            named: Json = {} if "no-ids" in reply.quirks else {"id": minted if call.id is None else call.id}
            yield {"functionCall": {**named, "name": call.name, **({"args": args} if args else {})}}, 0


def _args(call: ToolCall) -> Json | None:
    """The arguments as the object they have to be; None when the model wrote none."""
    try:
        return msgspec.json.decode(call.arguments, type=Json)
    except msgspec.DecodeError:
        return None


def _cut(part: Json, size: int) -> Iterator[Json]:
    """A part as it is streamed: text in pieces, its signature on an empty one behind them, anything else whole."""
    text = part.get("text")
    if text is None:
        yield part
        return
    plain = {name: value for name, value in part.items() if name != "thoughtSignature"}
    yield from ({**plain, "text": piece} for piece in pieces(text, size))
    if "thoughtSignature" in part:
        yield {**part, "text": ""}
