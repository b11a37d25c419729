"""Whole answers between OpenAI's shape and the neutral form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from fairlead.shared.codec import decode_field, encode, require_utf8
from fairlead.shared.conversation import (
    Audio,
    Block,
    FileSource,
    Finish,
    FinishReason,
    Image,
    Logprob,
    Message,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    Unknown,
    Usage,
)
from fairlead.shared.counts import count
from fairlead.shared.dialect import Encoded, ReplyContext
from fairlead.shared.dialects.openai.beside import (
    details_of,
    has_word,
    read_annotations,
    read_audio,
    read_images,
    read_logprobs,
    read_tier,
    write_audio,
    write_images,
    write_logprobs,
    write_tier,
)
from fairlead.shared.dialects.openai.calls import made_id
from fairlead.shared.dialects.openai.errors import decode_failure, is_error, told_by_minimax
from fairlead.shared.dialects.openai.parts import (
    NAME,
    calls_of,
    is_plain_call,
    read_citations,
    read_reasoning,
    read_refusal,
    read_tool_call,
    write_annotations,
    write_details,
)
from fairlead.shared.dialects.openai.said import read_said
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.loss import Loss, Losses
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.wire import openai as wire

_REASONS: Mapping[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.REFUSAL,
}
_FOREIGN_REASONS: Mapping[str, FinishReason] = {
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.CONTEXT_WINDOW,
    "sensitive": FinishReason.REFUSAL,
    "end_turn": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.REFUSAL,
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "SAFETY": FinishReason.REFUSAL,
}
"""Mistral's, and Zhipu's; Anthropic's and Google's, which some gateways tell on."""
BROKEN: Mapping[str, Kind] = {
    "error": Kind.UPSTREAM,
    "insufficient_system_resource": Kind.OVERLOADED,
    "network_error": Kind.UPSTREAM,
}
"""Finish reasons that say the answer is none: OpenRouter's and Mistral's, DeepSeek's, Zhipu's."""
_WORDS: Mapping[FinishReason, str] = {
    FinishReason.STOP: "stop",
    FinishReason.STOP_SEQUENCE: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.CONTEXT_WINDOW: "length",
    FinishReason.TOOL_CALLS: "tool_calls",
    FinishReason.REFUSAL: "content_filter",
    FinishReason.PAUSE: "stop",
    FinishReason.OTHER: "stop",
}


def read_finish(reason: str | None, called: bool, refused: bool = False) -> Finish:
    """A finish reason. A natural end after tool calls is a request to run them, whatever the server called it, and none
    where nothing was called: an agent would wait for calls to run. After words of refusal it is a refusal."""
    reason = reason or "stop"
    known = _REASONS.get(reason) or _FOREIGN_REASONS.get(reason, FinishReason.OTHER)
    if known is FinishReason.TOOL_CALLS and not called:
        known = FinishReason.STOP
    if known in (FinishReason.STOP, FinishReason.OTHER) and (called or refused):
        return Finish(FinishReason.TOOL_CALLS if called else FinishReason.REFUSAL)
    return Finish(known, None, reason) if known is FinishReason.OTHER else Finish(known)


def _calls(calls: Sequence[ToolCall], content: Iterable[Block]) -> bool:
    return bool(calls) or any(isinstance(block, ToolCall) for block in content)


def write_finish(finish: Finish, refused: bool = False) -> str:
    """The finish reason; a refusal that was put into words is a natural end."""
    return "stop" if refused and finish.reason is FinishReason.REFUSAL else _WORDS[finish.reason]


def read_usage(usage: wire.Usage) -> Usage:
    """OpenAI counts cache reads and writes inside the prompt; here they stand beside it."""
    prompt, details = count(usage.prompt_tokens), usage.prompt_tokens_details or wire.PromptDetails()
    cached = (details.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens, usage.num_cached_tokens)
    read = next(filter(None, map(count, cached)), 0)
    written = count(details.cache_write_tokens) or count(details.cache_creation_input_tokens)
    thought, output = usage.completion_tokens_details or wire.CompletionDetails(), count(usage.completion_tokens)
    reasoning = count(thought.reasoning_tokens)
    if reasoning and count(usage.total_tokens) == prompt + output + reasoning:
        output += reasoning  # xAI leaves it out of the completion, and the sum tells
    return Usage(max(0, prompt - read - written), read, written, output, reasoning)


def broken_off(reason: str, body: bytes) -> Failure:
    """What a finish reason of `BROKEN` means; the error that stands beside it says more."""
    told = decode_failure(200, body)
    kind = BROKEN[reason]
    if told.dialect is None or kind is not Kind.UPSTREAM:
        return Failure(kind, f"the provider broke off the answer: {reason}")
    return told


def write_usage(usage: Usage) -> dict[str, Any]:
    """All figures, zero where nothing is known."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def completion_id(id: str, context: ReplyContext) -> str:
    """The provider's id if it has the shape OpenAI's clients know, else one of ours."""
    return id if id.startswith("chatcmpl-") else f"chatcmpl-{context.id}"


def decode_response(body: bytes) -> Message:
    """A whole answer. Raises FailureError: MALFORMED, or what an error body says that came with a 2xx."""
    require_utf8(body)
    try:
        fields = msgspec.json.decode(body, type=dict[str, Raw])
        if _is_none(fields):
            raise FailureError(decode_failure(200, body))
        answer = msgspec.json.decode(body, type=wire.Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FailureError(Failure(Kind.MALFORMED, f"the provider's answer is no completion: {error}")) from error
    if not answer.choices:
        none = Failure(Kind.MALFORMED, "the provider's answer holds no choice")
        raise FailureError(told_by_minimax(answer.base_resp) or none)
    choice = next((one for one in answer.choices if not one.index), answer.choices[0])
    if is_error(choice.error):
        raise FailureError(decode_failure(200, encode({"error": choice.error})))
    message = choice.message
    carried = message.fairlead
    if carried is not None and isinstance(carried.message, Raw):
        return decode_field(carried.message, Message, "message.fairlead")  # type: ignore[no-any-return]
    if choice.finish_reason is not None and choice.finish_reason in BROKEN:
        raise FailureError(broken_off(choice.finish_reason, body))
    said = read_said(message.content)
    thoughts = "".join(block.text for block in said if isinstance(block, Thinking))
    bare = message.reasoning_content or message.reasoning or wire.thought_in(message.thinking) or thoughts
    reasoning = read_reasoning(details_of(message), bare)
    content: tuple[Block, ...] = tuple([block for block in said if not isinstance(block, Thinking)])
    if content and isinstance(content[0], Text) and message.annotations:
        content = (replace(content[0], citations=read_citations(read_annotations(message.annotations))), *content[1:])
    content += read_refusal(message.refusal)
    calls = _read_calls(message, answer.id or "")
    usage = read_usage(answer.usage) if answer.usage is not None else Usage()
    usage = replace(usage, tier=read_tier(answer.service_tier))
    finish = read_finish(choice.finish_reason, _calls(calls, content), _refuses(content))
    if choice.logprobs is not None:
        content = _weighed(content, *read_logprobs(choice.logprobs))
    audio = read_audio(message.audio)
    sound = () if audio is None else (audio,)
    blocks = (*reasoning, *content, *read_images(message.images), *sound, *calls)
    return Message(answer.id or "", answer.model or "", blocks, finish, usage)


def _read_calls(message: wire.AnswerMessage, answer_id: str) -> list[ToolCall]:
    calls = [read_tool_call(call, "message.tool_calls") for call in calls_of(message)]
    return [call if call.id else replace(call, id=made_id(answer_id, place)) for place, call in enumerate(calls)]


def _is_none(fields: Mapping[str, Raw]) -> bool:
    """Whether an error stands where an answer should be, whatever is around it."""
    if bytes(fields.get("choices", b"[]")) not in (b"[]", b"null"):
        return False
    return is_error(fields.get("error", msgspec.UNSET)) or not fields.keys().isdisjoint(("message", "detail"))


def _weighed(content: Iterable[Block], said: tuple[Logprob, ...], refused: tuple[Logprob, ...]) -> tuple[Block, ...]:
    """The blocks, each kind of token with the first text of its kind."""
    waiting, blocks = {False: said, True: refused}, []
    for block in content:
        if isinstance(block, Text):
            block = replace(block, logprobs=waiting.pop(block.refusal, ()))
        blocks.append(block)
    return tuple(blocks)


def encode_response(message: Message, context: ReplyContext) -> Encoded:
    """A whole answer; reasoning goes into the extension fields."""
    carried = context.extensions and not is_plain(message)
    written = _write_message(message)
    if carried:
        written["fairlead"] = {"message": message}
    else:
        written.update(_write_media(message.content, context))
    texts = [block for block in message.content if isinstance(block, Text)]
    choice = {
        "index": 0,
        "message": written,
        "logprobs": None if carried else write_logprobs(texts),
        "finish_reason": write_finish(message.finish, _refuses(message.content)),
    }
    body = encode(
        {
            "id": completion_id(message.id, context),
            "object": "chat.completion",
            "created": context.created,
            "model": message.model or context.model,
            "choices": [choice],
            "usage": write_usage(message.usage),
            **write_tier(message.usage.tier),
        }
    )
    return Encoded(body, () if context.extensions else _losses(message))


def _losses(message: Message) -> tuple[Loss, ...]:
    losses = Losses(NAME, FINISHES)
    losses.extras(message.extras, "answer")
    losses.finish(message.finish)
    note_usage(message.usage, losses)
    for block in message.content:
        note_block(block, losses)
    return losses.told


def note_usage(usage: Usage, losses: Losses) -> None:
    """What of it is not written."""
    losses.extras(usage.extras, "usage")
    if not has_word(usage.tier):
        losses.add("service tier", "usage")


def note_block(block: Block, losses: Losses) -> None:
    """What of a block chat's own words do not say."""
    match block:
        case Text(extras=extras, citations=citations):
            losses.extras(extras, "message.content")
            for citation in citations:
                losses.citation(citation)
        case ToolCall(extras=extras):
            losses.extras(extras, "message.tool_calls")
        case Image(FileSource()):
            losses.add("image", "message.images")
        case ServerCall():
            losses.add("server tool call", "message")
        case ServerResult():
            losses.add("server tool result", "message")
        case Unknown():
            losses.block(block, "message")


def _write_media(content: Sequence[Block], context: ReplyContext) -> dict[str, Any]:
    images = write_images(block for block in content if isinstance(block, Image))
    sounds = [block for block in content if isinstance(block, Audio)]
    shown: dict[str, Any] = {"images": images} if images else {}
    return {**shown, "audio": write_audio(sounds, context.id)} if sounds else shown


def _refuses(content: Iterable[Block]) -> bool:
    return any(isinstance(block, Text) and block.refusal for block in content)


def _write_message(message: Message) -> dict[str, Any]:
    texts = [block for block in message.content if isinstance(block, Text)]
    reasoning = [block for block in message.content if isinstance(block, Thinking | RedactedThinking)]
    calls = [block for block in message.content if isinstance(block, ToolCall)]
    content = "".join(block.text for block in texts if not block.refusal)
    refusal = "".join(block.text for block in texts if block.refusal)
    written: dict[str, Any] = {"role": "assistant", "content": content or None, "refusal": refusal or None}
    if not refusal and texts:
        written["content"] = content
    if reasoning:
        written["reasoning_content"] = "".join(block.text for block in reasoning if isinstance(block, Thinking))
        written["reasoning_details"] = write_details(reasoning)
    if annotations := _annotations([block for block in texts if not block.refusal]):
        written["annotations"] = annotations
    if calls:
        ids = ToolIds()
        written["tool_calls"] = [_write_call(call, ids) for call in map(call_as_function, calls)]
    return written


def _annotations(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """All citations, counted in the content that the texts come to."""
    annotations, before = [], 0
    for block in texts:
        annotations += write_annotations(block.citations, before, len(block.text))
        before += len(block.text)
    return annotations


def _write_call(call: ToolCall, ids: ToolIds) -> wire.ToolCall:
    return wire.ToolCall(ids.call(call.id), "function", wire.Function(call.name, call.arguments or "{}"))


FINISHES = frozenset(_WORDS) - {FinishReason.PAUSE, FinishReason.OTHER}
"""Reasons to stop that chat has a word for, if only one that means about the same."""

PLAIN_REASONS = frozenset(_REASONS.values())
"""Finish reasons that chat has a word of its own for."""


def is_plain(message: Message) -> bool:
    """Whether chat's own words and the documented extension fields say everything about an answer."""
    kinds = [type(block) for block in message.content]
    order = [kind for kind in _ORDER for one in kinds if one in kind]
    return (
        message.extras is None
        and message.finish.extras is None
        and message.usage.extras is None
        and message.finish.reason in PLAIN_REASONS
        and has_word(message.usage.tier)
        and len(order) == len(kinds)
        and all(one in kind for one, kind in zip(kinds, order, strict=True))
        and kinds.count(Text) <= 1
        and all(_is_plain_block(block) for block in message.content)
    )


_ORDER: tuple[tuple[type, ...], ...] = ((Thinking, RedactedThinking), (Text,), (ToolCall,))


def _is_plain_block(block: Block) -> bool:
    match block:
        case Text(citations=citations, extras=extras):
            return not citations and extras is None
        case Thinking(extras=extras, parts=parts):
            return extras is None and not parts
        case ToolCall():
            return is_plain_call(block)
        case _:
            return isinstance(block, RedactedThinking)
