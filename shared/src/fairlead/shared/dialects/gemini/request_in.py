"""generateContent requests into the neutral form.

Gemini names the model and whether to stream in the URL, not in the body. The endpoint puts both among the peeked
fields, as `model` (a JSON string) and `stream` (a JSON boolean).

Source: https://ai.google.dev/api/generate-content#method:-models.generatecontent.
"""

from collections.abc import Mapping

from msgspec import Raw, structs

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Block, Extras, OutputFormat, Reasoning, Request, Sampling, Text, Turn, Unknown
from fairlead.shared.dialects.gemini.loose import (
    LooseContent,
    fields_of,
    many,
    read_content,
    read_contents,
    required,
)
from fairlead.shared.dialects.gemini.openapi import read_openapi
from fairlead.shared.dialects.gemini.parts_in import BlockReader
from fairlead.shared.dialects.gemini.signatures import NAME
from fairlead.shared.dialects.gemini.thinking import read_thinking
from fairlead.shared.dialects.gemini.tiers import TIERS
from fairlead.shared.dialects.gemini.tools import only, read_tool_config, read_tools
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.fields import NULL, FieldReader, camel
from fairlead.shared.wire import gemini as wire


def decode_request(fields: Mapping[str, Raw]) -> Request:
    """A generateContent body, peeked, with `model` and `stream` from its URL.

    What only Gemini knows is in `extras`; fields without which the answer would mean something else stand there under
    their own names even if they came inside `generationConfig`: candidateCount, responseModalities, responseMimeType.
    Raises FailureError (BAD_REQUEST) with the path of what is missing or misshapen.
    """
    reader = FieldReader({camel(name): raw for name, raw in fields.items() if raw != NULL})
    model = decode_field(required(reader.fields, "model"), str, "model")
    contents = read_contents(required(reader.fields, "contents"))
    del reader.fields["model"], reader.fields["contents"]
    choice = read_tool_config(reader.raw("toolConfig"))
    tools = only(read_tools(reader.raw("tools")), choice.allowed)
    instructions = _read_instructions(reader.raw("systemInstruction"))
    stream = reader.take("stream", bool, default=False)
    config = FieldReader(
        fields_of(reader.raw("generationConfig") or Raw(b"{}"), "generationConfig"), "generationConfig."
    )
    return Request(
        model=model.removeprefix("models/"),
        turns=_read_turns(contents),
        instructions=instructions,
        tools=tools,
        tool_choice=choice.choice,
        max_tokens=config.take("maxOutputTokens", int),
        reasoning=_read_reasoning(config.raw("thinkingConfig")),
        output_format=_read_format(config),
        sampling=Sampling(
            config.take("temperature", float),
            config.take("topP", float),
            _whole(config.take("topK", float)),
            config.take("seed", int),
            config.take("presencePenalty", float),
            config.take("frequencyPenalty", float),
        ),
        stop=tuple(config.take("stopSequences", list[str], default=())),
        stream=stream,
        logprobs=_read_logprobs(config),
        service_tier=_read_tier(reader),
        extras=_extras(reader, config, choice.more),
    )


def _read_tier(reader: FieldReader) -> str | None:
    """In OpenAI's words, where there is one."""
    said = reader.take("serviceTier", str)
    tier = TIERS.get((said or "").lower())
    if said is not None and tier is None:
        reader.fields["serviceTier"] = Raw(encode(said))
    return tier


def _read_logprobs(config: FieldReader) -> int | None:
    wanted, alternatives = config.take("responseLogprobs", bool), config.take("logprobs", int)
    return alternatives or 0 if wanted else None


def _whole(value: float | None) -> int | None:
    """`topK` is a number that clients write as 40 or 40.0."""
    return None if value is None else int(value)


def _read_instructions(raw: Raw | None) -> tuple[Text | Unknown, ...]:
    if raw is None:
        return ()
    reader, said = BlockReader(), []
    for one in read_content(raw, "systemInstruction").parts:
        blocks = reader.question([one])
        said += [block if isinstance(block, Text | Unknown) else Unknown(NAME, one.raw) for block in blocks]
    return tuple(said)


_ROLES = {"user": "user", "function": "user", "tool": "user", "model": "assistant", "": "user"}


def _read_turns(contents: list[LooseContent]) -> tuple[Turn, ...]:
    """Messages as turns. A model's messages in a row are one: clients record a stream piece by piece."""
    reader = BlockReader()
    turns: list[Turn] = []
    index = 0
    while index < len(contents):
        path = f"contents[{index}]"
        if _role(contents[index], path) == "user":
            content = contents[index]
            turns.append(Turn("user", reader.question(content.parts), extras=_kept(content.more)))
            index += 1
            continue
        parts, more = [], dict(contents[index].more)
        while index < len(contents) and _role(contents[index], f"contents[{index}]") == "assistant":
            parts += contents[index].parts
            more.update(contents[index].more)
            index += 1
        blocks: list[Block] = []
        reader.answer(parts, blocks)
        turns.append(Turn("assistant", tuple(blocks), extras=_kept(more)))
    return tuple([turn for turn in turns if turn.content])


def _role(content: LooseContent, path: str) -> str:
    role = _ROLES.get(content.role)
    if role is None:
        raise refuse(Kind.BAD_REQUEST, f'{path}.role: must be "user" or "model"', param=f"{path}.role")
    return role


def _kept(more: Mapping[str, Raw]) -> Extras | None:
    return Extras(NAME, more) if more else None


def _read_reasoning(raw: Raw | None) -> Reasoning:
    if raw is None:
        return Reasoning()
    path = "generationConfig.thinkingConfig"
    fields = fields_of(raw, path)
    known = {field.encode_name for field in structs.fields(wire.ThinkingConfig)}
    more = {name: value for name, value in fields.items() if name not in known}
    reasoning = read_thinking(decode_field(encode(fields), wire.ThinkingConfig, path))
    return structs.replace(reasoning, extras=Extras(NAME, more)) if more else reasoning


_JSON = "application/json"


def _read_format(config: FieldReader) -> OutputFormat | None:
    """Structured output in any of its three spellings."""
    kind = config.take("responseMimeType", str)
    schema, json_schema = config.raw("responseSchema"), config.raw("responseJsonSchema")
    if kind not in (None, "text/plain", _JSON):
        config.fields["responseMimeType"] = Raw(encode(kind))
        if schema is not None:
            config.fields["responseSchema"] = schema
        return None
    if json_schema is not None or schema is not None:
        return OutputFormat(json_schema if json_schema is not None else read_openapi(schema or Raw(b"{}")))
    return OutputFormat(None) if kind == _JSON else _read_newer_format(config)


def _read_newer_format(config: FieldReader) -> OutputFormat | None:
    path = "generationConfig.responseFormat"
    formats = many(config.fields.get("responseFormat", Raw(b"[]")), path)
    if len(formats) != 1:
        return None
    fields = fields_of(formats[0], path)
    text = fields_of(fields["text"], f"{path}.text") if set(fields) == {"text"} else {}
    if bytes(text.get("mimeType", b"")) != b'"application/json"':
        return None
    del config.fields["responseFormat"]
    return OutputFormat(text.get("jsonSchema"))


_ESSENTIAL = ("candidateCount", "responseModalities", "responseMimeType")


def _extras(reader: FieldReader, config: FieldReader, tool_config: Mapping[str, Raw]) -> Extras | None:
    """All that is left, with what changes an answer's meaning in plain sight of other dialects."""
    kept = reader.fields
    for name in _ESSENTIAL:
        raw = config.raw(name)
        if raw is not None:
            kept[name] = raw
    if tool_config:
        kept["toolConfig"] = Raw(encode(tool_config))
    if config.fields:
        kept["generationConfig"] = Raw(encode(config.fields))
    return Extras(NAME, kept) if kept else None
