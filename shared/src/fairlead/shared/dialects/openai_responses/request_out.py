"""Requests as Responses bodies, for a provider that keeps nothing between them."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Extras, OutputFormat, Reasoning, Request, Text, Unknown
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.openai_responses.parts import LOGPROBS, write_citation, write_extras
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.dialects.openai_responses.tools import searchable, write_tool_choice, write_tools
from fairlead.shared.dialects.openai_responses.turns import ItemWriter
from fairlead.shared.essential import refuse_essential
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile, level_of
from fairlead.shared.strict_schemas import fits_strict
from fairlead.shared.tool_results import answered_anywhere
from fairlead.shared.unsaid import Places, unsaid

_ENCRYPTED = "reasoning.encrypted_content"


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A Responses body. Raises FailureError (BAD_REQUEST) where leaving something out would change its meaning."""
    losses: list[Loss] = []
    body: dict[str, Any] = {"model": request.model}
    instructions = [part for part in request.instructions if isinstance(part, Text | Unknown)]
    items = ItemWriter(losses)
    match instructions:
        case [Text(text, cache=None, extras=None)]:
            body["instructions"] = text
        case _:
            items.instructions(instructions, profile.system_role)
    for index, turn in enumerate(answered_anywhere(request.turns, losses)):
        items.add(turn, f"messages[{index}]")
    body["input"] = items.items
    tools = write_tools(request.tools, losses, strict=profile.strict_tools)
    if tools:
        body["tools"] = tools
        body.update(write_tool_choice(request.tool_choice, request.tools))
    body.update(_write_limits(request, profile, losses))
    body.update(_write_reasoning(request, profile, losses))
    body.update(_write_text(request.output_format))
    if request.user is not None:
        body["safety_identifier"] = _shortened(request.user)
    body |= {"store": False, "include": [_ENCRYPTED], **_write_logprobs(request.logprobs, profile, losses)}
    if request.service_tier is not None:
        body["service_tier"] = request.service_tier
    if request.stream:
        body["stream"] = True
    _write_rest(request.extras, body, losses)
    return Encoded(encode(_known(body, profile, losses)), (*losses, *unsaid(request, _places(request))))


def _places(request: Request) -> Places:
    return Places(
        NAME,
        details=True,
        deferred=searchable(request.tools),
        descriptions=True,
        weighs=True,
        breakpoints=frozenset({NAME, "openai"}),
        cites=lambda citation: write_citation(citation, 0) is not None,
    )


def _known(body: dict[str, Any], profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """The body without what the provider refuses, each field under the name it has there."""
    losses += [Loss(name, name, "the provider does not take it") for name in body if name in profile.without]
    return {profile.renames.get(name, name): value for name, value in body.items() if name not in profile.without}


_LEAST = 16
"""Tokens an answer must be allowed: https://platform.openai.com/docs/api-reference/responses/create."""


def _write_limits(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if request.max_tokens is not None:
        most = request.max_tokens if profile.max_tokens_cap is None else profile.max_tokens_cap
        allowed = max(min(request.max_tokens, most), _LEAST)
        body["max_output_tokens"] = allowed
        if allowed != request.max_tokens:
            losses.append(Loss("max_tokens", "max_tokens", f"told as {allowed}: the provider takes {_LEAST} to {most}"))
    sampling = request.sampling
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    unknown = {
        "top_k": sampling.top_k,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "stop": request.stop or None,
    }
    losses += [Loss(name, name, f"Responses has no {name}") for name, value in unknown.items() if value is not None]
    return body


def _effort(reasoning: Reasoning, profile: Profile, losses: list[Loss]) -> str | None:
    """The word for how much to think. Where reasoning cannot be turned off, the least there is."""
    effort = "none" if reasoning.mode == "disabled" else reasoning.effort
    if effort is None and reasoning.budget_tokens is not None:
        effort = level_of(reasoning.budget_tokens)
        losses.append(Loss("thinking budget", "thinking.budget_tokens", f"told as an effort: {effort}"))
    if effort is None or not profile.efforts:
        return effort
    word = profile.efforts.get(effort) or profile.efforts.get("minimal")
    if word != effort:
        losses.append(Loss("reasoning effort", "reasoning.effort", f"{effort} is told as {word}"))
    return word


def _write_reasoning(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """Only what was asked for: models that do not reason refuse the field."""
    reasoning = request.reasoning
    if not profile.reasoning:
        if reasoning != Reasoning() and reasoning.mode != "disabled":
            losses.append(Loss("reasoning", "reasoning", "the provider is not known to take it"))
        return {}
    effort = _effort(reasoning, profile, losses)
    fields: dict[str, Any] = {} if effort is None else {"effort": effort}
    wanted = reasoning.display is not None or reasoning.mode in ("adaptive", "enabled")
    if wanted and reasoning.display != "omitted":
        fields["summary"] = "auto"
    fields.update(write_extras(reasoning.extras))
    return {"reasoning": fields} if fields else {}


def _write_text(output_format: OutputFormat | None) -> dict[str, Any]:
    if output_format is None:
        return {}
    if output_format.schema is None:
        return {"text": {"format": {"type": "json_object"}}}
    strict = fits_strict(output_format.schema) if output_format.name is None else output_format.strict
    said = {"description": output_format.description, "strict": strict}
    known = {name: value for name, value in said.items() if value is not None}
    named = {"type": "json_schema", "name": output_format.name or "answer", "schema": output_format.schema}
    return {"text": {"format": {**named, **known}}}


def _write_logprobs(alternatives: int | None, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    if alternatives is None:
        return {}
    if "top_logprobs" in profile.without:
        losses.append(Loss("top_logprobs", "top_logprobs", "the provider does not take it"))
        return {}
    included = {"include": [LOGPROBS, _ENCRYPTED]}
    return {**included, "top_logprobs": alternatives} if alternatives else included


_USER_LIMIT = 64
"""Characters an end-user id may have: https://platform.openai.com/docs/api-reference/responses/create."""


def _shortened(user: str) -> str:
    """An id the service takes: a longer one is told by its hash, which says who is who just as well."""
    return user if len(user) <= _USER_LIMIT else sha256(user.encode()).hexdigest()


_ALIKE: Mapping[str, frozenset[str]] = {
    "openai": frozenset(
        {"metadata", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"}
        | {"safety_identifier", "moderation"}
    ),
}
"""Fields that another dialect of the same vendor spells and means as this one does."""


def _write_rest(extras: Extras | None, body: dict[str, Any], losses: list[Loss]) -> None:
    if extras is None:
        return
    if extras.dialect == NAME:
        for name, raw in extras.fields.items():
            body[name] = _OWN.get(name, _as_it_is)(body.get(name), raw)
        return
    refuse_essential(extras, "a Responses model")
    alike = _ALIKE.get(extras.dialect, frozenset())
    for name, raw in extras.fields.items():
        if name in alike:
            body[name] = raw
        elif name == "verbosity" and alike:
            body["text"] = {**body.get("text", {}), "verbosity": raw}
        else:
            losses.append(Loss(name, name, "Responses has no such field"))


def _as_it_is(_written: Any, raw: Raw) -> Any:
    return raw


def _merged(written: Any, raw: Raw) -> Any:
    return {**(written or {}), **decode_field(raw, dict[str, Raw], "text")}


def _with_ours(written: Any, raw: Raw) -> Any:
    """What the client wants included, and what is included already."""
    wanted: list[str] = decode_field(raw, list[str] | None, "include") or []
    return [*wanted, *(one for one in written if one not in wanted)]


_OWN: Mapping[str, Any] = {"text": _merged, "include": _with_ours}
"""Own fields that are joined with what was written already; any other replaces it."""
