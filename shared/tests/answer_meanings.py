"""What an answer can mean, in the words of each dialect that has some, and what a client of one that has none is told."""

from typing import Any

from msgspec import Struct

A, C, R, G = "anthropic", "openai", "openai-responses", "gemini"


class Lost(Struct, frozen=True):
    """Left out, and said to be: `what` of the loss. `instead`: what the client is told all the same."""

    what: str
    instead: dict[str, Any] = {}


class _Something:
    """Anything but nothing."""

    def __eq__(self, other: object) -> bool:
        return bool(other)

    __hash__ = None  # type: ignore[assignment]  # equal to whatever there is

    def __repr__(self) -> str:
        return "something"


SOME = _Something()


class Meaning(Struct, frozen=True):
    """One idea. `words`: by dialect the fields that say it, to be read from a provider's answer and to be found in a
    client's. `heard`: what is found in a dialect that does not say it so itself, by that dialect or by the pair of
    source and target: other fields, or a `Lost`. A pair of which nothing is said is a fault of the table."""

    name: str
    words: dict[str, dict[str, Any]]
    heard: dict[Any, Any] = {}

    def becomes(self, source: str, target: str) -> Any:
        """What must come of it on this way. Raises `KeyError` where nobody has said."""
        for key in ((source, target), target):
            if key in self.heard:
                return self.heard[key]
        return self.words[target]


def a(*blocks: Any, stop: str = "end_turn", **more: Any) -> dict[str, Any]:
    return {"content": list(blocks), "stop_reason": stop, **more}


def c(finish: str = "stop", logprobs: Any = None, **message: Any) -> dict[str, Any]:
    weights = {} if logprobs is None else {"logprobs": logprobs}
    return {"choices": [{"message": message, **weights, "finish_reason": finish}]}


def r(*items: Any, cut: str | None = None, **more: Any) -> dict[str, Any]:
    details = None if cut is None else {"reason": cut}
    status = "completed" if cut is None else "incomplete"
    return {"output": list(items), "status": status, "incomplete_details": details, **more}


def g(*parts: Any, finish: str = "STOP", **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": finish, **candidate}]}


def said(text: str = "x", **more: Any) -> dict[str, Any]:
    """A text of Anthropic's."""
    return {"type": "text", "text": text, **more}


def message(*parts: Any, **more: Any) -> dict[str, Any]:
    """A message of Responses."""
    return {"type": "message", "role": "assistant", "content": list(parts), **more}


def text(text: str = "x", **more: Any) -> dict[str, Any]:
    """A text of Responses."""
    return {"type": "output_text", "text": text, **more}


def everywhere(*words: Any) -> dict[str, Any]:
    return dict(zip((A, C, R, G), words, strict=True))


def others(source: str, heard: Any) -> dict[Any, Any]:
    """The same for clients of every dialect but the provider's."""
    return {(source, target): heard for target in (A, C, R, G) if target != source}


PNG, WAV, PAGE = "iVBORw0KGgo=", "UklGRg==", "https://e.example/page"
CALLS = everywhere(
    a(*[{"type": "tool_use", "id": f"call_{n}", "name": "f", "input": {"q": n}} for n in (1, 2)], stop="tool_use"),
    c(
        "tool_calls",
        tool_calls=[
            {"id": f"call_{n}", "type": "function", "function": {"name": "f", "arguments": f'{{"q": {n}}}'}}
            for n in (1, 2)
        ],
    ),
    r(*[{"type": "function_call", "call_id": f"call_{n}", "name": "f", "arguments": f'{{"q": {n}}}'} for n in (1, 2)]),
    g(*[{"functionCall": {"id": f"call_{n}", "name": "f", "args": {"q": n}}} for n in (1, 2)]),
)
GROUNDED = {
    "webSearchQueries": ["q"],
    "groundingChunks": [{"web": {"uri": PAGE, "title": "T"}}],
    "groundingSupports": [{"segment": {"endIndex": 1}, "groundingChunkIndices": [0]}],
}
LIKELY = {"token": "x", "logprob": -0.5, "bytes": [120]}
UNLIKELY = {"token": "y", "logprob": -1.5, "bytes": [121]}
WEIGHED = {**LIKELY, "top_logprobs": [LIKELY, UNLIKELY]}
WEIGHED_BY_GEMINI = {
    "chosenCandidates": [{"token": "x", "logProbability": -0.5}],
    "topCandidates": [{"candidates": [{"token": "x", "logProbability": -0.5}, {"token": "y", "logProbability": -1.5}]}],
}
WITHOUT_BYTES = [
    {"token": "x", "logprob": -0.5, "top_logprobs": [{"token": "x", "logprob": -0.5}, {"token": "y", "logprob": -1.5}]}
]

CONTENT = [
    Meaning("text", everywhere(a(said()), c(content="x"), r(message(text())), g({"text": "x"}))),
    Meaning("model", {target: {"model": "m-1"} for target in (A, C, R)} | {G: {"modelVersion": "m-1"}}),
    Meaning(
        "its id",
        everywhere({"id": "msg_1"}, {"id": "chatcmpl-1"}, {"id": "resp_1"}, {"responseId": "abc"}),
        {target: {"id": SOME} for target in (A, C, R)}
        | {G: {"responseId": SOME}, (G, G): {"responseId": "abc"}}
        | {(A, A): {"id": "msg_1"}, (C, C): {"id": "chatcmpl-1"}, (R, R): {"id": "resp_1"}},
    ),
    Meaning(
        "a refusal in the model's words",
        {C: c(refusal="no"), R: r(message({"type": "refusal", "refusal": "no"}))},
        {A: a(said("no"), stop="refusal"), G: g({"text": "no"}, finish="SAFETY")},
    ),
    Meaning(
        "thinking",
        everywhere(
            a({"type": "thinking", "thinking": "t", "signature": "c2ln"}, said()),
            c(
                reasoning_details=[
                    {"type": "reasoning.text", "text": "t", "signature": "c2ln", "format": "anthropic", "index": 0}
                ],
                content="x",
            ),
            r(
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}], "encrypted_content": "ZW5j"},
                message(text()),
            ),
            g({"text": "t", "thought": True, "thoughtSignature": "c2ln"}, {"text": "x"}),
        ),
        {
            **{(s, A): a({"type": "thinking", "thinking": "t", "signature": SOME}, said()) for s in (R, G)},
            C: c(reasoning_content="t", reasoning_details=[{"signature": SOME}], content="x"),
            (A, C): c(reasoning_content="t", reasoning_details=[{"signature": "c2ln", "format": "anthropic"}]),
            R: r({"type": "reasoning", "summary": [{"text": "t"}], "encrypted_content": SOME}),
            **{(s, G): g({"text": "t", "thought": True}, {"text": "x", "thoughtSignature": SOME}) for s in (A, C, R)},
        },
    ),
    Meaning(
        "thinking nobody else can read",
        {
            A: a({"type": "redacted_thinking", "data": "ZGF0"}, said()),
            C: c(
                reasoning_details=[{"type": "reasoning.encrypted", "data": "ZGF0", "format": "anthropic"}], content="x"
            ),
            R: r({"type": "reasoning", "summary": [], "encrypted_content": "ZGF0"}, message(text())),
        },
        {
            (R, A): a({"type": "thinking", "signature": SOME}, said()),
            (R, C): c(reasoning_details=[{"signature": SOME, "format": R}], content="x"),
            R: r({"type": "reasoning", "encrypted_content": SOME}, message(text())),
            G: g({"text": "x", "thoughtSignature": SOME}),
        },
    ),
    Meaning(
        "a signature on a call",
        {G: g({"functionCall": {"id": "call_1", "name": "f", "args": {}}, "thoughtSignature": "c2ln"})},
        {
            A: a({"type": "thinking", "signature": SOME}, {"type": "tool_use", "id": "call_1"}, stop="tool_use"),
            C: c("tool_calls", reasoning_details=[{"signature": "c2ln", "format": "gemini"}], tool_calls=[SOME]),
            R: r({"type": "reasoning", "encrypted_content": SOME}, {"type": "function_call", "call_id": "call_1"}),
        },
    ),
    Meaning("calls at once, and their ids", CALLS),
    Meaning(
        "a call in free text",
        {R: r({"type": "custom_tool_call", "call_id": "call_1", "name": "f", "input": "go"})},
        {
            A: a({"type": "tool_use", "id": "call_1", "name": "f", "input": {"input": "go"}}, stop="tool_use"),
            C: c("tool_calls", tool_calls=[{"id": "call_1", "function": {"name": "f", "arguments": '{"input":"go"}'}}]),
            G: g({"functionCall": {"id": "call_1", "name": "f", "args": {"input": "go"}}}),
        },
    ),
    Meaning(
        "a citation of a page",
        everywhere(
            a(said(citations=[{"type": "web_search_result_location", "url": PAGE, "title": "T"}])),
            c(
                content="x",
                annotations=[
                    {
                        "type": "url_citation",
                        "url_citation": {"url": PAGE, "title": "T", "start_index": 0, "end_index": 1},
                    }
                ],
            ),
            r(
                message(
                    text(
                        annotations=[
                            {"type": "url_citation", "url": PAGE, "title": "T", "start_index": 0, "end_index": 1}
                        ]
                    )
                )
            ),
            g(
                {"text": "x"},
                groundingMetadata={name: GROUNDED[name] for name in ("groundingChunks", "groundingSupports")},
            ),
        ),
    ),
    Meaning(
        "what a cited page says",
        {A: a(said(citations=[{"type": "web_search_result_location", "url": PAGE, "title": "T", "cited_text": "q"}]))},
        others(A, Lost("cited text")),
    ),
    Meaning(
        "a citation of what has no address",
        {
            A: a(said(citations=[{"type": "char_location", "cited_text": "q", "document_index": 0}])),
            R: r(message(text(annotations=[{"type": "file_citation", "file_id": "f", "filename": "n", "index": 0}]))),
        },
        {target: Lost("citation") for target in (C, G)} | {(A, R): Lost("citation"), (R, A): Lost("citation")},
    ),
    Meaning(
        "a search of the web and what it found",
        {
            A: a(
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "srvtoolu_1",
                    "content": [{"type": "web_search_result", "url": PAGE, "title": "T"}],
                },
                said(),
            ),
            R: r(
                {
                    "type": "web_search_call",
                    "status": "completed",
                    "action": {"type": "search", "query": "q", "sources": [{"type": "url", "url": PAGE}]},
                },
                message(text()),
            ),
            G: g({"text": "x"}, groundingMetadata=GROUNDED),
        },
        {
            **{
                (s, A): a(
                    {"type": "server_tool_use", "name": "web_search", "input": {"query": "q"}},
                    {"type": "web_search_tool_result", "content": [{"url": PAGE}]},
                )
                for s in (R, G)
            },
            C: Lost("server tool call", c(content="x")),
            **{
                (s, R): r({"type": "web_search_call", "action": {"query": "q", "sources": [{"url": PAGE}]}})
                for s in (A, G)
            },
            **{
                (s, G): g(
                    {"text": "x"},
                    groundingMetadata={"webSearchQueries": ["q"], "groundingChunks": [{"web": {"uri": PAGE}}]},
                )
                for s in (A, R)
            },
        },
    ),
    Meaning(
        "log probabilities",
        {
            C: c(content="x", logprobs={"content": [WEIGHED]}),
            R: r(message(text(logprobs=[WEIGHED]))),
            G: g({"text": "x"}, logprobsResult=WEIGHED_BY_GEMINI),
        },
        {
            A: Lost("logprobs", a(said())),
            (G, C): c(content="x", logprobs={"content": WITHOUT_BYTES}),
        },
    ),
    Meaning(
        "log probabilities of a refusal",
        {C: c(refusal="x", logprobs={"refusal": [WEIGHED]})},
        {
            A: Lost("logprobs", a(said(), stop="refusal")),
            R: Lost("logprobs", r(message({"type": "refusal", "refusal": "x"}))),
            G: g({"text": "x"}, finish="SAFETY", logprobsResult=WEIGHED_BY_GEMINI),
        },
    ),
    Meaning(
        "the mean of log probabilities alone", {G: g({"text": "x"}, avgLogprobs=-0.5)}, others(G, Lost("avgLogprobs"))
    ),
    Meaning(
        "a picture",
        {
            C: c(images=[{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]),
            R: r({"type": "image_generation_call", "status": "completed", "result": PNG, "output_format": "png"}),
            G: g({"inlineData": {"mimeType": "image/png", "data": PNG}}),
        },
        {A: Lost("image", a(said("[The model sent a picture (image/png), which cannot be shown here.]")))},
    ),
    Meaning(
        "a picture by its address",
        {C: c(images=[{"type": "image_url", "image_url": {"url": PAGE}}])},
        {
            A: Lost("image", a(said(f"![The model sent a picture.]({PAGE})"))),
            R: Lost("image", r(message(text(f"![The model sent a picture.]({PAGE})")))),
            G: g({"fileData": {"fileUri": PAGE}}),
        },
    ),
    Meaning(
        "sound with its words",
        {C: c(audio={"id": "audio_1", "data": WAV, "transcript": "hi"})},
        {
            A: Lost("audio", a(said("hi"))),
            R: Lost("audio", r(message(text("hi")))),
            G: g({"inlineData": {"mimeType": SOME, "data": WAV}}, {"text": "hi"}),
        },
    ),
    Meaning(
        "sound alone",
        {G: g({"inlineData": {"mimeType": "audio/wav", "data": WAV}})},
        {
            A: Lost("audio", a(said("[The model sent sound (audio/wav), which cannot be played here.]"))),
            C: c(audio={"data": WAV}),
            R: Lost("audio", r(message(text("[The model sent sound (audio/wav), which cannot be played here.]")))),
        },
    ),
    Meaning("the phase of a message", {R: r(message(text(), phase="commentary"))}, others(R, Lost("phase"))),
    Meaning("a block of Anthropic's own", {A: a({"type": "new", "x": 1}, said())}, others(A, Lost("anthropic block"))),
    Meaning("an item of Responses' own", {R: r({"type": "mcp_list_tools"})}, others(R, Lost("openai-responses block"))),
    Meaning("a part of Gemini's own", {G: g({"executableCode": {"code": "1"}})}, others(G, Lost("gemini block"))),
]

ENDS = [
    Meaning(
        "as long as was allowed",
        everywhere(
            a(said(), stop="max_tokens"),
            c("length", content="x"),
            r(message(text()), cut="max_output_tokens"),
            g({"text": "x"}, finish="MAX_TOKENS"),
        ),
    ),
    Meaning(
        "as long as the window",
        {A: a(said(), stop="model_context_window_exceeded")},
        {
            C: c("length", content="x"),
            R: r(message(text()), cut="max_output_tokens"),
            G: g({"text": "x"}, finish="MAX_TOKENS"),
        },
    ),
    Meaning(
        "filtered",
        everywhere(
            a(said(), stop="refusal"),
            c("content_filter", content="x"),
            r(message(text()), cut="content_filter"),
            g({"text": "x"}, finish="SAFETY"),
        ),
    ),
    Meaning(
        "a stop sequence, and which",
        {A: a(said(), stop="stop_sequence", stop_sequence="E")},
        {
            C: Lost("stop sequence", c(content="x")),
            R: Lost("stop sequence", r(message(text()))),
            G: Lost("stop sequence", g({"text": "x"})),
        },
    ),
    Meaning("a pause", {A: a(said(), stop="pause_turn")}, others(A, Lost("finish reason"))),
    Meaning("a stop to compact", {A: a(said(), stop="compaction")}, others(A, Lost("finish reason"))),
    Meaning("a reason of Gemini's own", {G: g({"text": "x"}, finish="LANGUAGE")}, others(G, Lost("finish reason"))),
    Meaning(
        "a reason of Responses' own",
        {R: r(message(text()), cut="steered")},
        others(R, Lost("finish reason")),
    ),
]

BESIDE = [
    Meaning(
        "usage",
        everywhere(
            {
                "usage": {
                    "input_tokens": 10,
                    "cache_read_input_tokens": 20,
                    "cache_creation_input_tokens": 5,
                    "output_tokens": 9,
                    "output_tokens_details": {"thinking_tokens": 4},
                }
            },
            {
                "usage": {
                    "prompt_tokens": 35,
                    "completion_tokens": 9,
                    "total_tokens": 44,
                    "prompt_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 5},
                    "completion_tokens_details": {"reasoning_tokens": 4},
                }
            },
            {
                "usage": {
                    "input_tokens": 35,
                    "output_tokens": 9,
                    "total_tokens": 44,
                    "input_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 5},
                    "output_tokens_details": {"reasoning_tokens": 4},
                }
            },
            {
                "usageMetadata": {
                    "promptTokenCount": 35,
                    "cachedContentTokenCount": 20,
                    "candidatesTokenCount": 5,
                    "thoughtsTokenCount": 4,
                    "totalTokenCount": 44,
                }
            },
        ),
        {  # Gemini writes its caches elsewhere
            (G, A): {"usage": {"input_tokens": 15, "cache_read_input_tokens": 20, "output_tokens": 9}},
            (G, C): {"usage": {"prompt_tokens": 35, "prompt_tokens_details": {"cached_tokens": 20}}},
            (G, R): {"usage": {"input_tokens": 35, "input_tokens_details": {"cached_tokens": 20}}},
        },
    ),
    *(
        Meaning(
            f"served as {tier}",
            {
                A: {"usage": {"service_tier": tier}},
                C: {"service_tier": word},
                R: {"service_tier": word},
                G: {"usageMetadata": {"serviceTier": tier}},
            },
        )
        for tier, word in (("standard", "default"), ("priority", "priority"))
    ),
    Meaning(
        "served when there was time",
        {
            C: {"service_tier": "flex"},
            R: {"service_tier": "flex"},
            G: {"usageMetadata": {"serviceTier": "flex"}},
        },
        {A: Lost("service tier")},
    ),
    Meaning("served in a batch", {A: {"usage": {"service_tier": "batch"}}}, others(A, Lost("service tier"))),
    Meaning("a container", {A: {"container": {"id": "c"}}}, others(A, Lost("container"))),
    Meaning(
        "how the context was edited",
        {A: {"context_management": {"applied_edits": []}}},
        others(A, Lost("context_management")),
    ),
    Meaning("moderation", {R: {"moderation": {"flagged": False}}}, others(R, Lost("moderation"))),
    Meaning(
        "ratings of safety",
        {G: g({"text": "x"}, safetyRatings=[{"category": "c", "probability": "LOW"}])},
        others(G, Lost("safetyRatings")),
    ),
    Meaning(
        "what was thought of the prompt",
        {G: {"promptFeedback": {"safetyRatings": [{"category": "c", "probability": "LOW"}]}}},
        others(G, Lost("promptFeedback")),
    ),
    Meaning(
        "counts by modality",
        {G: {"usageMetadata": {"promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1}]}}},
        others(G, Lost("promptTokensDetails")),
    ),
    Meaning(
        "searches, counted",
        {A: {"usage": {"server_tool_use": {"web_search_requests": 1}}}},
        others(A, Lost("server_tool_use")),
    ),
]

MEANINGS = [*CONTENT, *ENDS, *BESIDE]
