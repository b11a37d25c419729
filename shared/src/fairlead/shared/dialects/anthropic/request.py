"""Requests between Anthropic's shape and the neutral form."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import (
    Document,
    Extras,
    Image,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.anthropic.blocks_in import NAME, read_blocks, read_content
from fairlead.shared.dialects.anthropic.blocks_out import own, write_part
from fairlead.shared.dialects.anthropic.reasoning_out import (
    possible_choice,
    thought_of,
    write_reasoning,
    write_sampling,
)
from fairlead.shared.dialects.anthropic.tools import read_tool_choice, read_tools, write_tool_choice, write_tools
from fairlead.shared.dialects.anthropic.turns import write_turns
from fairlead.shared.essential import refuse_essential, refuse_unknown
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.fields import FieldReader
from fairlead.shared.leading import led
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import narrowed
from fairlead.shared.tool_results import answered_at_once
from fairlead.shared.unsaid import Places, unsaid
from fairlead.shared.wire import anthropic as wire

# From the wire -----------------------------------------------------------------------------------


def decode_request(fields: Mapping[str, Raw]) -> Request:
    """A Messages body, peeked. Raises FailureError (BAD_REQUEST) with the path of what is missing or misshapen."""
    for name in ("model", "messages"):
        if name not in fields:
            raise refuse(Kind.BAD_REQUEST, f"{name}: Field required", param=name)
    reader = FieldReader(fields)
    reasoning, output_format = _read_reasoning(reader)
    return Request(
        model=reader.need("model", str),
        turns=_read_messages(reader.raw("messages")),
        instructions=_read_system(reader.raw("system")),
        tools=read_tools(reader.raw("tools")),
        tool_choice=read_tool_choice(reader.take("tool_choice", wire.ToolChoice | None, None)),
        max_tokens=reader.take("max_tokens", int | None, None),
        reasoning=reasoning,
        output_format=output_format,
        sampling=Sampling(
            reader.take("temperature", float | None, None),
            reader.take("top_p", float | None, None),
            reader.take("top_k", int | None, None),
        ),
        stop=tuple(reader.take("stop_sequences", list[str] | None, None) or ()),
        stream=reader.take("stream", bool | None, None) or False,
        user=_read_user(reader),
        service_tier=_read_tier(reader),
        extras=reader.rest(NAME),
    )


_messages = msgspec.json.Decoder(list[wire.Message])


def _read_messages(raw: Raw | None) -> tuple[Turn, ...]:
    """All messages: in one pass when every field in them is known, else message by message."""
    try:
        messages = _messages.decode(raw or b"[]")
    except (msgspec.ValidationError, UnicodeDecodeError):
        messages = None
    if messages is None:
        loose = decode_field(raw or b"[]", list[dict[str, Raw]], "messages")
        return tuple([_read_loose_message(one, f"messages[{index}]") for index, one in enumerate(loose)])
    return tuple(
        [
            Turn(one.role, (Text(one.content),) if isinstance(one.content, str) else read_blocks(one.content))
            for one in messages
        ]
    )


def _read_loose_message(fields: dict[str, Raw], path: str) -> Turn:
    for name in ("role", "content"):
        if name not in fields:
            raise refuse(Kind.BAD_REQUEST, f"{path}.{name}: Field required", param=f"{path}.{name}")
    role = decode_field(fields["role"], str, f"{path}.role")
    if role not in ("user", "assistant", "system"):
        raise refuse(Kind.BAD_REQUEST, f'{path}.role: Unexpected role "{role}"', param=f"{path}.role")
    extras = {key: value for key, value in fields.items() if key not in ("role", "content")}
    content = read_content(fields["content"], f"{path}.content")
    return Turn(role, content, extras=Extras(NAME, extras) if extras else None)


def _read_system(raw: Raw | None) -> tuple[Text | Unknown, ...]:
    blocks = read_content(raw, "system") if raw is not None else ()
    for index, block in enumerate(blocks):
        if not isinstance(block, Text | Unknown):
            raise refuse(Kind.BAD_REQUEST, f"system[{index}]: only text blocks are allowed", param=f"system[{index}]")
    return blocks  # type: ignore[return-value]


def _read_reasoning(reader: FieldReader) -> tuple[Reasoning, OutputFormat | None]:
    thinking: dict[str, Raw] = reader.take("thinking", dict[str, Raw] | None, None) or {}
    output: dict[str, Raw] = reader.take("output_config", dict[str, Raw] | None, None) or {}
    take = _taker(thinking, "thinking")
    take_output = _taker(output, "output_config")
    effort = take_output("effort", str | None)
    earlier = reader.raw("output_format")  # the name it had at first
    output_format = _read_format(output.pop("format", earlier))
    reasoning = Reasoning(
        mode=take("type", str | None),
        budget_tokens=take("budget_tokens", int | None),
        display=take("display", str | None),
        effort=effort,
        extras=Extras(NAME, thinking) if thinking else None,
    )
    if output:
        reader.fields["output_config"] = Raw(encode(output))
    return reasoning, output_format


def _taker(fields: dict[str, Raw], path: str) -> Any:
    def take(name: str, kind: Any) -> Any:
        raw = fields.pop(name, None)
        return None if raw is None else decode_field(raw, kind, f"{path}.{name}")

    return take


def _read_format(raw: Raw | None) -> OutputFormat | None:
    if raw is None:
        return None
    fields = decode_field(raw, dict[str, Raw] | None, "output_config.format") or {}
    return OutputFormat(fields["schema"]) if "schema" in fields else None


_TIERS: Mapping[str, str] = {"auto": "auto", "standard_only": "default"}
"""The neutral word for each of Anthropic's."""


def _read_tier(reader: FieldReader) -> str | None:
    said = reader.take("service_tier", str)
    tier = _TIERS.get(said or "")
    if said is not None and tier is None:
        reader.fields["service_tier"] = Raw(encode(said))
    return tier


def _read_user(reader: FieldReader) -> str | None:
    metadata: dict[str, Raw] = reader.take("metadata", dict[str, Raw] | None, None) or {}
    user: str | None = _taker(metadata, "metadata")("user_id", str | None)
    if metadata:
        reader.fields["metadata"] = Raw(encode(metadata))
    return user


# To the wire ------------------------------------------------------------------------------------


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A Messages body. Raises FailureError (BAD_REQUEST) where leaving a field out would change the meaning."""
    losses: list[Loss] = []
    whole = narrowed(request)
    request = led(whole)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _write_messages(request, profile, losses),
        "max_tokens": request.max_tokens if request.max_tokens is not None else profile.default_max_tokens,
    }
    if request.instructions:
        body["system"] = _write_system(request.instructions, losses)
    tools = write_tools(request, losses)
    if tools:
        body["tools"] = tools
        body.update(write_tool_choice(possible_choice(request, profile, losses)))
    thought = thought_of(request, profile, losses)
    body.update(write_reasoning(thought, request, losses))
    body.update(write_sampling(thought, request, profile, losses))
    body.update(_write_stops(request, losses))
    body.update(_write_tier(request.service_tier, losses))
    _note_unknown(request, losses)
    if request.user is not None:
        body["metadata"] = {"user_id": request.user}
    if request.stream:
        body["stream"] = True
    _write_rest(request.extras, body, losses)
    return Encoded(encode(body), (*losses, *unsaid(whole, _PLACES)))


def _write_system(instructions: Sequence[Text | Unknown], losses: list[Loss]) -> list[Any]:
    blocks: list[Any] = []
    for index, part in enumerate(instructions):
        refuse_unknown(part, "an Anthropic model", f"system[{index}]")
        block = write_part(part)
        if block is None:
            losses.append(Loss("system block", f"system[{index}]", "Anthropic has no such block"))
        else:
            blocks.append(block)
    return blocks


def _write_messages(request: Request, profile: Profile, losses: list[Loss]) -> list[dict[str, Any]]:
    """The conversation. Where there are only instructions, or nothing is said, a user speaks all the same: a dot."""
    messages = write_turns(answered_at_once(request.turns, losses), profile, losses)
    if messages or not (request.instructions or request.turns):
        return messages
    losses.append(Loss("first message", "messages", "a user has to speak; a dot is put there"))
    return [{"role": "user", "content": [{"type": "text", "text": "."}]}]


_PLACES = Places(
    NAME,
    marks=(Text, Image, Document, ToolCall, ToolResult, Tool),
    deferred=True,
    cites=lambda citation: own(citation.raw) is not None,
)


def _note_unknown(request: Request, losses: list[Loss]) -> None:
    unknown = ("seed", "presence_penalty", "frequency_penalty")
    sampling = request.sampling
    losses += [Loss(name, name, f"Anthropic has no {name}") for name in unknown if getattr(sampling, name) is not None]
    if request.logprobs is not None:
        losses.append(Loss("logprobs", "logprobs", "Anthropic tells no probabilities"))


def _write_stops(request: Request, losses: list[Loss]) -> dict[str, Any]:
    stop = [text for text in request.stop if text.strip()]
    if len(stop) < len(request.stop):
        losses.append(Loss("stop", "stop", "Anthropic takes no stop sequence without a visible character"))
    return {"stop_sequences": stop} if stop else {}


def _write_tier(tier: str | None, losses: list[Loss]) -> dict[str, str]:
    word = next((word for word, neutral in _TIERS.items() if neutral == tier), None)
    if tier is not None and word is None:
        losses.append(Loss("service_tier", "service_tier", f"Anthropic has no tier {tier}"))
    return {} if word is None else {"service_tier": word}


def _write_rest(extras: Extras | None, body: dict[str, Any], losses: list[Loss]) -> None:
    if extras is None:
        return
    if extras.dialect != NAME:
        refuse_essential(extras, "an Anthropic model")
    for name, raw in extras.fields.items():
        if extras.dialect == NAME:
            known = body.get(name)
            body[name] = {**known, **decode_field(raw, dict[str, Raw], name)} if isinstance(known, dict) else raw
        else:
            losses.append(Loss(name, name, "Anthropic has no such field"))
