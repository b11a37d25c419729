"""Turns as contents in the order Gemini demands: https://ai.google.dev/gemini-api/docs/function-calling.

A model's content that calls functions is followed at once by one user's content with exactly as many answers, in the
order of the calls; everything else of that user comes after. A result nobody waits for is told as text, one that is
missing as an error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Block,
    Document,
    Extras,
    Image,
    Part,
    RedactedThinking,
    ServerCall,
    ServerResult,
    Text,
    Thinking,
    ToolCall,
    ToolReference,
    ToolResult,
    Turn,
    Unknown,
)
from fairlead.shared.dialects.gemini.media import write_media
from fairlead.shared.dialects.gemini.models import Family
from fairlead.shared.dialects.gemini.names import legal_name
from fairlead.shared.dialects.gemini.parts_out import own_part, write_arguments
from fairlead.shared.dialects.gemini.signatures import NAME, STAND_IN
from fairlead.shared.essential import refuse_unknown
from fairlead.shared.loss import Loss
from fairlead.shared.tool_forms import call_as_function
from fairlead.shared.tool_ids import ToolIds
from fairlead.shared.tool_results import LOST, ORPHAN

_BREAK = "\n\n"


class TurnWriter:
    """Builds `contents`; what Gemini cannot say is put into `losses`."""

    def __init__(self, family: Family, losses: list[Loss]) -> None:
        self._contents: list[dict[str, Any]] = []
        self._family = family
        self._losses = losses
        self._ids = ToolIds()
        self._waiting: dict[str, _Call] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._rest: list[Any] = []

    def add(self, turn: Turn, path: str) -> None:
        """One turn. Turns of one role in a row become one content."""
        if turn.role == "assistant":
            if self._answers or self._rest:
                self._end_question()
            self._append("model", self._answer(turn.content, path), _own(turn.extras))
        elif turn.role == "user":
            for block in turn.content:
                self._rest += self._result(block, path) if isinstance(block, ToolResult) else self._said(block, path)
            self._end_question(_own(turn.extras), wait=True)
        elif any(isinstance(block, Text) and block.text for block in turn.content):
            self._losses.append(Loss("system message", path, "told in a user's content: no other may stand here"))
            self._rest.append({"text": _marked(turn)})
            self._end_question(wait=True)

    def done(self) -> list[dict[str, Any]]:
        """All contents."""
        self._end_question(last=True)
        contents = self._contents
        if not contents or contents[0]["role"] == "model":
            self._losses.append(Loss("first message", "messages[0]", "a user has to speak first; a dot is put before"))
            contents.insert(0, {"role": "user", "parts": [{"text": "."}]})
        if contents and contents[-1]["role"] == "model":
            self._losses.append(Loss("prefill", f"messages[{len(contents) - 1}]", "Gemini may not go on where it ends"))
        if self._family.third:
            _sign_current(contents)
        return contents

    def _append(self, role: str, parts: list[Any], own: Mapping[str, Raw]) -> None:
        if not parts:
            return
        last = self._contents[-1] if self._contents else None
        if last is not None and last["role"] == role and not _answers(last) and not _answers({"parts": parts}):
            last["parts"] += parts
        else:
            self._contents.append({"role": role, "parts": parts, **own})

    # Users ---------------------------------------------------------------------------------------

    def _end_question(self, own: Mapping[str, Raw] | None = None, *, wait: bool = False, last: bool = False) -> None:
        """Writes what the user said, answers first. While answers are missing and may still come, nothing is written;
        a conversation that ends with the calls themselves keeps them open."""
        complete = len(self._answers) == len(self._waiting)
        if not complete and (wait or (last and not self._answers and not self._rest)):
            return
        for call in [call for id, call in self._waiting.items() if id not in self._answers]:
            self._losses.append(Loss("missing tool result", call.path, "answered as lost"))
            self._answers[call.id] = self._response(call, {"error": LOST})
        self._append("user", [{"functionResponse": self._answers[id]} for id in self._waiting], {})
        self._append("user", self._rest, own or {})
        self._waiting, self._answers, self._rest = {}, {}, []

    def _response(self, call: "_Call", response: Any) -> dict[str, Any]:
        id = {"id": call.id} if self._family.third else {}
        return {**id, "name": call.name, "response": response}

    def _result(self, result: ToolResult, path: str) -> list[Any]:
        """Puts an answer to its call; returns what has to be said beside it."""
        id = self._ids.result(result.call_id)
        call = self._waiting.get(id)
        if call is None or id in self._answers:
            self._losses.append(Loss("tool result", path, "answers no call that waits for it; told as text"))
            told = [part for block in result.content for part in self._said(block, path)]
            return [{"text": ORPHAN}, *told]
        own = dict(_own(result.extras))
        response: Any = own.pop("response", None)
        files = [block for block in result.content if not isinstance(block, Text | ToolReference)]
        if response is None:
            texts = [_as_text(block) for block in result.content if isinstance(block, Text | ToolReference)]
            response = {"error" if result.is_error else "output": _BREAK.join(texts)}
        answer = {**self._response(call, response), **own}
        if self._family.third:
            inside = [block for block in files if _fits_inside(block)]
            parts = [part for block in inside for part in self._said(block, path)]
            files = [block for block in files if not _fits_inside(block)]
            answer = {**answer, "parts": parts} if parts else answer
        self._answers[id] = answer
        beside = [part for block in files for part in self._said(block, path)]
        return [{"text": f"[Attached to the result of {call.name}:]"}, *beside] if beside else []

    def _said(self, block: Block, path: str) -> list[Any]:
        match block:
            case Text(text):
                return [{"text": text, **_own(block.extras)}] if text else []
            case ToolReference():
                return [{"text": _as_text(block)}]
            case Image() | Document() | Audio():
                if isinstance(block, Document) and block.title is not None and not _own(block.extras):
                    self._losses.append(Loss("document title", path, "Gemini has no titles of documents"))
                return [write_media(block, path)]
            case Unknown(dialect, raw) if dialect == NAME:
                return [raw]
        refuse_unknown(block, "a Gemini model", path)
        self._losses.append(Loss(type(block).__name__, path, "Gemini has no such part"))
        return []

    # Models --------------------------------------------------------------------------------------

    def _answer(self, blocks: Sequence[Block], path: str) -> list[Any]:
        parts: list[Any] = []
        signature: dict[str, str] = {}
        for block in blocks:
            match block:
                case Thinking(signature=sign, maker=maker) if maker == NAME:
                    alone = own_part(block)
                    if alone is not None:
                        parts.append(alone)
                    elif sign:
                        signature = {"thoughtSignature": sign}
                    continue
                case Text(text) if text or signature:
                    parts.append({"text": text, **signature, **_own(block.extras)})
                case ToolCall():
                    parts.append({"functionCall": self._call(block, path), **signature})
                case Unknown(dialect, raw) if dialect == NAME:
                    parts.append(raw)
                case Text():
                    continue
                case _:
                    self._leave_out(block, path)
                    continue
            signature = {}
        return [*parts, {"text": "", **signature}] if signature else parts

    def _leave_out(self, block: Block, path: str) -> None:
        refuse_unknown(block, "a Gemini model", path)
        what, why = _LEFT_OUT.get(type(block), (type(block).__name__, "Gemini has no such part"))
        self._losses.append(Loss(what, path, why))

    def _call(self, call: ToolCall, path: str) -> dict[str, Any]:
        plain = call_as_function(call)
        written = _Call(self._ids.call(call.id), legal_name(plain.name), path)
        self._waiting[written.id] = written
        args, form = write_arguments(plain.arguments)
        if form != "object":
            self._losses.append(Loss("tool arguments", path, "no JSON object; told as the only argument, `input`"))
        id = {"id": written.id} if self._family.third else {}
        return {**id, "name": written.name, "args": args, **_own(call.extras)}


class _Call(msgspec.Struct, frozen=True):
    """A call that waits for its answer."""

    id: str
    name: str
    path: str


_FOREIGN = ("thinking", "only the model that thought it can read it")
_SEARCHED = ("web search", "Gemini takes no earlier searches back")
_LEFT_OUT: Mapping[type, tuple[str, str]] = {
    Thinking: _FOREIGN,
    RedactedThinking: _FOREIGN,
    ServerCall: _SEARCHED,
    ServerResult: _SEARCHED,
}


def _sign_current(contents: Sequence[Mapping[str, Any]]) -> None:
    """Every step since the user last spoke needs a signature on its first call: a stand-in where it has none.

    https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
    """
    for content in reversed(contents):
        if content["role"] == "user":
            if not _answers(content):
                return
            continue
        first = next((part for part in content["parts"] if isinstance(part, dict) and "functionCall" in part), None)
        if first is not None and "thoughtSignature" not in first:
            first["thoughtSignature"] = STAND_IN


def _answers(content: Mapping[str, Any]) -> bool:
    """Whether a content is answers to calls and nothing else."""
    return all(isinstance(part, dict) and "functionResponse" in part for part in content["parts"])


_INSIDE = ("image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain")
"""https://ai.google.dev/gemini-api/docs/function-calling#multimodal"""


def _fits_inside(block: Part) -> bool:
    match block:
        case Image(Base64Source(media_type)) | Document(Base64Source(media_type)):
            return media_type in _INSIDE
        case Document():
            return True
        case _:
            return False


def _as_text(block: Text | ToolReference) -> str:
    return block.text if isinstance(block, Text) else f"Tool {block.name} may be called from now on."


def _marked(turn: Turn) -> str:
    text = _BREAK.join(block.text for block in turn.content if isinstance(block, Text))
    return f"<system>\n{text}\n</system>"


def _own(extras: Extras | None) -> Mapping[str, Raw]:
    """What we kept for our own dialect; another dialect's extras mean nothing here."""
    return extras.fields if extras is not None and extras.dialect == NAME else {}
