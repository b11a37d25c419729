"""Refuses a conversation whose calls and responses do not fit each other, or whose calls lack their signatures."""

from collections.abc import Iterator

from . import signatures
from .shape import Asked, Content, FunctionCall, FunctionResponse

_ENSURE = "Please ensure that"
_SIGNED_SINCE = (3, 0)
"""The generation from which calls of the current turn must be signed."""


def order(asked: Asked) -> Iterator[str]:
    """Calls come right after the user or responses; the next content answers each of them, in one go."""
    before: Content | None = None
    for content in asked.generate.contents:
        called = before.calls if before is not None else []
        if content.calls and (before is None or before.role == "model"):
            yield f"{_ENSURE} function call turn comes immediately after a user turn or after a function response turn."
        if content.responses and not called:
            yield f"{_ENSURE} function response turn comes immediately after a function call turn."
        elif len(content.responses) != len(called):
            yield _unequal()
        else:
            yield from _names(called, content.responses)
        before = content
    if before is not None and before.calls:
        yield _unequal()


def _unequal() -> str:
    return (
        f"{_ENSURE} the number of function response parts is equal to the number of function call parts of the "
        "function call turn."
    )


def _names(calls: list[FunctionCall], responses: list[FunctionResponse]) -> Iterator[str]:
    """A response belongs to the call with its id, or else to the call at its place."""
    by_id = {call.id: call for call in calls if call.id is not None}
    for call, response in zip(calls, responses, strict=True):
        answered = call
        if response.id is not None and by_id:
            if response.id not in by_id:
                yield f"{_ENSURE} the id of each function response is the id of a function call: {response.id}"
            answered = by_id.get(response.id, call)
        if response.name != answered.name:
            yield (
                f"{_ENSURE} the name of each function response is the name of its function call: {response.name} "
                f"answers {answered.name}"
            )


def signed(asked: Asked) -> Iterator[str]:
    """The first call of each step of the current turn carries its signature, and no signature is of another maker."""
    contents = asked.generate.contents
    start = max((at + 1 for at, content in enumerate(contents) if _asks(content)), default=0)
    for at, content in enumerate(contents[start:], start):
        first = True
        for place, part in enumerate(content.parts):
            call = part.function_call
            if part.thought_signature:
                yield from _genuine(f"contents[{at}].parts[{place}]", part.thought_signature, call)
            elif call is not None and first and asked.generation >= _SIGNED_SINCE:
                yield (
                    "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
                    "work correctly, and missing thought_signature may lead to degraded model performance. Additional "
                    f"data, function call `default_api:{call.name}` , position {at + 1}. Please refer to "
                    "https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
                )
            first = first and call is None


def _asks(content: Content) -> bool:
    """Whether a user content begins a new turn: there is more in it than responses."""
    return content.role != "model" and any(part.function_response is None for part in content.parts)


def _genuine(path: str, text: str, call: FunctionCall | None) -> Iterator[str]:
    data = signatures.decoded(text)
    if data is None:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        yield f"Invalid value at '{path}.thought_signature' (TYPE_BYTES), Base64 decoding failed for \"{shown}\""
    elif not (signatures.is_known(data) if call is None else signatures.is_for(data, call.name)):
        yield "Corrupted thought signature."
