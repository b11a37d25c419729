"""What the settings of a request can mean: the rows of `meanings` go on."""

from .meanings import A, C, G, Lost, Meaning, R, Refused, tools

LOOK_ALONE = {"type": "function", "name": "look"}
TWO = {
    C: {"tools": [*tools(C)["tools"], {"type": "function", "function": {"name": "other"}}]},
    R: {"tools": [*tools(R)["tools"], {"type": "function", "name": "other"}]},
}

SETTINGS = [
    Meaning(
        "the ordinary service tier",
        {
            A: {"service_tier": "standard_only"},
            C: {"service_tier": "default"},
            R: {"service_tier": "default"},
            G: {"serviceTier": "standard"},
        },
    ),
    Meaning(
        "a cheap service tier",
        {C: {"service_tier": "flex"}, R: {"service_tier": "flex"}, G: {"serviceTier": "flex"}},
        {A: Lost("service_tier")},
    ),
    Meaning(
        "a quick service tier",
        {C: {"service_tier": "priority"}, R: {"service_tier": "priority"}, G: {"serviceTier": "priority"}},
        {A: Lost("service_tier")},
    ),
    Meaning(
        "a service tier of one dialect",
        {R: {"service_tier": "ultrafast"}},
        {A: Lost("service_tier"), C: Lost("service_tier"), G: Lost("service_tier")},
    ),
    Meaning(
        "a quick model",
        {A: {"speed": "fast"}},
        {C: Lost("speed"), R: Lost("speed"), G: Lost("speed")},
    ),
    Meaning("where it runs", {A: {"inference_geo": "us"}}, {C: Lost("inference_geo"), R: Lost("inference_geo")}),
    Meaning(
        "a budget for the whole task",
        {A: {"output_config": {"task_budget": {"type": "tokens", "total": 9}}}},
        {C: Lost("output_config"), R: Lost("output_config"), G: Lost("output_config")},
    ),
    Meaning(
        "other models if this one refuses",
        {A: {"fallbacks": "default"}},
        {C: Lost("fallbacks"), R: Lost("fallbacks"), G: Lost("fallbacks")},
    ),
    Meaning(
        "a summary instead of an answer",
        {A: {"compaction": {"type": "summarize"}}},
        {C: Refused("compaction"), R: Refused("compaction"), G: Refused("compaction")},
    ),
    Meaning(
        "a container",
        {A: {"container": "c_1"}},
        {C: Refused("container"), R: Refused("container"), G: Refused("container")},
    ),
    Meaning(
        "servers of tools",
        {A: {"mcp_servers": [{"type": "url", "name": "s", "url": "https://e.example"}]}},
        {C: Refused("mcp_servers"), R: Refused("mcp_servers"), G: Refused("mcp_servers")},
    ),
    Meaning(
        "a server of tools",
        {R: {"tools": [{"type": "mcp", "server_label": "s", "server_url": "https://e.example"}]}},
        {A: Refused("mcp"), C: Refused("mcp"), G: Refused("mcp")},
    ),
    Meaning(
        "an answer that fits a schema, by its earlier name",
        {A: {"output_format": {"type": "json_schema", "schema": {"type": "object"}}}},
        {
            A: {"output_config": {"format": {"schema": {"type": "object"}}}},
            C: {"response_format": {"json_schema": {"schema": {"type": "object"}}}},
            R: {"text": {"format": {"schema": {"type": "object"}}}},
            G: {"generationConfig": {"responseJsonSchema": {"type": "object"}}},
        },
    ),
    Meaning(
        "an answer kept strictly to a schema",
        {
            C: {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "strict": True, "schema": {"type": "object"}},
                }
            },
            R: {"text": {"format": {"type": "json_schema", "name": "n", "strict": True, "schema": {"type": "object"}}}},
        },
        {
            A: {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            G: {"generationConfig": {"responseJsonSchema": {"type": "object"}}},
        },
    ),
    Meaning(
        "a schema in the words of OpenAPI",
        {
            G: {
                "generationConfig": {
                    "responseMimeType": "application/json",
                    "responseSchema": {"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": True}}},
                }
            }
        },
        {
            A: {"output_config": {"format": {"schema": {"properties": {"a": {"type": ["string", "null"]}}}}}},
            C: {"response_format": {"json_schema": {"schema": {"properties": {"a": {"type": ["string", "null"]}}}}}},
            R: {"text": {"format": {"schema": {"properties": {"a": {"type": ["string", "null"]}}}}}},
            G: {"generationConfig": {"responseMimeType": "application/json"}},
        },
    ),
    Meaning(
        "one word of a list",
        {G: {"generationConfig": {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING"}}}},
        {A: Refused("responseMimeType"), C: Refused("responseMimeType"), R: Refused("responseMimeType")},
    ),
    Meaning(
        "what is too harmful",
        {G: {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]}},
        {A: Lost("safetySettings"), C: Lost("safetySettings"), R: Lost("safetySettings")},
    ),
    Meaning(
        "words kept in a cache",
        {G: {"cachedContent": "cachedContents/1"}},
        {A: Refused("cachedContent"), C: Refused("cachedContent"), R: Refused("cachedContent")},
    ),
    Meaning(
        "a picture for an answer",
        {G: {"generationConfig": {"responseModalities": ["IMAGE"]}}},
        {A: Refused("responseModalities"), C: Refused("responseModalities"), R: Refused("responseModalities")},
    ),
    Meaning(
        "only some of the tools, one of which must be called",
        {
            G: {
                "tools": [{"functionDeclarations": [{"name": "look"}, {"name": "seek"}, {"name": "other"}]}],
                "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look", "seek"]}},
            }
        },
        {
            A: {"tools": [{"name": "look"}, {"name": "seek"}], "tool_choice": {"type": "any"}},
            C: {"tools": [{"function": {"name": "look"}}, {"function": {"name": "seek"}}], "tool_choice": "required"},
            R: {"tools": [{"name": "look"}, {"name": "seek"}], "tool_choice": "required"},
            G: {
                "tools": [{"functionDeclarations": [{"name": "look"}, {"name": "seek"}]}],
                "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
            },
        },
    ),
    Meaning(
        "only one of the tools",
        {
            C: {
                **TWO[C],
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "required",
                        "tools": [{"type": "function", "function": {"name": "look"}}],
                    },
                },
            },
            R: {**TWO[R], "tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [LOOK_ALONE]}},
        },
        {
            A: {"tools": [{"name": "look"}], "tool_choice": {"type": "any"}},
            C: {"tools": [{"function": {"name": "look"}}], "tool_choice": "required"},
            G: {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
        },
    ),
    Meaning(
        "a guess at the answer",
        {C: {"prediction": {"type": "content", "content": "p"}}},
        {A: Lost("prediction"), R: Lost("prediction"), G: Lost("prediction")},
    ),
    Meaning(
        "likelier words",
        {C: {"logit_bias": {"1": 1}}},
        {A: Lost("logit_bias"), R: Lost("logit_bias"), G: Lost("logit_bias")},
    ),
    Meaning(
        "an answer to be kept",
        {R: {"store": True}},
        {A: Lost("store"), C: Lost("store"), G: Lost("store")},
    ),
    Meaning(
        "an answer not to be kept", {R: {"store": False}}, {A: {"store": None}, C: {"store": None}, G: {"store": None}}
    ),
    Meaning(
        "a conversation kept elsewhere",
        {R: {"conversation": "conv_1"}},
        {A: Refused("conversation"), C: Refused("conversation"), G: Refused("conversation")},
    ),
    Meaning(
        "an answer for later",
        {R: {"background": True}},
        {A: Refused("background"), C: Refused("background"), G: Refused("background")},
    ),
    Meaning(
        "what happens to too long a conversation",
        {R: {"truncation": "auto"}},
        {A: Lost("truncation"), C: Lost("truncation"), G: Lost("truncation")},
    ),
    Meaning(
        "which cache",
        {C: {"prompt_cache_key": "k"}, R: {"prompt_cache_key": "k"}},
        {A: Lost("prompt_cache_key"), (R, C): Lost("prompt_cache_key"), G: Lost("prompt_cache_key")},
    ),
    Meaning(
        "notes for later",
        {C: {"metadata": {"k": "v"}}, R: {"metadata": {"k": "v"}}},
        {A: Lost("metadata"), G: Lost("metadata")},
    ),
    Meaning(
        "who is to blame",
        {C: {"safety_identifier": "u"}, R: {"safety_identifier": "u"}},
        {
            (C, A): {"metadata": {"user_id": "u"}},
            (R, A): {"metadata": {"user_id": "u"}},
            (R, C): {"user": "u"},
            (C, C): {"user": "u"},
            G: Lost("user"),
        },
    ),
    Meaning(
        "how often what is thought is bound to what was said",
        {A: {"thinking": {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}}},
        {C: Lost("block_binding"), R: Lost("block_binding"), G: Lost("block_binding")},
    ),
    Meaning(
        "thinking that is not to be seen",
        {
            A: {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "low"}},
            G: {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
        },
        {
            (G, A): {"thinking": {"display": "omitted"}, "output_config": {"effort": "low"}},
            C: Lost("thinking display"),
            R: {"reasoning": {"effort": "low", "summary": None}},
        },
    ),
    Meaning(
        "a tool's further words",
        {A: tools(A, input_examples=[{"q": "a"}], allowed_callers=["direct"])},
        {C: Lost("input_examples"), R: Lost("allowed_callers"), G: Lost("input_examples")},
    ),
    Meaning(
        "a bounded search",
        {A: {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]}},
        {C: Lost("tool"), R: Lost("max_uses"), G: Lost("max uses")},
    ),
]
