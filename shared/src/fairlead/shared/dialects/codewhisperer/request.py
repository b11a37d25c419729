"""Requests as bodies of generateAssistantResponse. Whether to stream is not said: it always does."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from msgspec import Raw

from fairlead.shared.codec import decode_field, encode, text_of
from fairlead.shared.conversation import Request, Text, Tool, ToolMode
from fairlead.shared.dialect import Encoded
from fairlead.shared.dialects.codewhisperer.stream import NAME
from fairlead.shared.dialects.codewhisperer.turns import History
from fairlead.shared.essential import refuse_essential
from fairlead.shared.leading import led
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile, level_of
from fairlead.shared.tool_forms import as_function, narrowed
from fairlead.shared.unsaid import Places, unsaid
from fairlead.shared.wire import codewhisperer as wire

_LONGEST_DESCRIPTION = 10_000
_ANYTHING = Raw(b'{"type":"object","properties":{},"required":[]}')


def encode_request(request: Request, profile: Profile) -> Encoded:
    """A body that names the model in each of the user's messages.

    Raises FailureError (BAD_REQUEST) where leaving something out would change the answer's meaning.
    """
    refuse_essential(request.extras, "CodeWhisperer")
    losses: list[Loss] = []
    whole = narrowed(request)
    request = led(whole)
    history = History(request.model, losses)
    history.instruct(_instructions(request, losses))
    for index, turn in enumerate(request.turns):
        history.add(turn, f"messages[{index}]")
    said, current = history.done()
    tools = _tools(request, history.called, losses)
    if tools:
        context = current.user_input_message_context or wire.Context()
        context.tools = tools
        current.user_input_message_context = context
    state = wire.ConversationState(_id(request), "vibe", "MANUAL", wire.Said(user_input_message=current), said)
    body: dict[str, Any] = {"conversationState": state}
    if more := _more(request, profile, losses):
        body["additionalModelRequestFields"] = more
    losses += _unsaid_fields(request)
    return Encoded(encode(body), (*losses, *unsaid(whole, Places(NAME))))


def _id(request: Request) -> str:
    """A conversation's id, the same for all its requests: it begins alike. Written as a UUID is."""
    begun = encode([request.instructions, request.turns[:1]])
    digest = sha256(begun).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _instructions(request: Request, losses: list[Loss]) -> str:
    texts = [part.text for part in request.instructions if isinstance(part, Text) and part.text]
    if len(texts) < len([part for part in request.instructions if not isinstance(part, Text) or part.text]):
        losses.append(Loss("system block", "system", "only its own dialect has this kind of block"))
    wanted = request.output_format
    if wanted is not None:
        losses.append(Loss("output format", "response_format", "asked for in words: there is no other way"))
        shape = f" that fits this schema:\n{text_of(wanted.schema)}" if wanted.schema is not None else "."
        texts.append(f"Give your final answer as one JSON object and nothing else{shape}")
    return "\n\n".join(texts)


def _tools(request: Request, called: Iterable[str], losses: list[Loss]) -> list[wire.Tool]:
    """Those offered, and stand-ins for those that were called before and are offered no more."""
    choice = request.tool_choice
    offered = request.tools
    if choice is not None and choice.mode is ToolMode.NONE:
        offered = ()
    elif choice is not None and choice.mode is not ToolMode.AUTO:
        losses.append(Loss("tool_choice", "tool_choice", "the model calls tools as it likes"))
    tools: dict[str, wire.Tool] = {}
    for index, tool in enumerate(offered):
        if isinstance(tool, Tool):
            made = as_function(tool)
            tools[made.name] = _tool(made, f"tools[{index}]", losses)
        else:
            losses.append(Loss("server tool", f"tools[{index}]", "CodeWhisperer runs no such tool"))
    for name in called:
        tools.setdefault(name, _specified(name, "No longer available.", _ANYTHING))
    return list(tools.values())


def _tool(tool: Tool, path: str, losses: list[Loss]) -> wire.Tool:
    description = tool.description or tool.name
    if len(description) > _LONGEST_DESCRIPTION:
        losses.append(Loss("description", path, f"a tool is described in at most {_LONGEST_DESCRIPTION} characters"))
        description = description[:_LONGEST_DESCRIPTION]
    if tool.strict:
        losses.append(Loss("strict", path, "CodeWhisperer's tools are not strict"))
    return _specified(tool.name, description, _schema(tool.parameters))


def _specified(name: str, description: str, schema: Raw) -> wire.Tool:
    return wire.Tool(wire.ToolSpecification(name, description, wire.InputSchema(schema)))


def _schema(parameters: Raw | None) -> Raw:
    """An object, whose `required` is a list."""
    if parameters is None or bytes(parameters) == b"null":
        return _ANYTHING
    fields = decode_field(parameters, dict[str, Raw], "tools[].parameters")
    missing = {name: raw for name, raw in _DEFAULTS.items() if name not in fields}
    required = fields.get("required", Raw(b"[]"))
    if not missing and bytes(required)[:1] == b"[":
        return parameters
    kept = {name: raw for name, raw in fields.items() if name != "required" or bytes(raw)[:1] == b"["}
    return Raw(encode({**kept, **{name: raw for name, raw in _DEFAULTS.items() if name not in kept}}))


_DEFAULTS = {"type": Raw(b'"object"'), "required": Raw(b"[]")}


def _more(request: Request, profile: Profile, losses: list[Loss]) -> dict[str, Any]:
    """How hard to think, for models that are known to be told so."""
    said = request.reasoning
    effort = said.effort or (level_of(said.budget_tokens) if said.budget_tokens else None)
    off = said.mode == "disabled" or effort == "none"
    if effort is None and said.mode in (None, "disabled") and not (off and profile.thinks):
        return {}
    if "thinking" not in profile.reasoning:
        losses.append(Loss("reasoning", "reasoning", "this model is not known to be told how hard to think"))
        return {}
    if off:
        return {"thinking": {"type": "disabled"}}
    word = profile.efforts.get(effort, effort) if effort else None
    return {"thinking": {"type": "adaptive"}, **({"output_config": {"effort": word}} if word else {})}


def _unsaid_fields(request: Request) -> list[Loss]:
    sampling = request.sampling
    fields = {
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "stop": request.stop or None,
        "user": request.user,
        "logprobs": request.logprobs,
        "service_tier": request.service_tier if request.service_tier != "auto" else None,
    }
    told = [Loss(name, name, "CodeWhisperer has no such field") for name, value in fields.items() if value is not None]
    extras = request.extras.fields if request.extras is not None and request.extras.dialect != NAME else {}
    return told + [Loss(name, name, "CodeWhisperer has no such field") for name in extras]
