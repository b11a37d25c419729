"""What a conversation can hold: the rows of `meanings` go on."""

from typing import Any

from .meanings import PDF, PNG, SCHEMA, A, C, G, Lost, Meaning, R, Refused, calls, everywhere, talk, user

MARK = {"type": "ephemeral", "ttl": "1h"}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def told(*blocks: Any) -> dict[str, Any]:
    """What a Claude said between two questions."""
    return talk(A, ("user", [text("x")]), ("assistant", [text("y"), *blocks]), ("user", [text("z")]))


def marked(kind: str, **fields: Any) -> Meaning:
    """A cache mark on some block: kept by Anthropic, and said once to be lost by those who cache on their own."""
    return Meaning(f"a cache mark on {kind}", {A: fields}, {R: Lost("cache_control"), G: Lost("cache_control"), C: {}})


CITED = {"type": "char_location", "cited_text": "q", "document_index": 0, "start_char_index": 0, "end_char_index": 1}
PAGE = {"type": "web_search_result_location", "cited_text": "q", "url": "https://e.example", "title": "t"}
FOUND = {"type": "search_result", "source": "https://e.example", "title": "t", "content": [text("found")]}
PNG_BLOCK = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
PDF_BLOCK = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}
CALL = {"type": "tool_use", "id": "call_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "call_1", "content": [text("one")]}


def called(call: Any = CALL, result: Any = RESULT) -> dict[str, Any]:
    return talk(A, ("user", [text("x")]), ("assistant", [call]), ("user", [result]))


CONTENT = [
    Meaning(
        "a picture its maker holds",
        {
            A: user({"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
            R: user({"type": "input_image", "file_id": "file-1"}, dialect=R),
            G: user({"fileData": {"fileUri": "files/1", "mimeType": "image/png"}}, dialect=G),
        },
        # An id means nothing to another maker, and an answer about a picture that nobody sees would be made up.
        {
            (source, target): Refused("held by another provider")
            for source in (A, R, G)
            for target in (A, C, R, G)
            if source != target
        },
    ),
    Meaning(
        "a file its maker holds",
        {
            A: user({"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
            C: user({"type": "file", "file": {"file_id": "file-1"}}, dialect=C),
            R: user({"type": "input_file", "file_id": "file-1"}, dialect=R),
            G: user({"fileData": {"fileUri": "gs://b/a.pdf", "mimeType": "application/pdf"}}, dialect=G),
        },
        {
            (source, target): Refused("held by another provider")
            for source in (A, C, R, G)
            for target in (A, C, R, G)
            if source != target and {source, target} != {C, R}  # who are of one maker
        },
    ),
    Meaning(
        "something found",
        {A: user(FOUND)},
        {
            C: {"messages": [{"content": "t (https://e.example)\n\nfound"}]},
            R: user({"type": "input_text", "text": "t (https://e.example)\n\nfound"}, dialect=R),
            G: Lost("source"),
        },
    ),
    Meaning(
        "a text in pieces",
        {A: user({"type": "document", "source": {"type": "content", "content": [text("a"), text("b")]}})},
        {
            C: {"messages": [{"content": "a\n\nb"}]},
            R: user({"type": "input_text", "text": "a\n\nb"}, dialect=R),
            G: Lost("source"),
        },
    ),
    Meaning(
        "a file for a container",
        {A: user({"type": "container_upload", "file_id": "file_1"})},
        {C: Refused("container_upload"), R: Refused("container_upload"), G: Refused("container_upload")},
    ),
    Meaning(
        "what a text cites",
        {A: told(text("y", citations=[CITED]))},
        {C: Lost("citations"), R: Lost("citations"), G: Lost("citations")},
    ),
    Meaning(
        "a page that a text cites",
        {A: told(text("y", citations=[PAGE]))},
        {
            C: Lost("citations"),
            R: {"input": [{}, {"content": [{}, {"annotations": [{"url": "https://e.example", "title": "t"}]}]}]},
            G: Lost("citations"),
        },
    ),
    Meaning(
        "documents to be cited",
        {A: user({**PDF_BLOCK, "citations": {"enabled": True}, "context": "c"})},
        {C: Lost("citations"), R: Lost("context"), G: Lost("citations")},
    ),
    *(
        Meaning(
            f"an earlier {block['type']}",
            {A: told(block)},
            {C: Lost(what), R: Lost(what), G: Lost("web search" if what.startswith("Server") else what)},
        )
        for what, block in (
            ("ServerCall", {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}),
            ("ServerResult", {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
            ("Unknown", {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": {}}),
            ("Unknown", {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {}}),
            ("Unknown", {"type": "mcp_tool_use", "id": "m", "name": "n", "server_name": "s", "input": {}}),
            ("Unknown", {"type": "mcp_tool_result", "tool_use_id": "m", "content": "c"}),
        )
    ),
    *(
        Meaning(
            f"an earlier {item['type']}",
            {
                R: {
                    "input": [
                        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                        item,
                    ]
                }
            },
            {A: Lost("Unknown"), C: Lost("Unknown"), G: Lost("Unknown")},
        )
        for item in (
            {"type": "mcp_call", "id": "m", "name": "n", "arguments": "{}", "server_label": "s"},
            {"type": "mcp_list_tools", "id": "m", "server_label": "s", "tools": []},
            {"type": "code_interpreter_call", "id": "c", "code": "c"},
        )
    ),
    Meaning(
        "a conversation that only its maker can read",
        {
            A: told({"type": "compaction", "content": None, "encrypted_content": "e"}),
            R: {
                "input": [
                    {"type": "compaction", "encrypted_content": "e"},
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                ]
            },
        },
        {
            (A, C): Refused("compaction"),
            (A, R): Refused("compaction"),
            (A, G): Refused("compaction"),
            (R, A): Refused("compaction"),
            (R, C): Refused("compaction"),
            (R, G): Refused("compaction"),
        },
    ),
    Meaning(
        "film",
        {G: user({"inlineData": {"mimeType": "video/mp4", "data": PDF}}, dialect=G)},
        {A: Refused("files of this kind"), C: Refused("files of this kind"), R: Refused("files of this kind")},
    ),
    Meaning(
        "a tool that came of a call",
        {A: calls(A, [{"type": "tool_reference", "tool_name": "later"}])},
        {
            C: {"messages": [{}, {}, {"content": "Tool later may be called from now on."}]},
            R: {"input": [{}, {}, {}, {"output": [{"text": "Tool later may be called from now on."}]}]},
            G: {
                "contents": [
                    {},
                    {},
                    {
                        "parts": [
                            {"functionResponse": {"response": {"output": "Tool later may be called from now on."}}}
                        ]
                    },
                ]
            },
        },
    ),
    Meaning(
        "a tool told of later, by itself",
        {
            A: {
                "tools": [
                    {"name": "look", "input_schema": SCHEMA},
                    {"name": "later", "input_schema": SCHEMA, "defer_loading": True},
                ]
            }
        },
        {C: Lost("defer_loading"), R: Lost("defer_loading"), G: Lost("defer_loading")},
    ),
    marked("the system prompt", system=[text("S", cache_control=MARK)]),
    marked("a text", **user(text("x", cache_control=MARK))),
    marked("a picture", **user({**PNG_BLOCK, "cache_control": MARK})),
    marked("a file", **user({**PDF_BLOCK, "cache_control": MARK})),
    marked("a call", **called(call={**CALL, "cache_control": MARK})),
    marked("what came of a call", **called(result={**RESULT, "cache_control": MARK})),
    marked("a part of what came of a call", **called(result={**RESULT, "content": [text("one", cache_control=MARK)]})),
    marked("a tool", tools=[{"name": "look", "input_schema": SCHEMA, "cache_control": MARK}]),
    Meaning(
        "a cache mark in OpenAI's words",
        {
            C: user(text("x", prompt_cache_breakpoint={"mode": "explicit"}), dialect=C),
            R: user({"type": "input_text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}, dialect=R),
        },
        {
            A: user(text("x", cache_control={"type": "ephemeral"})),
            (R, C): {"messages": [{"content": [{"cache_control": {"type": "ephemeral"}}]}]},
            G: Lost("cache_control"),
        },
    ),
    Meaning(
        "a beginning of the answer",
        everywhere(
            a=talk(A, ("user", [text("x")]), ("assistant", [text("y")])),
            c={"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]},
            r=talk(
                R,
                ("user", [{"type": "input_text", "text": "x"}]),
                ("assistant", [{"type": "output_text", "text": "y"}]),
            ),
            g=talk(G, ("user", [{"text": "x"}]), ("assistant", [{"text": "y"}])),
        ),
        {G: Lost("prefill")},
    ),
    Meaning(
        "nothing said",
        {
            A: talk(A, ("user", [text("x")]), ("assistant", []), ("user", [text("z")])),
            C: {
                "messages": [
                    {"role": "user", "content": "x"},
                    {"role": "assistant", "content": ""},
                    {"role": "user", "content": "z"},
                ]
            },
        },
        {
            A: {"messages": [{"role": "user", "content": [text("x"), text("z")]}]},
            C: {"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": "z"}]},
            R: {"input": [{"content": [{"text": "x"}]}, {"content": [{"text": "z"}]}]},
            G: {"contents": [{"parts": [{"text": "x"}, {"text": "z"}]}]},
        },
    ),
    Meaning(
        "a name of who speaks",
        {C: {"messages": [{"role": "user", "name": "n", "content": "x"}]}},
        {A: Lost("name"), R: Lost("name"), G: Lost("name")},
    ),
    Meaning(
        "how closely a picture is looked at",
        {
            C: user(
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}, dialect=C
            ),
            R: user({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "low"}, dialect=R),
        },
        {A: Lost("detail"), G: Lost("detail")},
    ),
    Meaning(
        "an earlier answer to be heard",
        {
            C: {
                "messages": [
                    {"role": "user", "content": "x"},
                    {"role": "assistant", "content": "y", "audio": {"id": "a"}},
                ]
            }
        },
        {A: Lost("audio"), R: Lost("audio"), G: Lost("audio")},
    ),
    Meaning(
        "what kind of saying it was",
        {
            R: {
                "input": [
                    {
                        "type": "message",
                        "role": "assistant",
                        "phase": "commentary",
                        "content": [{"type": "output_text", "text": "y"}],
                    },
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]},
                ]
            }
        },
        {A: Lost("phase"), C: Lost("phase"), G: Lost("phase")},
    ),
]
