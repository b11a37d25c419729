"""Requests as generateContent bodies: https://ai.google.dev/api/generate-content#method:-models.generatecontent.

The body names neither the model nor whether to stream: the provider puts both into the URL.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import decode_field, encode, text_of
from fairlead.shared.conversation import OutputFormat, Request, Text, Unknown
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.gemini.models import Family, family_of
from fairlead.shared.dialects.gemini.schemas import write_schema
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.dialects.gemini.thinking import write_thinking
from fairlead.shared.dialects.gemini.tiers import TIERS
from fairlead.shared.dialects.gemini.tools import write_tools
from fairlead.shared.dialects.gemini.turns import TurnWriter
from fairlead.shared.essential import refuse_essential
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.leading import led
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.tool_forms import narrowed
from fairlead.shared.unsaid import Places, unsaid


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A generateContent body without model and stream; the model's name decides what may be said in it.

    Raises FailureError (BAD_REQUEST) where leaving something out would change the answer's meaning.
    """
    losses: list[Loss] = []
    whole = narrowed(request)
    request = led(whole)
    family = family_of(request.model)
    own = _own(request)
    turns = TurnWriter(family, losses)
    for index, turn in enumerate(request.turns):
        turns.add(turn, f"messages[{index}]")
    body: dict[str, Any] = {"contents": turns.done() if request.turns or request.instructions else []}
    kept_tools = decode_field(own.pop("toolConfig", Raw(b"{}")), dict[str, Raw], "toolConfig")
    tools = write_tools(request, family, profile, kept_tools, losses)
    config, hint = _write_config(request, family, own, tools=bool(tools), losses=losses)
    instructions = _write_instructions(request, hint, losses)
    if instructions:
        body["systemInstruction"] = {"parts": instructions}
    body.update(tools)
    if config:
        body["generationConfig"] = config
    body.update(_write_tier(request.service_tier, losses))
    if request.user is not None:
        losses.append(Loss("user", "metadata.user_id", "Gemini has no such field"))
    return Encoded(encode({**body, **own}), (*losses, *unsaid(whole, Places(NAME))))


_TIERS = {tier: word for word, tier in TIERS.items()}


def _write_tier(tier: str | None, losses: list[Loss]) -> dict[str, str]:
    """The `serviceTier` entry, or nothing: "auto" asks for what happens anyway."""
    if tier in _TIERS:
        return {"serviceTier": _TIERS[tier]}
    if tier not in (None, "auto"):
        losses.append(Loss("service_tier", "service_tier", f"Gemini has no tier {tier}"))
    return {}


def _own(request: Request) -> dict[str, Raw]:
    """What a Gemini client said beyond what all dialects know. Raises FailureError for what cannot be answered."""
    extras = request.extras
    if extras is None:
        return {}
    if extras.dialect != NAME:
        refuse_essential(extras, "a Gemini model")
        return {}
    count = extras.fields.get("candidateCount")
    if count is not None and bytes(count) != b"1":
        raise refuse(Kind.BAD_REQUEST, "candidateCount: one answer at a time", param="generationConfig.candidateCount")
    return dict(extras.fields)


def _write_instructions(request: Request, hint: str | None, losses: list[Loss]) -> list[Any]:
    parts: list[Any] = []
    for index, part in enumerate(request.instructions):
        match part:
            case Text(text):
                parts += [{"text": text}] if text else []
            case Unknown(dialect, raw) if dialect == NAME:
                parts.append(raw)
            case Unknown(dialect):
                losses.append(Loss("system block", f"system[{index}]", f"only {dialect} has this kind of block"))
    return parts if hint is None else [*parts, {"text": hint}]


def _write_config(
    request: Request, family: Family, own: dict[str, Raw], *, tools: bool, losses: list[Loss]
) -> tuple[dict[str, Any], str | None]:
    """`generationConfig`, and a structure for the answer that has to be asked for in words."""
    config: dict[str, Any] = {}
    if request.max_tokens is not None:
        config["maxOutputTokens"] = _write_limit(request, request.max_tokens, family, losses)
    config.update(_write_sampling(request, losses))
    config.update(_write_logprobs(request.logprobs))
    config.update(write_thinking(request.reasoning, family, losses))
    hint = None
    if request.output_format is not None:
        if tools and not family.third:
            losses.append(
                Loss("output format", "response_format", "asked for in words: this model has it only without tools")
            )
            hint = _in_words(request.output_format)
        else:
            config.update(_write_format(request.output_format, family, losses))
    for name in ("candidateCount", "responseModalities", "responseMimeType"):
        if name in own:
            config[name] = own.pop(name)
    more: Mapping[str, Raw] = decode_field(own.pop("generationConfig", Raw(b"{}")), dict[str, Raw], "generationConfig")
    if request.extras is not None and request.extras.dialect != NAME:
        losses += [Loss(name, name, "Gemini has no such field") for name in request.extras.fields]
    return {**config, **more}, hint


def _write_limit(request: Request, limit: int, family: Family, losses: list[Loss]) -> int:
    most = family.unstreamed_limit
    if request.stream or most is None or limit <= most:
        return limit
    losses.append(Loss("max_tokens", "max_tokens", f"without streaming an answer has at most {most}"))
    return most


_HOTTEST = 2.0
_MOST_STOPS = 5


def _write_sampling(request: Request, losses: list[Loss]) -> dict[str, Any]:
    sampling = request.sampling
    config: dict[str, Any] = {}
    if sampling.temperature is not None:
        config["temperature"] = min(sampling.temperature, _HOTTEST)
        if sampling.temperature > _HOTTEST:
            losses.append(Loss("temperature", "temperature", "Gemini's scale ends at 2"))
    named = {
        "topP": sampling.top_p,
        "topK": sampling.top_k,
        "seed": sampling.seed,
        "presencePenalty": sampling.presence_penalty,
        "frequencyPenalty": sampling.frequency_penalty,
    }
    config.update({name: value for name, value in named.items() if value is not None})
    stops = [text for text in request.stop if text]
    if len(stops) > _MOST_STOPS:
        losses.append(Loss("stop sequences", "stop", "Gemini takes five at most"))
    return {**config, "stopSequences": stops[:_MOST_STOPS]} if stops else config


def _write_logprobs(alternatives: int | None) -> dict[str, Any]:
    if alternatives is None:
        return {}
    return {"responseLogprobs": True, "logprobs": alternatives} if alternatives else {"responseLogprobs": True}


def _write_format(output_format: OutputFormat, family: Family, losses: list[Loss]) -> dict[str, Any]:
    config: dict[str, Any] = {"responseMimeType": "application/json"}
    if output_format.schema is None:
        return config
    schema, lost = write_schema(output_format.schema, family)
    if lost:
        losses.append(Loss(", ".join(lost), "response_format.schema", "no such words in Gemini's schemas"))
    return {**config, "responseJsonSchema" if family.json_schema else "responseSchema": schema}


def _in_words(output_format: OutputFormat) -> str:
    if output_format.schema is None:
        return "When you give your final answer, give it as one JSON object and nothing else."
    schema = text_of(output_format.schema)
    return f"When you give your final answer, give it as JSON that fits this schema, and nothing else:\n{schema}"
