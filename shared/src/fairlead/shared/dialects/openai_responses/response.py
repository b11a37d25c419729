"""Whole answers between the Responses shape and the neutral form."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode, require_utf8
from fairlead.shared.conversation import (
    Block,
    Extras,
    Finish,
    FinishReason,
    Message,
    Text,
    ToolCall,
    Usage,
)
from fairlead.shared.counts import count
from fairlead.shared.dialect import Encoded, ReplyContext
from fairlead.shared.dialects.openai_responses.answers import AnswerWriter
from fairlead.shared.dialects.openai_responses.errors import decode_error, decode_failure
from fairlead.shared.dialects.openai_responses.parts import write_extras
from fairlead.shared.dialects.openai_responses.pictures import read_answered_item
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.dialects.openai_responses.tools import write_tools
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.loss import Losses
from fairlead.shared.wire import openai_responses as wire

# From the wire ----------------------------------------------------------------------------------

_REASONS: Mapping[str, FinishReason] = {
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.REFUSAL,
}


def read_finish(answer: wire.Answer, *, called: bool, refused: bool) -> Finish:
    """Why the model stopped: the status says whether it did so by itself, the items say for what."""
    if answer.status == "incomplete":
        reason = answer.incomplete_details.reason if answer.incomplete_details is not None else None
        known = _REASONS.get(reason or "max_output_tokens", FinishReason.OTHER)
        return Finish(known, None, reason) if known is FinishReason.OTHER else Finish(known)
    if called:
        return Finish(FinishReason.TOOL_CALLS)
    return Finish(FinishReason.REFUSAL if refused else FinishReason.STOP)


def read_usage(told: wire.Usage | None, tier: object) -> Usage:
    """OpenAI counts cache reads and writes inside the input; here they stand beside it."""
    usage = told or wire.Usage()
    given, details = count(usage.input_tokens), usage.input_tokens_details or wire.InputDetails()
    read, written = count(details.cached_tokens), count(details.cache_write_tokens)
    thought = usage.output_tokens_details or wire.OutputDetails()
    reasoning = count(thought.reasoning_tokens)
    served = _STANDARD if tier == _DEFAULT else tier if isinstance(tier, str) else None
    return Usage(max(0, given - read - written), read, written, count(usage.output_tokens), reasoning, tier=served)


_STANDARD, _DEFAULT = "standard", "default"
"""What the tier of those who ask for none is called elsewhere, and here."""
_ELSEWHERE = "batch"
"""A tier that here is an API of its own."""


def write_tier(tier: str | None) -> dict[str, str]:
    """The entry that tells how an answer was served, or nothing where there is no word for it."""
    if tier is None or tier == _ELSEWHERE:
        return {}
    return {"service_tier": _DEFAULT if tier == _STANDARD else tier}


def note_ends(usage: Usage, finish: Finish, losses: Losses) -> None:
    """What of them is not written."""
    losses.extras(usage.extras, "usage")
    if usage.tier == _ELSEWHERE:
        losses.add("service tier", "usage")
    if finish.raw not in _OWN_REASONS:
        losses.finish(finish)


_GIVEN_UP = frozenset({"failed", "cancelled"})
_ENDED = frozenset({None, "completed", "incomplete"})


def failure_of(answer: wire.Answer) -> Failure | None:
    """What an answer says of its own failure; None if it is none."""
    if answer.status in _GIVEN_UP:
        error = answer.error
        return decode_error(error if isinstance(error, Raw) and bytes(error) != b"null" else None)
    if answer.status not in _ENDED:
        return Failure(Kind.MALFORMED, f"the provider's answer is not finished: {answer.status}")
    return None


def decode_response(body: bytes) -> Message:
    """A whole answer. Raises FailureError: MALFORMED, or what it says of its own failure, or what an error body says
    that came with a 2xx."""
    require_utf8(body)
    try:
        fields = msgspec.json.decode(body, type=dict[str, Raw])
        if "output" not in fields and bytes(fields.get("error", b"null")) != b"null":
            raise FailureError(decode_failure(200, body))
        answer = msgspec.json.decode(body, type=wire.Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is no response: {error}")) from error
    failure = failure_of(answer)
    if failure is None and answer.output is None:
        failure = Failure(Kind.MALFORMED, "the provider's answer holds no output")
    if failure is not None:
        raise FailureError(failure)
    content = _read_output(answer.output or ())
    return Message(
        answer.id or "",
        answer.model or "",
        content,
        read_finish(answer, called=any_called(content), refused=any_refused(content)),
        read_usage(answer.usage, answer.service_tier),
        read_beside(fields),
    )


def read_beside(fields: Mapping[str, Raw]) -> Extras | None:
    """What an answer says that only Responses knows."""
    extras = {name: raw for name, raw in fields.items() if name not in _ECHOED and bytes(raw) != b"null"}
    return Extras(NAME, extras) if extras else None


def _read_output(output: Sequence[Raw]) -> tuple[Block, ...]:
    try:
        items = [read_answered_item(raw, f"output[{index}]") for index, raw in enumerate(output)]
    except FailureError as error:
        message = f"the provider's answer cannot be read: {error.failure.message}"
        raise FailureError(Failure(Kind.MALFORMED, message)) from error
    return tuple([block for item in items for block in item.blocks])


def any_called(content: Sequence[Block]) -> bool:
    """Whether the model asks for a tool."""
    return any(isinstance(block, ToolCall) for block in content)


def any_refused(content: Sequence[Block]) -> bool:
    """Whether the model says why it will not answer."""
    return any(isinstance(block, Text) and block.refusal for block in content)


# To the wire ------------------------------------------------------------------------------------


def response_id(id: str, context: ReplyContext) -> str:
    """The provider's id if it has the shape Responses clients know, else one of ours."""
    return id if id.startswith("resp_") else f"resp_{context.id}"


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures, zero where nothing is known."""
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.prompt + usage.output,
    }


_CUT_SHORT: Mapping[FinishReason, str] = {
    FinishReason.LENGTH: "max_output_tokens",
    FinishReason.CONTEXT_WINDOW: "max_output_tokens",
    FinishReason.REFUSAL: "content_filter",
}
_OWN_REASONS = frozenset({"max_messages", "steered"})


def cut_short(finish: Finish, *, refused: bool) -> str | None:
    """Why an answer is incomplete; None if it is whole. A refusal in the model's own words is a whole answer."""
    if finish.reason is FinishReason.REFUSAL and refused:
        return None
    return _CUT_SHORT.get(finish.reason) or (finish.raw if finish.raw in _OWN_REASONS else None)


_ECHOED = frozenset(
    {"id", "object", "created_at", "completed_at", "status", "model", "output", "usage", "error", "incomplete_details"}
    | {"instructions", "metadata", "parallel_tool_calls", "temperature", "top_p", "tool_choice", "tools", "text"}
    | {"background", "max_output_tokens", "max_tool_calls", "previous_response_id", "prompt_cache_key", "reasoning"}
    | {"prompt_cache_retention", "safety_identifier", "service_tier", "store", "top_logprobs", "truncation", "user"}
)
"""Fields of an answer that are read, or that only repeat the request."""


class Snapshot(msgspec.Struct, frozen=True):
    """The response object, at any time of its life."""

    id: str
    model: str
    context: ReplyContext

    def at(
        self,
        status: str,
        output: Sequence[Any],
        usage: Usage | None = None,
        *,
        cut: str | None = None,
        error: Any = None,
    ) -> dict[str, Any]:
        """What it is now. `cut`: why it is incomplete. Of the request it repeats the tools; the rest is not known."""
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.context.created,
            "status": status,
            "error": error,
            "incomplete_details": None if cut is None else {"reason": cut},
            "instructions": None,
            "metadata": {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": True,
            "temperature": None,
            "top_p": None,
            "tool_choice": "auto",
            "tools": write_tools(self.context.tools, []),
            "usage": None if usage is None else write_usage(usage),
            **({} if usage is None else write_tier(usage.tier)),
        }


FINISHES = frozenset(FinishReason) - {FinishReason.PAUSE, FinishReason.OTHER}
"""Reasons to stop that can be told."""


def encode_response(message: Message, context: ReplyContext) -> Encoded:
    """A whole answer. Blocks Responses has no words for are left out."""
    id = response_id(message.id, context)
    cut = cut_short(message.finish, refused=any_refused(message.content))
    losses = Losses(NAME, FINISHES)
    losses.extras(message.extras, "answer")
    note_ends(message.usage, message.finish, losses)
    writer = AnswerWriter(id, context, losses)
    for block in message.content:
        writer.add(block)
    last = writer.items[-1] if writer.items else None
    if cut is not None and isinstance(last, dict) and "status" in last:
        last["status"] = "incomplete"
    snapshot = Snapshot(id, message.model or context.model, context)
    status = "completed" if cut is None else "incomplete"
    beside = {**write_extras(message.extras), **write_extras(message.finish.extras)}
    body = encode({**snapshot.at(status, writer.items, message.usage, cut=cut), **beside})
    return Encoded(body, losses.told)
