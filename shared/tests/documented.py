"""Every field that the makers of the four dialects document for a request, each beside the same request without it.

Values are ones that ask for something: what a dialect does anyway need not be told. Sources: the API references that
`fairlead.shared.wire` names.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from .meanings import FORMAT, PDF, PNG, SCHEMA, WAV, A, C, G, R, talk

BASES: Mapping[str, dict[str, Any]] = {
    A: {"model": "m", "max_tokens": 9000, "messages": [{"role": "user", "content": "x"}]},
    C: {"model": "m", "messages": [{"role": "user", "content": "x"}]},
    R: {"model": "m", "input": "x", "store": False},
    G: {"model": "m", "contents": [{"role": "user", "parts": [{"text": "x"}]}]},
}


class Field(Struct, frozen=True):
    """One field by its path. `body` has it, `without` is the same but for it."""

    name: str
    dialect: str
    body: dict[str, Any]
    without: dict[str, Any]


def top(dialect: str, *, among: Mapping[str, Any] | None = None, **fields: Any) -> Iterator[Field]:
    """Top-level fields, one by one. `among`: what else stands there, with the field and without."""
    for name, value in fields.items():
        without = {**BASES[dialect], **(among or {})}
        yield Field(name, dialect, {**without, name: value}, without)


def inside(dialect: str, outer: str, *, among: Mapping[str, Any] | None = None, **fields: Any) -> Iterator[Field]:
    """Fields of a top-level object."""
    for name, value in fields.items():
        without = {**BASES[dialect], **({outer: dict(among)} if among is not None else {})}
        yield Field(f"{outer}.{name}", dialect, {**BASES[dialect], outer: {**(among or {}), name: value}}, without)


def listed(dialect: str, outer: str, one: Mapping[str, Any], **fields: Any) -> Iterator[Field]:
    """Fields of the only element of a top-level list."""
    kind = one.get("type") or next(iter(one))
    for name, value in fields.items():
        without = {**BASES[dialect], outer: [dict(one)]}
        yield Field(f"{outer}[{kind}].{name}", dialect, {**without, outer: [{**one, name: value}]}, without)


def part(dialect: str, role: str, one: Mapping[str, Any] | None, **fields: Any) -> Iterator[Field]:
    """Fields of a part of a message. Beside it stands a text, so that something remains without it."""
    kind = (one or {}).get("type") or next(iter(one or {"": 0}))
    for name, value in fields.items():
        without, body = (
            {**BASES[dialect], **said(dialect, role, parts)} for parts in ([one], [{**(one or {}), name: value}])
        )
        yield Field(f"{role} {kind}.{name}", dialect, body, without)


def whole(dialect: str, role: str, *parts: Mapping[str, Any]) -> Iterator[Field]:
    """Parts that a message may or may not hold."""
    for one in parts:
        kind = one.get("type") or next(iter(one))
        body, without = ({**BASES[dialect], **said(dialect, role, parts)} for parts in ([one], []))
        yield Field(f"{role} {kind}", dialect, body, without)


TEXTS: Mapping[tuple[str, str], dict[str, Any]] = {
    (R, "user"): {"type": "input_text", "text": "x"},
    (R, "assistant"): {"type": "output_text", "text": "x"},
    (G, "user"): {"text": "x"},
    (G, "assistant"): {"text": "x"},
}


def text(dialect: str, role: str = "user") -> dict[str, Any]:
    return TEXTS.get((dialect, role), {"type": "text", "text": "x"})


def said(dialect: str, role: str, parts: Any) -> dict[str, Any]:
    if role == "result":
        return answered(dialect, [text(dialect), *parts])
    asked = ("user", [text(dialect)])
    told = (role, [text(dialect, role), *parts])
    return talk(dialect, told) if role == "user" else talk(dialect, asked, told, asked)


def answered(dialect: str, content: Any, call: Any = None, result: Any = None) -> dict[str, Any]:
    """A call and what came of it, each with more fields."""
    call, result = call or {}, result or {}
    match dialect:
        case "anthropic":
            return talk(
                A,
                ("user", [text(A)]),
                ("assistant", [{"type": "tool_use", "id": "call_1", "name": "look", "input": {}, **call}]),
                ("user", [{"type": "tool_result", "tool_use_id": "call_1", "content": content, **result}]),
            )
        case "openai":
            function = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}, **call}
            return {
                "messages": [
                    {"role": "user", "content": "x"},
                    {"role": "assistant", "tool_calls": [function]},
                    {"role": "tool", "tool_call_id": "call_1", "content": content, **result},
                ]
            }
        case "openai-responses":
            return {
                "input": [
                    {"type": "message", "role": "user", "content": "x"},
                    {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}", **call},
                    {"type": "function_call_output", "call_id": "call_1", "output": content, **result},
                ]
            }
        case _:
            response = {"id": "call_1", "name": "look", "response": {"output": "x"}, **result}
            return talk(
                G,
                ("user", [text(G)]),
                ("assistant", [{"functionCall": {"id": "call_1", "name": "look", "args": {}}, **call}]),
                ("user", [{"functionResponse": response}]),
            )


def around(
    dialect: str, *, call: Mapping[str, Any] | None = None, result: Mapping[str, Any] | None = None
) -> Iterator[Field]:
    """Fields of a call, or of its result, one by one."""
    content = [text(dialect)]
    without = {**BASES[dialect], **answered(dialect, content)}
    for name, value in (call or {}).items():
        yield Field(f"call.{name}", dialect, {**BASES[dialect], **answered(dialect, content, {name: value})}, without)
    for name, value in (result or {}).items():
        body = {**BASES[dialect], **answered(dialect, content, None, {name: value})}
        yield Field(f"result.{name}", dialect, body, without)


def item(one: Mapping[str, Any], **fields: Any) -> Iterator[Field]:
    """Items of Responses, or their fields."""
    asked = {"type": "message", "role": "user", "content": "x"}
    without = {**BASES[R], "input": [asked, one, asked] if fields else [asked, asked]}
    for name, value in fields.items():
        body = {**BASES[R], "input": [asked, {**one, name: value}, asked]}
        yield Field(f"item {one['type']}.{name}", R, body, without)
    if not fields:
        yield Field(f"item {one['type']}", R, {**BASES[R], "input": [asked, one, asked]}, without)


def message(dialect: str, role: str, **fields: Any) -> Iterator[Field]:
    """Fields of a message."""
    key = {R: "input", G: "contents"}.get(dialect, "messages")
    without = {**BASES[dialect], **said(dialect, role, [])}
    for name, value in fields.items():
        body = {
            **without,
            key: [{**one, name: value} if at == len(without[key]) // 2 else one for at, one in enumerate(without[key])],
        }
        yield Field(f"{role} message.{name}", dialect, body, without)


MARK = {"type": "ephemeral", "ttl": "1h"}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
FUNCTION = {"name": "look", "input_schema": SCHEMA}
CITED = {"type": "char_location", "cited_text": "q", "document_index": 0, "start_char_index": 0, "end_char_index": 1}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
DOCUMENT = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}
FOUND = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "found"}]}

ANTHROPIC = [
    *top(
        A,
        system="S",
        stop_sequences=["END"],
        stream=True,
        thinking={"type": "adaptive"},
        temperature=0.5,
        top_p=0.5,
        top_k=4,
        service_tier="standard_only",
        speed="fast",
        inference_geo="us",
        cache_control=MARK,
        container="c_1",
        diagnostics={"previous_message_id": "msg_1"},
        context_management={"edits": [{"type": "clear_tool_uses_20250919"}]},
        mcp_servers=[{"type": "url", "name": "s", "url": "https://e.example"}],
        compaction={"type": "summarize"},
        fallbacks="default",
        fallback_credit_token="t",
        thread={"type": "create"},
        billing_policy={"type": "x"},
        output_format={"type": "json_schema", "schema": FORMAT},
        never_heard_of=1,
    ),
    *inside(A, "metadata", user_id="u", other=1),
    *inside(A, "output_config", effort="low", task_budget={"type": "tokens", "total": 9}, other=1),
    *inside(A, "output_config", format={"type": "json_schema", "schema": FORMAT}),
    *inside(A, "thinking", among={"type": "adaptive"}, display="omitted", block_binding={"x": 1}),
    *inside(A, "thinking", among={"type": "enabled"}, budget_tokens=4000),
    *listed(A, "system", {"type": "text", "text": "S"}, cache_control=MARK, citations=[CITED]),
    *listed(
        A,
        "tools",
        FUNCTION,
        description="d",
        strict=True,
        cache_control=MARK,
        allowed_callers=["code_execution_20250825"],
        input_examples=[{"q": "a"}],
        eager_input_streaming=True,
    ),
    *top(A, among={"tools": [FUNCTION]}, tool_choice={"type": "any"}),
    *inside(A, "tool_choice", among={"type": "auto"}),
    Field(
        "tools.defer_loading",
        A,
        {**BASES[A], "tools": [FUNCTION, {**FUNCTION, "name": "later", "defer_loading": True}]},
        {**BASES[A], "tools": [FUNCTION, {**FUNCTION, "name": "later"}]},
    ),
    Field(
        "tool_choice.disable_parallel_tool_use",
        A,
        {**BASES[A], "tools": [FUNCTION], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        {**BASES[A], "tools": [FUNCTION], "tool_choice": {"type": "auto"}},
    ),
    *listed(
        A,
        "tools",
        SEARCH,
        max_uses=3,
        allowed_domains=["e.example"],
        blocked_domains=["e.example"],
        user_location={"type": "approximate", "city": "C"},
        response_inclusion="full",
        cache_control=MARK,
    ),
    *(
        Field(f"tools[{tool['type']}]", A, {**BASES[A], "tools": [FUNCTION, tool]}, {**BASES[A], "tools": [FUNCTION]})
        for tool in (
            SEARCH,
            {"type": "bash_20250124", "name": "bash"},
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
            {"type": "memory_20250818", "name": "memory"},
            {"type": "web_fetch_20250910", "name": "web_fetch"},
            {"type": "code_execution_20250825", "name": "code_execution"},
            {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
            {"type": "advisor_20260301", "name": "advisor", "model": "m"},
            {"type": "mcp_toolset", "mcp_server_name": "s"},
        )
    ),
    *part(A, "user", {"type": "text", "text": "y"}, cache_control=MARK),
    *part(A, "assistant", {"type": "text", "text": "y"}, cache_control=MARK, citations=[CITED]),
    *part(A, "user", IMAGE, cache_control=MARK, transformations={"oversized_image": "error"}),
    *part(A, "user", DOCUMENT, title="t", context="c", citations={"enabled": True}, cache_control=MARK),
    *part(A, "user", FOUND, citations={"enabled": True}, cache_control=MARK),
    *whole(
        A,
        "user",
        IMAGE,
        DOCUMENT,
        FOUND,
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "image", "source": {"type": "url", "url": "https://e.example/a.png"}},
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "url", "url": "https://e.example/a.pdf"}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "t"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "t"}]}},
        {"type": "container_upload", "file_id": "file_1"},
    ),
    *whole(
        A,
        "assistant",
        {"type": "thinking", "thinking": "t", "signature": "s"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": {"type": "web_fetch_result"}},
        {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {"stdout": "s"}},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {"stdout": "s"}},
        {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1", "content": {}},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "n", "server_name": "s", "input": {}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": "c", "is_error": False},
        {"type": "compaction", "content": "what was said"},
        {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        {"type": "connector_text", "text": "t"},
    ),
    *whole(A, "result", IMAGE, DOCUMENT, FOUND, {"type": "tool_reference", "tool_name": "later"}),
    *part(A, "result", {"type": "text", "text": "y"}, cache_control=MARK),
    *around(
        A,
        call={"cache_control": MARK, "caller": {"type": "x"}, "toolset_name": "browser"},
        result={"is_error": True, "cache_control": MARK, "toolset_name": "browser"},
    ),
    *(
        Field(
            f"system message.{name}",
            A,
            {**BASES[A], "messages": [*BASES[A]["messages"], {"role": "system", "content": "S", **more}]},
            {**BASES[A], "messages": [*BASES[A]["messages"], *([{"role": "system", "content": "S"}] if more else [])]},
        )
        for name, more in {"": {}, "clear_at": {"clear_at": "never"}, "output_config": {"output_config": {}}}.items()
    ),
]

PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
FILE = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}}
POINT = {"mode": "explicit"}
CALLED = {"type": "function", "function": {"name": "look", "parameters": SCHEMA}}

CHAT = [
    *top(
        C,
        max_completion_tokens=77,
        max_tokens=77,
        temperature=0.5,
        top_p=0.5,
        n=2,
        stop=["END"],
        presence_penalty=0.5,
        frequency_penalty=0.5,
        logit_bias={"1": 1},
        seed=7,
        stream=True,
        tools=[CALLED],
        functions=[{"name": "f"}],
        function_call="auto",
        response_format={"type": "json_object"},
        reasoning_effort="low",
        verbosity="low",
        modalities=["text", "audio"],
        audio={"voice": "v", "format": "wav"},
        prediction={"type": "content", "content": "p"},
        web_search_options={"search_context_size": "low"},
        store=True,
        metadata={"k": "v"},
        service_tier="flex",
        prompt_cache_key="k",
        prompt_cache_options={"mode": "explicit"},
        prompt_cache_retention="24h",
        safety_identifier="u",
        user="u",
        moderation={"model": "m"},
        never_heard_of=1,
    ),
    *inside(C, "stream_options", include_obfuscation=False),
    *top(C, among={"tools": [CALLED]}, tool_choice="required", parallel_tool_calls=False),
    Field(
        "tool_choice.allowed_tools",
        C,
        {
            **BASES[C],
            "tools": [CALLED, {"type": "function", "function": {"name": "other"}}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "look"}}]},
            },
        },
        {**BASES[C], "tools": [CALLED, {"type": "function", "function": {"name": "other"}}]},
    ),
    Field(
        "tools.strict",
        C,
        {**BASES[C], "tools": [{**CALLED, "function": {**CALLED["function"], "strict": True}}]},  # type: ignore[dict-item]
        {**BASES[C], "tools": [CALLED]},
    ),
    *(
        Field(
            f"response_format.{name}",
            C,
            {
                **BASES[C],
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": FORMAT, name: value}},
            },
            {**BASES[C], "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": FORMAT}}},
        )
        for name, value in {"strict": True, "description": "d"}.items()
    ),
    *message(C, "user", name="n", never_heard_of=1),
    *message(C, "assistant", name="n", audio={"id": "a"}, function_call={"name": "f", "arguments": "{}"}),
    Field(
        "assistant refusal",
        C,
        {
            **BASES[C],
            "messages": [
                {"role": "user", "content": "x"},
                {"role": "assistant", "content": None, "refusal": "no"},
                {"role": "user", "content": "x"},
            ],
        },
        {**BASES[C], "messages": [{"role": "user", "content": "x"}, {"role": "user", "content": "x"}]},
    ),
    *part(C, "user", {"type": "text", "text": "y"}, prompt_cache_breakpoint=POINT),
    *part(C, "user", PICTURE, prompt_cache_breakpoint=POINT),
    *part(C, "user", FILE, prompt_cache_breakpoint=POINT),
    Field(
        "user image_url.detail",
        C,
        {**BASES[C], **talk(C, ("user", [{**PICTURE, "image_url": {**PICTURE["image_url"], "detail": "low"}}]))},  # type: ignore[dict-item]
        {**BASES[C], **talk(C, ("user", [PICTURE]))},
    ),
    *whole(
        C,
        "user",
        PICTURE,
        FILE,
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
    ),
    *around(C, result={"name": "n"}),
]

SEEN = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
READ = {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}
FLAT = {"type": "function", "name": "look", "parameters": SCHEMA, "strict": False}

RESPONSES = [
    *top(
        R,
        instructions="S",
        previous_response_id="resp_1",
        conversation="conv_1",
        max_output_tokens=77,
        max_tool_calls=3,
        reasoning={"effort": "low"},
        include=["web_search_call.action.sources"],
        temperature=0.5,
        top_p=0.5,
        top_logprobs=3,
        stream=True,
        stream_options={"include_obfuscation": False},
        truncation="auto",
        context_management=[{"type": "compaction", "compact_threshold": 1000}],
        background=True,
        metadata={"k": "v"},
        prompt={"id": "p"},
        prompt_cache_key="k",
        prompt_cache_options={"mode": "explicit"},
        prompt_cache_retention="24h",
        safety_identifier="u",
        user="u",
        service_tier="flex",
        moderation={"model": "m"},
        image={"context_compression": "disabled"},
        access_programs={"cyber": "x"},
        multi_agent={"enabled": True},
        never_heard_of=1,
    ),
    *top(R, store=True),
    *inside(
        R,
        "reasoning",
        among={"effort": "low"},
        summary="auto",
        mode="pro",
        context="all_turns",
        generate_summary="auto",
    ),
    *inside(R, "text", format={"type": "json_object"}, verbosity="low"),
    *(
        Field(
            f"text.format.{name}",
            R,
            {**BASES[R], "text": {"format": {"type": "json_schema", "name": "n", "schema": FORMAT, name: value}}},
            {**BASES[R], "text": {"format": {"type": "json_schema", "name": "n", "schema": FORMAT}}},
        )
        for name, value in {"strict": True, "description": "d"}.items()
    ),
    *top(R, among={"tools": [FLAT]}, tool_choice="required", parallel_tool_calls=False),
    Field(
        "tool_choice.allowed_tools",
        R,
        {
            **BASES[R],
            "tools": [FLAT, {**FLAT, "name": "other"}],
            "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "look"}]},
        },
        {**BASES[R], "tools": [FLAT, {**FLAT, "name": "other"}]},
    ),
    *listed(
        R,
        "tools",
        {"type": "function", "name": "look", "parameters": SCHEMA},
        description="d",
        strict=True,
        defer_loading=True,
        allowed_callers=["programmatic"],
        output_schema=SCHEMA,
        **{"async": True},
    ),
    *listed(
        R,
        "tools",
        {"type": "custom", "name": "patch"},
        description="d",
        format={"type": "grammar", "syntax": "regex", "definition": "a"},
    ),
    *listed(
        R,
        "tools",
        {"type": "web_search"},
        filters={"allowed_domains": ["e.example"]},
        user_location={"type": "approximate", "city": "C"},
        search_context_size="low",
        external_web_access=False,
    ),
    *(
        Field(f"tools[{tool['type']}]", R, {**BASES[R], "tools": [FLAT, tool]}, {**BASES[R], "tools": [FLAT]})
        for tool in (
            {"type": "web_search"},
            {"type": "tool_search"},
            {"type": "file_search", "vector_store_ids": ["v"]},
            {"type": "computer"},
            {"type": "mcp", "server_label": "s", "server_url": "https://e.example"},
            {"type": "code_interpreter", "container": {"type": "auto"}},
            {"type": "local_shell"},
            {"type": "shell"},
            {"type": "apply_patch"},
            {"type": "image_generation"},
            {"type": "namespace", "name": "ns", "description": "d", "tools": [{"type": "function", "name": "f"}]},
        )
    ),
    *message(R, "assistant", phase="commentary"),
    *message(R, "user", never_heard_of=1),
    *part(R, "user", {"type": "input_text", "text": "y"}, prompt_cache_breakpoint=POINT),
    *part(R, "user", SEEN, detail="low", prompt_cache_breakpoint=POINT),
    *part(R, "user", READ, detail="low", prompt_cache_breakpoint=POINT),
    *part(
        R,
        "assistant",
        {"type": "output_text", "text": "y"},
        annotations=[{"type": "file_citation", "file_id": "f"}],
        logprobs=[{"token": "y", "logprob": -0.5, "bytes": [121], "top_logprobs": []}],
    ),
    *whole(
        R,
        "user",
        SEEN,
        READ,
        {"type": "input_image", "file_id": "file-1"},
        {"type": "input_file", "file_id": "file-1"},
        {"type": "input_file", "file_url": "https://e.example/a.pdf"},
        {"type": "input_video", "video_url": "https://e.example/a.mp4"},
    ),
    *whole(R, "assistant", {"type": "refusal", "refusal": "no"}),
    *whole(R, "result", SEEN, READ),
    *around(
        R,
        call={"namespace": "ns", "caller": {"type": "program"}, "async": True},
        result={"caller": {"type": "program"}},
    ),
    *item({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e"}),
    *item({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}),
    *item({"type": "file_search_call", "id": "fs_1", "queries": ["q"], "status": "completed"}),
    *item({"type": "code_interpreter_call", "id": "ci_1", "code": "c", "container_id": "c", "status": "completed"}),
    *item({"type": "image_generation_call", "id": "ig_1", "result": None, "status": "completed"}),
    *item({"type": "computer_call", "id": "cu_1", "call_id": "c", "action": {"type": "wait"}, "status": "completed"}),
    *item({"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}}),
    *item({"type": "local_shell_call", "id": "l", "call_id": "c", "action": {"type": "exec"}, "status": "completed"}),
    *item({"type": "local_shell_call_output", "id": "l", "output": "{}"}),
    *item({"type": "shell_call", "call_id": "c", "action": {"commands": []}}),
    *item({"type": "shell_call_output", "call_id": "c", "output": []}),
    *item({"type": "apply_patch_call", "id": "a", "call_id": "c", "operation": {}, "status": "completed"}),
    *item({"type": "apply_patch_call_output", "call_id": "c", "status": "completed"}),
    *item({"type": "mcp_list_tools", "id": "m", "server_label": "s", "tools": []}),
    *item({"type": "mcp_call", "id": "m", "name": "n", "arguments": "{}", "server_label": "s", "output": "o"}),
    *item({"type": "mcp_approval_request", "id": "m", "name": "n", "arguments": "{}", "server_label": "s"}),
    *item({"type": "mcp_approval_response", "approval_request_id": "m", "approve": True}),
    *item({"type": "tool_search_call", "arguments": {}, "execution": "server"}),
    *item({"type": "tool_search_output", "tools": [], "execution": "server", "status": "completed"}),
    *item({"type": "additional_tools", "role": "developer", "tools": []}),
    *item({"type": "configuration_update", "reasoning": {"effort": "low"}}),
    *item({"type": "compaction", "id": "cmp_1", "encrypted_content": "e"}),
    *item({"type": "compaction_trigger"}),
    *item({"type": "program", "id": "p", "call_id": "c", "code": "x"}),
    *item({"type": "item_reference", "id": "msg_1"}),
]

BLOB = {"inlineData": {"mimeType": "image/png", "data": PNG}}
DECLARED = {"name": "look", "parametersJsonSchema": SCHEMA}

GEMINI = [
    *top(
        G,
        systemInstruction={"parts": [{"text": "S"}]},
        safetySettings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
        cachedContent="cachedContents/1",
        serviceTier="flex",
        store=True,
        labels={"k": "v"},
        modelArmorConfig={"x": 1},
        continuationToken="aGk=",
        stream=True,
        neverHeardOf=1,
    ),
    *inside(
        G,
        "generationConfig",
        temperature=0.5,
        topP=0.5,
        topK=4,
        maxOutputTokens=77,
        stopSequences=["END"],
        candidateCount=2,
        seed=7,
        presencePenalty=0.5,
        frequencyPenalty=0.5,
        responseLogprobs=True,
        responseMimeType="application/json",
        responseModalities=["TEXT", "IMAGE"],
        mediaResolution="MEDIA_RESOLUTION_LOW",
        imageConfig={"aspectRatio": "1:1"},
        speechConfig={"languageCode": "de"},
        translationConfig={"x": 1},
        audioTimestamp=True,
        routingConfig={"x": 1},
        enableEnhancedCivicAnswers=True,
        responseFormat=[{"text": {"mimeType": "application/json", "jsonSchema": FORMAT}}],
    ),
    *inside(
        G,
        "generationConfig",
        among={"responseMimeType": "application/json"},
        responseSchema={"type": "OBJECT", "properties": {"a": {"type": "STRING"}}},
        responseJsonSchema=FORMAT,
    ),
    *inside(G, "generationConfig", among=None, responseMimeType="text/x.enum"),
    *(
        Field(
            f"thinkingConfig.{name}",
            G,
            {**BASES[G], "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW", name: value}}},
            {**BASES[G], "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
        )
        for name, value in {"includeThoughts": True, "thinkingLevel": "HIGH", "neverHeardOf": 1}.items()
    ),
    *inside(G, "generationConfig", among={"responseLogprobs": True}, logprobs=3),
    *inside(G, "generationConfig", thinkingConfig={"thinkingBudget": 4000}),
    *listed(
        G,
        "tools",
        {"functionDeclarations": [DECLARED]},
        googleSearch={},
        googleSearchRetrieval={},
        urlContext={},
        codeExecution={},
        googleMaps={},
        fileSearch={"fileSearchStoreNames": ["f"]},
        computerUse={"environment": "ENVIRONMENT_BROWSER"},
        mcpServers=[{"name": "s"}],
        enterpriseWebSearch={},
    ),
    *(
        Field(
            f"functionDeclarations.{name}",
            G,
            {**BASES[G], "tools": [{"functionDeclarations": [{**DECLARED, name: value}]}]},
            {**BASES[G], "tools": [{"functionDeclarations": [DECLARED]}]},
        )
        for name, value in {"description": "d", "responseJsonSchema": SCHEMA, "behavior": "NON_BLOCKING"}.items()
    ),
    *(
        Field(
            f"googleSearch.{name}",
            G,
            {**BASES[G], "tools": [{"googleSearch": {name: value}}]},
            {**BASES[G], "tools": [{"googleSearch": {}}]},
        )
        for name, value in {
            "searchTypes": {"imageSearch": {}},
            "excludeDomains": ["e.example"],
            "timeRangeFilter": {"startTime": "t"},
        }.items()
    ),
    *(
        Field(
            f"toolConfig.{name}",
            G,
            {**BASES[G], "tools": [{"functionDeclarations": [DECLARED, {"name": "other"}]}], "toolConfig": config},
            {**BASES[G], "tools": [{"functionDeclarations": [DECLARED, {"name": "other"}]}]},
        )
        for name, config in {
            "ANY": {"functionCallingConfig": {"mode": "ANY"}},
            "ANY of one": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}},
            "NONE": {"functionCallingConfig": {"mode": "NONE"}},
            "VALIDATED": {"functionCallingConfig": {"mode": "VALIDATED"}},
            "VALIDATED of one": {"functionCallingConfig": {"mode": "VALIDATED", "allowedFunctionNames": ["look"]}},
            "retrievalConfig": {"retrievalConfig": {"languageCode": "de"}},
        }.items()
    ),
    *part(
        G,
        "user",
        BLOB,
        mediaResolution={"level": "MEDIA_RESOLUTION_LOW"},
        videoMetadata={"fps": 1},
        partMetadata={"k": "v"},
    ),
    *whole(
        G,
        "user",
        BLOB,
        {"inlineData": {"mimeType": "application/pdf", "data": PDF, "displayName": "d"}},
        {"inlineData": {"mimeType": "audio/wav", "data": WAV}},
        {"inlineData": {"mimeType": "video/mp4", "data": PDF}},
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1/files/1", "mimeType": "image/png"}},
        {"fileData": {"fileUri": "gs://b/a.pdf", "mimeType": "application/pdf"}},
        {"fileData": {"fileUri": "https://youtu.be/x"}},
    ),
    *whole(
        G,
        "assistant",
        {"text": "t", "thought": True},
        {"text": "t", "thoughtSignature": "aGk="},
        {"executableCode": {"language": "PYTHON", "code": "c"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "o"}},
        {"toolCall": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}},
        {"toolResponse": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}},
    ),
    *around(
        G,
        call={"thoughtSignature": "aGk=", "partMetadata": {"k": "v"}},
        result={"parts": [BLOB], "willContinue": True, "scheduling": "SILENT", "response": {"error": "e"}},
    ),
]

FIELDS = [*ANTHROPIC, *CHAT, *RESPONSES, *GEMINI]
