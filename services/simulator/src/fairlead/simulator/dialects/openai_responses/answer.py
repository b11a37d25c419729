"""Renders a reply as the Responses API does: output items, and the response object that holds them."""

import hashlib
from typing import Any

import msgspec

from ...script import RedactedThinking, Reply, Source, Stop, Text, Thinking, ToolCall, WebSearch
from ..openai_common import CREATED
from .encrypted import encrypted

_PARTIAL = 40
"""Characters of encrypted reasoning that are there when an item begins."""

Json = dict[str, Any]


class Said(msgspec.Struct, frozen=True):
    """Text steps in a row are one message."""

    texts: tuple[Text, ...]

    @property
    def text(self) -> str:
        return "".join(step.text for step in self.texts)


Output = Said | Thinking | RedactedThinking | ToolCall | WebSearch


class Placed(msgspec.Struct, frozen=True):
    """One output with its place in the answer; `minted` (hex) is where its ids come from.

    `cut` says that the answer reached its limit in here.
    """

    at: int
    minted: str
    output: Output
    cut: bool


def outputs(reply: Reply) -> list[Placed]:
    """The outputs of a reply, in order."""
    found: list[Output] = []
    for step in reply.script.steps:
        last = found[-1] if found else None
        if not isinstance(step, Text):
            found.append(step)
        elif isinstance(last, Said):
            found[-1] = Said((*last.texts, step))
        else:
            found.append(Said((step,)))
    last_at = len(found) - 1 if reply.script.stop is Stop.LENGTH else None
    return [
        Placed(at, hashlib.sha256(f"{reply.digest}:{at}".encode()).hexdigest(), output, at == last_at)
        for at, output in enumerate(found)
    ]


def identity(placed: Placed) -> str:
    """The item's id."""
    match placed.output:
        case Said():
            prefix = "msg"
        case Thinking() | RedactedThinking():
            prefix = "rs"
        case ToolCall(custom=custom):
            prefix = "ctc" if custom else "fc"
        case WebSearch():
            prefix = "ws"
    return f"{prefix}_{placed.minted[:40]}"


def begun(reply: Reply, placed: Placed) -> Json:
    """The item as `response.output_item.added` shows it: what comes later is not in it, or only in part."""
    whole = item(reply, placed)
    whole.pop("action", None)
    empty: Json = {"content": [], "summary": [], "arguments": "", "input": "", "status": "in_progress"}
    if "encrypted_content" in whole:
        empty["encrypted_content"] = whole["encrypted_content"][:_PARTIAL]
    return {name: empty.get(name, value) for name, value in whole.items()}


def item(reply: Reply, placed: Placed) -> Json:
    """The whole item."""
    output = placed.output
    status = "incomplete" if placed.cut else "completed"
    match output:
        case Said():
            phase = "commentary" if reply.script.stop is Stop.TOOL else "final_answer"
            fields: Json = {"type": "message", "status": status, "content": [part(reply, output)], "role": "assistant"}
            fields["phase"] = phase
        case Thinking() | RedactedThinking():
            fields = {"type": "reasoning", "summary": summary(reply, output), "encrypted_content": encrypted(output)}
        case ToolCall() as call:
            fields = _call(placed.minted, call, status)
        case WebSearch() as search:
            action: Json = {"type": "search", "query": search.query, "queries": [search.query]}
            if reply.shows_sources:
                action["sources"] = [{"type": "url", "url": source.url} for source in search.found]
            fields = {"type": "web_search_call", "status": "completed", "action": action}
    return {"id": identity(placed), **fields}


def _call(minted: str, call: ToolCall, status: str) -> Json:
    kind, words = ("custom_tool_call", "input") if call.custom else ("function_call", "arguments")
    call_id = f"call_{minted[40:64]}" if call.id is None else call.id
    made = {"type": kind, "status": status, "call_id": call_id, "name": call.name, words: call.arguments}
    return made if call.namespace is None else {**made, "namespace": call.namespace}


def summary(reply: Reply, thought: Thinking | RedactedThinking) -> list[Json]:
    """What of the reasoning may be read."""
    if isinstance(thought, RedactedThinking) or not reply.shows_thinking:
        return []
    return [{"type": "summary_text", "text": thought.text}]


def part(reply: Reply, said: Said) -> Json:
    """The one content part of a message."""
    if reply.script.stop is Stop.REFUSAL:
        return {"type": "refusal", "refusal": said.text}
    annotations: list[Json] = []
    at = 0
    for step in said.texts:
        annotations += [annotation(source, at, at + len(step.text)) for source in step.sources]
        at += len(step.text)
    return {"type": "output_text", "annotations": annotations, "logprobs": [], "text": said.text}


def annotation(source: Source, start: int, end: int) -> Json:
    """A citation; the indices count characters of the part's text."""
    where = {"start_index": start, "end_index": end, "title": source.title, "url": source.url}
    return {"type": "url_citation", **where}


def response(reply: Reply, status: str, output: list[Json], **more: Any) -> Json:
    """The response object; usage is there once it has ended."""
    cut = status == "incomplete"
    return {
        "id": f"resp_{reply.digest[:48]}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "model": reply.model,
        "output": output,
        "service_tier": "default",
        "usage": _usage(reply) if status in {"completed", "incomplete"} else None,
        **reply.echo,
        **more,
    }


def final(reply: Reply) -> Json:
    """The response object at its end."""
    searches = sum(isinstance(step, WebSearch) for step in reply.script.steps)
    used = {"tool_usage": {"web_search": {"num_requests": searches}}} if searches else {}
    whole = [item(reply, placed) for placed in outputs(reply)]
    return response(reply, final_status(reply), whole, completed_at=CREATED, **used)


def final_status(reply: Reply) -> str:
    return "incomplete" if reply.script.stop is Stop.LENGTH else "completed"


def _usage(reply: Reply) -> Json:
    usage = reply.usage
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.thinking},
        "total_tokens": usage.prompt + usage.output,
    }
