"""Why a model stopped and what was counted, in whole answers and in streams.

Source: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import Extras, Finish, FinishReason, Usage
from fairlead.shared.counts import count
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.fields import camel
from fairlead.shared.loss import Losses
from fairlead.shared.wire import gemini as wire


def fields_of(raw: Raw | bytes) -> dict[str, Raw]:
    """An object's fields in camelCase; those that are null are absent. Raises msgspec's `DecodeError`."""
    fields = msgspec.json.decode(raw, type=dict[str, Raw])
    return {camel(name): value for name, value in fields.items() if bytes(value) != b"null"}


_REFUSED = (
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MODEL_ARMOR",
    "ESCALATION",
    "JAILBREAK",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
)
_REASONS: Mapping[str, FinishReason] = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "CONTINUATION": FinishReason.LENGTH,
    **dict.fromkeys(_REFUSED, FinishReason.REFUSAL),
}
_BROKEN: Mapping[str, Kind] = {
    "MALFORMED_FUNCTION_CALL": Kind.MALFORMED,
    "MALFORMED_RESPONSE": Kind.MALFORMED,
    "UNEXPECTED_TOOL_CALL": Kind.MALFORMED,
    "TOO_MANY_TOOL_CALLS": Kind.MALFORMED,
    "MISSING_THOUGHT_SIGNATURE": Kind.BAD_REQUEST,
}
_WORDS: Mapping[FinishReason, str] = {
    FinishReason.STOP: "STOP",
    FinishReason.STOP_SEQUENCE: "STOP",
    FinishReason.LENGTH: "MAX_TOKENS",
    FinishReason.CONTEXT_WINDOW: "MAX_TOKENS",
    FinishReason.TOOL_CALLS: "STOP",
    FinishReason.REFUSAL: "SAFETY",
    FinishReason.PAUSE: "STOP",
    FinishReason.OTHER: "OTHER",
}
FINISHES = frozenset(_WORDS) - {FinishReason.PAUSE, FinishReason.OTHER}
"""Reasons to stop that have a word, if only one that means about the same."""


def read_finish(word: str, message: str | None, *, called: bool, told: bool, more: Mapping[str, Raw]) -> Finish:
    """A finish reason; a natural end after calls (`called`) asks to run them.

    Raises FailureError for one that says the answer is unusable, or that stopped before anything was `told`.
    """
    broken = _BROKEN.get(word)
    reason = _REASONS.get(word, FinishReason.OTHER)
    if broken is not None or (reason is FinishReason.OTHER and not told):
        said = f": {message}" if message else ""
        raise FailureError(Failure(broken or Kind.UPSTREAM, f"the model stopped with {word}{said}", code=word))
    if called and reason is FinishReason.STOP:
        reason = FinishReason.TOOL_CALLS
    kept = dict(more)
    if _WORDS[reason] != word:
        kept["finishReason"] = Raw(encode(word))
    if message:
        kept["finishMessage"] = Raw(encode(message))
    return Finish(reason, None, word if reason is FinishReason.OTHER else None, Extras(NAME, kept) if kept else None)


_CUT = (FinishReason.LENGTH, FinishReason.CONTEXT_WINDOW)


def write_finish(finish: Finish, broken: str | None = None) -> dict[str, Any]:
    """The entries of a candidate that tell how it ended. `broken`: what is wrong with a call that is left out, which is
    why it ended, unless the limit cut that call short."""
    if broken is not None:
        word = _WORDS[finish.reason] if finish.reason in _CUT else "MALFORMED_FUNCTION_CALL"
        return {"finishReason": word, "finishMessage": broken}
    own = finish.extras.fields if finish.extras is not None and finish.extras.dialect == NAME else {}
    declined = (
        {} if own or finish.reason is not FinishReason.REFUSAL else {"finishMessage": "The model declined to answer."}
    )
    return {"finishReason": _WORDS[finish.reason], **declined, **own}


_COUNTED = frozenset(
    {
        "promptTokenCount",
        "cachedContentTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "totalTokenCount",
    }
)


_TOOLS = "toolUsePromptTokenCount"
"""Part of the input in the neutral form, and beside it here: kept, so that the two can be told apart again."""


def read_usage(raw: Raw) -> Usage:
    """Token counts; the prompt includes what was read from the cache, and what tools brought in is input as well.

    Some models count thoughts among the candidates' tokens: the total gives them away.
    """
    counts = msgspec.json.decode(raw, type=wire.Usage)
    prompt, cached = count(counts.prompt_token_count), count(counts.cached_content_token_count)
    tools, thoughts = count(counts.tool_use_prompt_token_count), count(counts.thoughts_token_count)
    answer = count(counts.candidates_token_count)
    inside = thoughts and answer >= thoughts and count(counts.total_token_count) == prompt + tools + answer
    tier = counts.service_tier if isinstance(counts.service_tier, str) and counts.service_tier in _TIERS else None
    known = _COUNTED if tier is None else _COUNTED | {_TIER}
    more = {key: value for key, value in fields_of(raw).items() if key not in known}
    return Usage(
        max(0, prompt - cached) + tools,
        min(cached, prompt),
        0,
        answer if inside else answer + thoughts,
        thoughts,
        Extras(NAME, more) if more else None,
        tier,
    )


_TIER = "serviceTier"
_TIERS = frozenset({"standard", "flex", "priority"})


def note_usage(usage: Usage, losses: Losses) -> None:
    """What of it is not written."""
    losses.extras(usage.extras, "usageMetadata")
    if usage.tier is not None and usage.tier not in _TIERS:
        losses.add("service tier", "usageMetadata")


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures; those beside the prompt, the answer and the total only where there is something to count."""
    own = usage.extras.fields if usage.extras is not None and usage.extras.dialect == NAME else {}
    tools = count(msgspec.json.decode(own.get(_TOOLS, b"0")))
    some = {"cachedContentTokenCount": usage.cache_read, "thoughtsTokenCount": usage.reasoning, _TOOLS: tools}
    return {
        "promptTokenCount": max(0, usage.prompt - tools),
        "candidatesTokenCount": max(0, usage.output - usage.reasoning),
        "totalTokenCount": usage.prompt + usage.output,
        **{name: figure for name, figure in some.items() if figure},
        **({_TIER: usage.tier} if usage.tier in _TIERS else {}),
        **{name: raw for name, raw in own.items() if name != _TOOLS},
    }


def is_blocked(feedback: Raw) -> bool:
    """Whether a `promptFeedback` says that the prompt was refused."""
    try:
        return msgspec.json.decode(feedback, type=wire.PromptFeedback).block_reason is not None
    except msgspec.ValidationError:
        return False
