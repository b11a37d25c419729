"""What a request can mean, in the words of each dialect that has some, and what becomes of it in one that has none."""

from typing import Any

from msgspec import Struct

A, C, R, G = "anthropic", "openai", "openai-responses", "gemini"


class Lost(Struct, frozen=True):
    """Left out, and said to be: `what` of the loss."""

    what: str


class Refused(Struct, frozen=True):
    """Not sent at all: a word of the refusal."""

    word: str


class Meaning(Struct, frozen=True):
    """One idea. `words`: by dialect the fields that say it, to be read from a request and to be found in one.

    `heard`: what becomes of it in a dialect that does not say it so itself, by the dialect or by the pair of source and
    target: other fields, a `Lost` or a `Refused`.
    """

    name: str
    words: dict[str, dict[str, Any]]
    heard: dict[Any, Any] = {}

    def becomes(self, source: str, target: str) -> Any:
        """What must come of it on this way."""
        return self.heard.get((source, target)) or self.heard.get(target) or self.words.get(target, {})


def user(*parts: Any, dialect: str = A) -> dict[str, Any]:
    """A conversation of one user's message with these parts."""
    return talk(dialect, ("user", parts))


def talk(dialect: str, *turns: tuple[str, Any]) -> dict[str, Any]:
    """A conversation, in whichever of the dialects' shapes."""
    match dialect:
        case "gemini":
            roles = {"assistant": "model"}
            return {"contents": [{"role": roles.get(role, role), "parts": list(parts)} for role, parts in turns]}
        case "openai-responses":
            return {"input": [{"type": "message", "role": role, "content": list(parts)} for role, parts in turns]}
        case _:
            return {"messages": [{"role": role, "content": list(parts)} for role, parts in turns]}


PNG, PDF, WAV = "iVBORw0KGgo=", "JVBERi0xLjQ=", "UklGRg=="
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
FORMAT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def tools(dialect: str, **more: Any) -> dict[str, Any]:
    """One function, "look"."""
    named = {"name": "look", "description": "Looks"}
    match dialect:
        case "anthropic":
            return {"tools": [{**named, "input_schema": SCHEMA, **more}]}
        case "openai":
            return {"tools": [{"type": "function", "function": {**named, "parameters": SCHEMA, **more}}]}
        case "openai-responses":
            return {"tools": [{"type": "function", **named, "parameters": SCHEMA, **more}]}
        case _:
            return {"tools": [{"functionDeclarations": [{**named, "parametersJsonSchema": SCHEMA, **more}]}]}


def everywhere(**words: Any) -> dict[str, Any]:
    return dict(zip((A, C, R, G), (words["a"], words["c"], words["r"], words["g"]), strict=True))


def calls(dialect: str, result: Any, **more: Any) -> dict[str, Any]:
    """Two calls at once, answered in the other order, and a word after."""
    match dialect:
        case "anthropic":
            return talk(
                A,
                ("user", [{"type": "text", "text": "go"}]),
                (
                    "assistant",
                    [
                        {"type": "tool_use", "id": "call_1", "name": "look", "input": {"q": "1"}},
                        {"type": "tool_use", "id": "call_2", "name": "look", "input": {"q": "2"}},
                    ],
                ),
                (
                    "user",
                    [
                        {"type": "tool_result", "tool_use_id": "call_1", "content": result, **more},
                        {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "two"}]},
                        {"type": "text", "text": "and?"},
                    ],
                ),
            )
        case "openai":
            asked = [
                {"id": f"call_{at}", "type": "function", "function": {"name": "look", "arguments": f'{{"q":"{at}"}}'}}
                for at in (1, 2)
            ]
            return {
                "messages": [
                    {"role": "user", "content": "go"},
                    {"role": "assistant", "tool_calls": asked},
                    {"role": "tool", "tool_call_id": "call_1", "content": result, **more},
                    {"role": "tool", "tool_call_id": "call_2", "content": "two"},
                    {"role": "user", "content": "and?"},
                ]
            }
        case "openai-responses":
            return {
                "input": [
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]},
                    *(
                        {
                            "type": "function_call",
                            "call_id": f"call_{at}",
                            "name": "look",
                            "arguments": f'{{"q":"{at}"}}',
                        }
                        for at in (1, 2)
                    ),
                    {"type": "function_call_output", "call_id": "call_1", "output": result, **more},
                    {"type": "function_call_output", "call_id": "call_2", "output": "two"},
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "and?"}]},
                ]
            }
        case _:
            return talk(
                G,
                ("user", [{"text": "go"}]),
                (
                    "assistant",
                    [{"functionCall": {"id": f"call_{at}", "name": "look", "args": {"q": str(at)}}} for at in (1, 2)],
                ),
                (
                    "user",
                    [
                        {"functionResponse": {"id": "call_1", "name": "look", "response": result, **more}},
                        {"functionResponse": {"id": "call_2", "name": "look", "response": {"output": "two"}}},
                    ],
                ),
                ("user", [{"text": "and?"}]),
            )


MEANINGS = [
    Meaning(
        "instructions",
        everywhere(
            a={"system": [{"type": "text", "text": "S"}]},
            c={"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "x"}]},
            r={"instructions": "S"},
            g={"systemInstruction": {"parts": [{"text": "S"}]}},
        ),
        {C: {"messages": [{"role": "developer", "content": "S"}]}},
    ),
    Meaning(
        "instructions in two blocks",
        {
            A: {"system": [{"type": "text", "text": "S"}, {"type": "text", "text": "T"}]},
            G: {"systemInstruction": {"parts": [{"text": "S"}, {"text": "T"}]}},
        },
        {
            C: {"messages": [{"role": "developer", "content": "S\n\nT"}]},
            R: {"input": [{"role": "developer", "content": [{"text": "S"}, {"text": "T"}]}]},
        },
    ),
    Meaning(
        "instructions inside the conversation",
        {
            A: {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "x"}]},
                    {"role": "system", "content": [{"type": "text", "text": "S"}]},
                ]
            },
            C: {"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "S"}]},
            R: {
                "input": [
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "S"}]},
                ]
            },
        },
        {G: Lost("system message")},
    ),
    Meaning(
        "a developer's instructions inside the conversation",
        {
            C: {"messages": [{"role": "user", "content": "x"}, {"role": "developer", "content": "S"}]},
            R: {
                "input": [
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "S"}]},
                ]
            },
        },
        {A: {"messages": [{"role": "system", "content": [{"type": "text", "text": "S"}]}]}, G: Lost("system message")},
    ),
    Meaning(
        "turns",
        everywhere(
            a=talk(
                A,
                ("user", [{"type": "text", "text": "x"}]),
                ("assistant", [{"type": "text", "text": "y"}]),
                ("user", [{"type": "text", "text": "z"}]),
            ),
            c={
                "messages": [
                    {"role": "user", "content": "x"},
                    {"role": "assistant", "content": "y"},
                    {"role": "user", "content": "z"},
                ]
            },
            r={
                "input": [
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "y"}]},
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "z"}]},
                ]
            },
            g=talk(G, ("user", [{"text": "x"}]), ("assistant", [{"text": "y"}]), ("user", [{"text": "z"}])),
        ),
    ),
    Meaning(
        "a picture",
        everywhere(
            a=user({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}),
            c=user({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}, dialect=C),
            r=user({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}, dialect=R),
            g=user({"inlineData": {"mimeType": "image/png", "data": PNG}}, dialect=G),
        ),
    ),
    Meaning(
        "a picture by its address",
        everywhere(
            a=user({"type": "image", "source": {"type": "url", "url": "https://e.example/a.png"}}),
            c=user({"type": "image_url", "image_url": {"url": "https://e.example/a.png"}}, dialect=C),
            r=user({"type": "input_image", "image_url": "https://e.example/a.png"}, dialect=R),
            g=user({"fileData": {"fileUri": "https://e.example/a.png", "mimeType": "image/png"}}, dialect=G),
        ),
    ),
    Meaning(
        "a file to read",
        everywhere(
            a=user(
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
                    "title": "a.pdf",
                }
            ),
            c=user(
                {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}},
                dialect=C,
            ),
            r=user(
                {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
                dialect=R,
            ),
            g=user({"inlineData": {"mimeType": "application/pdf", "data": PDF}}, dialect=G),
        ),
        {
            (G, A): user({"type": "document", "source": {"data": PDF}}),
            (G, C): user({"type": "file", "file": {"filename": "document.pdf"}}, dialect=C),
            (G, R): user({"type": "input_file", "filename": "document.pdf"}, dialect=R),
        },
    ),
    Meaning(
        "sound",
        {
            C: user({"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}, dialect=C),
            G: user({"inlineData": {"mimeType": "audio/wav", "data": WAV}}, dialect=G),
        },
        {A: Refused("audio"), R: Refused("audio")},
    ),
    Meaning("a function", everywhere(a=tools(A), c=tools(C), r=tools(R), g=tools(G))),
    Meaning(
        "a strict function",
        {A: tools(A, strict=True), C: tools(C, strict=True), R: tools(R, strict=True)},
        {
            G: {"toolConfig": {"functionCallingConfig": {"mode": "VALIDATED"}}},
        },
    ),
    Meaning(
        "a free-text tool",
        {
            C: {"tools": [{"type": "custom", "custom": {"name": "patch", "description": "Patches"}}]},
            R: {"tools": [{"type": "custom", "name": "patch", "description": "Patches"}]},
        },
        {
            A: {"tools": [{"name": "patch", "input_schema": {"properties": {"input": {"type": "string"}}}}]},
            C: {
                "tools": [{"function": {"name": "patch", "parameters": {"properties": {"input": {"type": "string"}}}}}]
            },
            G: {
                "tools": [
                    {
                        "functionDeclarations": [
                            {"name": "patch", "parametersJsonSchema": {"properties": {"input": {"type": "string"}}}}
                        ]
                    }
                ]
            },
        },
    ),
    Meaning(
        "a namespace",
        {
            R: {
                "tools": [
                    {
                        "type": "namespace",
                        "name": "ns",
                        "description": "d",
                        "tools": [{"type": "function", "name": "look", "parameters": SCHEMA}],
                    }
                ]
            }
        },
        {
            A: {"tools": [{"name": "ns__look"}]},
            C: {"tools": [{"function": {"name": "ns__look"}}]},
            G: {"tools": [{"functionDeclarations": [{"name": "ns__look"}]}]},
        },
    ),
    *(
        Meaning(f"tool choice {name}", {dialect: {**tools(dialect), **choice} for dialect, choice in words.items()})
        for name, words in {
            "auto": everywhere(
                a={"tool_choice": {"type": "auto"}},
                c={"tool_choice": "auto"},
                r={"tool_choice": "auto"},
                g={"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}},
            ),
            "none": everywhere(
                a={"tool_choice": {"type": "none"}},
                c={"tool_choice": "none"},
                r={"tool_choice": "none"},
                g={"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}},
            ),
            "any": everywhere(
                a={"tool_choice": {"type": "any"}},
                c={"tool_choice": "required"},
                r={"tool_choice": "required"},
                g={"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
            ),
            "named": everywhere(
                a={"tool_choice": {"type": "tool", "name": "look"}},
                c={"tool_choice": {"type": "function", "function": {"name": "look"}}},
                r={"tool_choice": {"type": "function", "name": "look"}},
                g={"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}}},
            ),
        }.items()
    ),
    Meaning(
        "one call at a time",
        {
            A: {**tools(A), "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
            C: {**tools(C), "parallel_tool_calls": False},
            R: {**tools(R), "parallel_tool_calls": False},
        },
        {G: Lost("parallel tool calls")},
    ),
    Meaning(
        "calls and what came of them",
        everywhere(
            a=calls(A, [{"type": "text", "text": "one"}]),
            c=calls(C, "one"),
            r=calls(R, "one"),
            g=calls(G, {"output": "one"}),
        ),
    ),
    Meaning(
        "a call that failed",
        {
            A: calls(A, [{"type": "text", "text": "one"}], is_error=True),
            G: calls(G, {"error": "one"}),
        },
        {C: calls(C, "one"), R: calls(R, "one")},
    ),
    Meaning(
        "a picture that came of a call",
        {
            A: calls(A, [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]),
            R: calls(R, [{"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}]),
        },
        {
            C: Lost("files in a tool result"),
            G: {"contents": [{}, {}, {"parts": [{"functionResponse": {"parts": [{"inlineData": {"data": PNG}}]}}]}]},
        },
    ),
    Meaning(
        "effort",
        everywhere(
            a={"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
            c={"reasoning_effort": "low"},
            r={"reasoning": {"effort": "low"}},
            g={"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
        ),
    ),
    Meaning(
        "no thinking",
        {
            A: {"thinking": {"type": "disabled"}},
            C: {"reasoning_effort": "none"},
            R: {"reasoning": {"effort": "none"}},
        },
        {G: {"generationConfig": {"thinkingConfig": {}}}},
    ),
    Meaning(
        "a budget of thinking",
        {A: {"max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 4000}}},
        {
            C: {"reasoning_effort": "low"},
            R: {"reasoning": {"effort": "low"}},
            G: {"generationConfig": {"thinkingConfig": {}}},
        },
    ),
    Meaning(
        "thinking to be seen",
        {
            A: {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
            R: {"reasoning": {"effort": "low", "summary": "auto"}},
            G: {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True}}},
        },
        {C: {"reasoning_effort": "low"}},
    ),
    Meaning(
        "an answer that fits a schema",
        everywhere(
            a={"output_config": {"format": {"type": "json_schema", "schema": FORMAT}}},
            c={"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": FORMAT}}},
            r={"text": {"format": {"type": "json_schema", "name": "answer", "schema": FORMAT}}},
            g={"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": FORMAT}},
        ),
    ),
    Meaning(
        "an answer in JSON",
        {
            C: {"response_format": {"type": "json_object"}},
            R: {"text": {"format": {"type": "json_object"}}},
            G: {"generationConfig": {"responseMimeType": "application/json"}},
        },
        {A: Lost("json_object")},
    ),
    Meaning(
        "words that end the answer",
        {
            A: {"stop_sequences": ["END"]},
            C: {"stop": ["END"]},
            G: {"generationConfig": {"stopSequences": ["END"]}},
        },
        {R: Lost("stop")},
    ),
    Meaning(
        "temperature",
        everywhere(
            a={"temperature": 0.5},
            c={"temperature": 0.5},
            r={"temperature": 0.5},
            g={"generationConfig": {"temperature": 0.5}},
        ),
    ),
    Meaning(
        "nucleus",
        everywhere(a={"top_p": 0.5}, c={"top_p": 0.5}, r={"top_p": 0.5}, g={"generationConfig": {"topP": 0.5}}),
    ),
    Meaning(
        "the best few", {A: {"top_k": 4}, G: {"generationConfig": {"topK": 4}}}, {C: Lost("top_k"), R: Lost("top_k")}
    ),
    Meaning("a seed", {C: {"seed": 7}, G: {"generationConfig": {"seed": 7}}}, {A: Lost("seed"), R: Lost("seed")}),
    Meaning(
        "how long",
        everywhere(
            a={"max_tokens": 77},
            c={"max_completion_tokens": 77},
            r={"max_output_tokens": 77},
            g={"generationConfig": {"maxOutputTokens": 77}},
        ),
        {C: {"max_tokens": 77}},
    ),
    Meaning(
        "log probabilities",
        {
            C: {"logprobs": True, "top_logprobs": 3},
            R: {"include": ["message.output_text.logprobs"], "top_logprobs": 3},
            G: {"generationConfig": {"responseLogprobs": True, "logprobs": 3}},
        },
        {A: Lost("logprobs")},
    ),
    Meaning(
        "log probabilities of the answer's own tokens only",
        {
            C: {"logprobs": True, "top_logprobs": None},
            R: {"include": ["message.output_text.logprobs"], "top_logprobs": None},
            G: {"generationConfig": {"responseLogprobs": True, "logprobs": None}},
        },
        {A: Lost("logprobs")},
    ),
    Meaning(
        "no tools at all",
        {A: {"tools": []}, C: {"tools": []}, R: {"tools": []}, G: {"tools": []}},
        {target: {"tools": None} for target in (A, C, R, G)},
    ),
    Meaning(
        "a tool told of later",
        {
            A: {
                "tools": [
                    {"name": "look", "input_schema": SCHEMA},
                    {"name": "later", "input_schema": SCHEMA, "defer_loading": True},
                ]
            },
        },
        {},
    ),
    Meaning(
        "who asks",
        {A: {"metadata": {"user_id": "u"}}, C: {"user": "u"}, R: {"safety_identifier": "u"}},
        {G: Lost("user")},
    ),
    Meaning(
        "what may be cached",
        {A: user({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}})},
        {
            C: {"messages": [{"content": [{"cache_control": {"type": "ephemeral", "ttl": "1h"}}]}]},
            R: Lost("cache_control"),  # advice; what these providers cache they choose themselves
            G: Lost("cache_control"),
        },
    ),
    Meaning(
        "context to be edited",
        {A: {"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}},
        {
            C: Lost("context_management"),
            R: Lost("context_management"),
            G: Lost("context_management"),
        },
    ),
    Meaning(
        "a search of the web",
        {
            A: {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
            R: {"tools": [{"type": "web_search"}]},
            G: {"tools": [{"googleSearch": {}}]},
        },
        {C: Lost("tool")},
    ),
    Meaning(
        "many answers",
        {C: {"n": 2}, G: {"generationConfig": {"candidateCount": 2}}},
        {
            **{(C, target): Refused("one answer") for target in (A, R, G)},
            **{(G, target): Refused("one answer") for target in (A, C, R, G)},
        },
    ),
    Meaning(
        "an answer to be heard",
        {C: {"modalities": ["text", "audio"], "audio": {"voice": "v", "format": "wav"}}},
        {A: Refused("text"), R: Refused("text"), G: Refused("text")},
    ),
    Meaning(
        "penalties",
        {
            C: {"presence_penalty": 0.5, "frequency_penalty": 0.25},
            G: {"generationConfig": {"presencePenalty": 0.5, "frequencyPenalty": 0.25}},
        },
        {A: Lost("presence_penalty"), R: Lost("frequency_penalty")},
    ),
    Meaning(
        "how wordy",
        {C: {"verbosity": "low"}, R: {"text": {"verbosity": "low"}}},
        {**{(C, target): Lost("verbosity") for target in (A, G)}, **{(R, target): Lost("text") for target in (A, G)}},
    ),
    Meaning(
        "a conversation held elsewhere",
        {R: {"previous_response_id": "resp_1"}},
        {A: Refused("previous_response_id"), C: Refused("previous_response_id"), G: Refused("previous_response_id")},
    ),
]
