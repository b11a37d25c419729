"""What a request says about itself: the few things routing looks at, read without parsing the rest of the body."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from math import ceil
from sys import intern
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from fairlead.router.tags import tags_of
from fairlead.router.work import CLASSES, Look, guess, is_of_subagent
from fairlead.shared import codec
from fairlead.shared.conversation import Audio, Block, Document, Image, Reasoning, Request, ServerTool, Tool, ToolResult
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.long_context import HEADER as BETA_HEADER
from fairlead.shared.long_context import is_asked_for
from fairlead.shared.measures import measure_of

THINKING_MODES = frozenset({"enabled", "adaptive"})
"""`thinking.type` that makes the model reason. `disabled` does not; with `between_tools` it only reports progress."""

ID_LIMIT = 256
"""Characters of a session or agent id we keep; Claude Code's have 36 and 17."""

ATTACHMENT_TOKENS = 3_100
"""No picture or file that is named in a few bytes is counted as more than this, before it is multiplied."""

BYTES_PER_TOKEN = 4
"""What a token of English and code in JSON comes to, about."""

_DIGITS = 9
_HOUR = b'"1h"'
_ACTING = ("mcp", "code_execution")
_LOOKING = frozenset({"web_search", "web_fetch", "file_search", "google_search", "url_context"})
"""Tools of providers that read and change nothing; what is not known may change something."""

_OLD_SESSION = "_session_"


class Facts(Struct, frozen=True, gc=False):
    """One request as routing sees it.

    `model` is what the client asked for. `image_now`: the last user turn shows a picture; `images`: any turn does.
    `subagent_tags` is what `<CCR-SUBAGENT-MODEL>` tags say. `size` is the body's length in bytes and
    `token_bound` a number its tokens cannot exceed. `most_output`: the longest answer it asks for, in tokens. `mark`
    names the conversation up to its last message, `beginning` what stands before it: requests that go on from there
    have them too.
    `long_cache`: it asks for an hour of caching, `long_context` for room for a million tokens, by a beta. `acts`: it
    lets the provider act by itself, through MCP servers or by running code. `request_class`, `agent_type` and
    `auxiliary_type` are what Claude Code says of the request, `guessed` the class it most likely is, None for other
    clients. `tool_names` are those of all tools. `heard` are the headers somebody asked for, by lower-case name.
    """

    model: str
    stream: bool
    size: int
    token_bound: int
    thinking: bool = False
    web_search: bool = False
    tools: int = 0
    image_now: bool = False
    images: bool = False
    subagent_tags: tuple[str, ...] = ()
    session: str | None = None
    agent: str | None = None
    parent_agent: str | None = None
    request_class: str | None = None
    most_output: int | None = None
    beginning: str = ""
    mark: str = ""
    long_cache: bool = False
    long_context: bool = False
    acts: bool = False
    agent_type: str | None = None
    auxiliary_type: str | None = None
    guessed: str | None = None
    tool_names: tuple[str, ...] = ()
    heard: Mapping[str, str] = {}

    @property
    def work(self) -> str | None:
        """The class of a request of Claude Code: as it says; else, and for a class nobody knows yet, as is likely."""
        return self.request_class if self.request_class in CLASSES else self.guessed

    @property
    def subagent_model(self) -> str | None:
        """What the first tag says."""
        return self.subagent_tags[0] if self.subagent_tags else None

    @property
    def conversation(self) -> str | None:
        """What it continues: its session, or within that its agent, whose prompts begin in another way."""
        return self.session if self.session is None or self.agent is None else f"{self.session} {self.agent}"

    @property
    def guess(self) -> int:
        """What its tokens may be, where nobody has counted."""
        return min(self.token_bound, self.size // BYTES_PER_TOKEN)


class _Block(Struct, gc=False):
    type: str = ""
    content: Raw = Raw()


class _Part(Struct, gc=False):
    type: str = ""


class _Message(Struct, gc=False):
    role: str
    content: str | list[_Block] = ""


class _Tool(Struct, gc=False):
    type: str | None = None
    name: str = ""

    @property
    def of_client(self) -> bool:
        """Whether the client runs it."""
        return self.type in (None, "custom")


class _Thinking(Struct, gc=False):
    type: str = ""


class _Metadata(Struct, gc=False):
    user_id: str | None = None


class _UserId(Struct, gc=False):
    session_id: str | None = None


_parts = msgspec.json.Decoder(list[_Part])
_ATTACHMENTS = frozenset({"image", "document"})
_Model = Annotated[str, Meta(min_length=1)]
_Messages = Annotated[list[_Message], Meta(min_length=1)]


def read(headers: Mapping[str, str], fields: Mapping[str, Raw], size: int) -> Facts:
    """The facts of an Anthropic Messages request: lower-case headers, peeked body, and the body's length in bytes.

    Raises `FailureError` (BAD_REQUEST, with the path) for a body without model or messages, or with those in a shape
    no model could read.
    """
    messages = _required(fields, "messages", _Messages)
    attachments = [_attachments(message) for message in messages]
    roles = [message.role for message in messages]
    tools: list[_Tool] = _optional(fields, "tools", list[_Tool] | None) or []
    thinking = _thinks(fields)
    agent = _header(headers, "x-claude-code-agent-id")
    subagent = agent is not None or is_of_subagent(fields)
    model: str = _required(fields, "model", _Model)
    return Facts(
        model=model,
        stream=bool(_optional(fields, "stream", bool | None)),
        size=size,
        token_bound=_bound(model, size, attachments),
        thinking=thinking,
        web_search=any((tool.type or "").startswith("web_search") for tool in tools),
        tools=len(tools),
        image_now=any("image" in attachments[position] for position in _in_last_user_turn(roles)),
        images=any("image" in kinds for kinds in attachments),
        subagent_tags=tags_of(fields, subagent=subagent),
        session=_session(headers, fields),
        agent=agent,
        parent_agent=_header(headers, "x-claude-code-parent-agent-id"),
        request_class=_header(headers, "x-claude-code-request-class"),
        most_output=_number(fields.get("max_tokens")),
        long_cache=any(_HOUR in bytes(fields.get(name, b"")) for name in ("system", "cache_control")),
        long_context=is_asked_for(headers.get(BETA_HEADER, "")),
        acts=_filled(fields.get("mcp_servers")) or any((tool.type or "").startswith(_ACTING) for tool in tools),
        agent_type=_header(headers, "x-claude-code-agent-type"),
        auxiliary_type=_header(headers, "x-claude-code-auxiliary-type"),
        guessed=guess(headers, fields, Look(subagent, sum(tool.of_client for tool in tools), thinking)),
        tool_names=tuple([intern(tool.name) for tool in tools]),
    )


def of_request(headers: Mapping[str, str], request: Request, size: int) -> Facts:
    """The facts of a request in any dialect, from its neutral form.

    Raises `FailureError` (BAD_REQUEST) for one without model, or without anything to answer: instructions will do, in
    other dialects than Anthropic's.
    """
    if not request.model:
        raise refuse(Kind.BAD_REQUEST, "model: must not be empty", param="model")
    if not request.turns and not request.instructions:
        raise refuse(Kind.BAD_REQUEST, "the conversation is empty", param="messages")
    shown = [[block for block in turn.content if _is_attachment(block)] for turn in request.turns]
    pictures = [any(_is_picture(block) for block in blocks) for blocks in shown]
    roles = [turn.role for turn in request.turns]
    return Facts(
        model=request.model,
        stream=request.stream,
        size=size,
        token_bound=_bound(request.model, size, shown),
        thinking=_reasons(request.reasoning),
        web_search=any(isinstance(tool, ServerTool) and tool.name == "web_search" for tool in request.tools),
        tools=len(request.tools),
        image_now=any(pictures[position] for position in _in_last_user_turn(roles)),
        images=any(pictures),
        session=_header(headers, "x-claude-code-session-id") or _session_of_others(headers),
        most_output=request.max_tokens,
        acts=any(isinstance(tool, ServerTool) and tool.name not in _LOOKING for tool in request.tools),
        tool_names=tuple([intern(tool.name) for tool in request.tools if isinstance(tool, Tool | ServerTool)]),
    )


def heard(headers: Mapping[str, str], heed: Iterable[str]) -> dict[str, str]:
    """Those of the headers somebody asks for."""
    return {name: headers[name] for name in heed if name in headers}


def _bound(model: str, size: int, attachments: Iterable[Sized]) -> int:
    """A token is a byte at least, in any text and around it; what attachments are counted as is not in their bytes."""
    return ceil((size + sum(map(len, attachments)) * ATTACHMENT_TOKENS) * measure_of(model).factor)


def _reasons(reasoning: Reasoning) -> bool:
    """Whether the client asked for reasoning; an effort that its dialect defaults to says nothing."""
    if reasoning.mode is not None:
        return reasoning.mode in THINKING_MODES
    return reasoning.effort not in (None, "none", "minimal")


def _is_attachment(block: Block) -> bool:
    return isinstance(block, Image | Document | Audio) or (
        isinstance(block, ToolResult) and any(_is_attachment(part) for part in block.content)
    )


def _is_picture(block: Block) -> bool:
    return isinstance(block, Image) or (
        isinstance(block, ToolResult) and any(_is_picture(part) for part in block.content)
    )


def _required(fields: Mapping[str, Raw], name: str, kind: Any) -> Any:
    if name not in fields:
        raise refuse(Kind.BAD_REQUEST, f"{name}: Field required", param=name)
    return codec.decode_field(fields[name], kind, name)


def _optional(fields: Mapping[str, Raw], name: str, kind: Any) -> Any:
    return codec.decode_field(fields[name], kind, name) if name in fields else None


def _filled(raw: Raw | None) -> bool:
    return raw is not None and bytes(raw) not in (b"[]", b"null", b"{}")


def _number(raw: Raw | None) -> int | None:
    """A whole number; what is none is the provider's to complain of."""
    text = b"" if raw is None else bytes(raw)
    return int(text) if text.isdigit() and len(text) <= _DIGITS else None


def _thinks(fields: Mapping[str, Raw]) -> bool:
    thinking: _Thinking | None = _optional(fields, "thinking", _Thinking | None)
    return thinking is not None and thinking.type in THINKING_MODES


def _attachments(message: _Message) -> list[str]:
    """The kinds of pictures and files in one message, those inside tool results too."""
    if isinstance(message.content, str):
        return []
    kinds = []
    for block in message.content:
        if block.type in _ATTACHMENTS:
            kinds.append(block.type)
        elif block.type == "tool_result":
            kinds += _inside_result(block.content)
    return kinds


def _inside_result(content: Raw) -> list[str]:
    """A tool result's attachments, which only a list of parts can hold."""
    if bytes(memoryview(content)[:1]) != b"[":
        return []
    try:
        parts = _parts.decode(content)
    except msgspec.ValidationError as error:
        raise codec.mismatch("messages[].content[].content", error) from error
    return [part.type for part in parts if part.type in _ATTACHMENTS]


def _in_last_user_turn(roles: Sequence[str]) -> Iterator[int]:
    """The positions of the user's messages since the model last spoke; Claude Code may put a system message last."""
    for position in range(len(roles) - 1, -1, -1):
        if roles[position] == "assistant":
            break
        if roles[position] == "user":
            yield position


def _session(headers: Mapping[str, str], fields: Mapping[str, Raw]) -> str | None:
    """The session: Claude Code's header, else the id inside `metadata.user_id`, else what other clients send."""
    return (
        _header(headers, "x-claude-code-session-id")
        or _session_of_user(_optional(fields, "metadata", _Metadata | None))
        or _session_of_others(headers)
    )


def _session_of_others(headers: Mapping[str, str]) -> str | None:
    """What opencode and Codex send, and what our own callers may."""
    return _header(headers, "x-session-id") or _header(headers, "session-id")


def _session_of_user(metadata: _Metadata | None) -> str | None:
    """`user_id` is a JSON object as text; before Claude Code 2.1.78 it was `user_…_session_<id>`."""
    user = metadata.user_id if metadata else None
    if not user:
        return None
    if user.startswith("{"):
        try:
            return _sane(msgspec.json.decode(user, type=_UserId).session_id)
        except msgspec.MsgspecError:
            return None
    return _sane(user.partition(_OLD_SESSION)[2])


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return _sane(headers.get(name))


def _sane(value: str | None) -> str | None:
    """An id that can be kept and sent on as a header; anything else is as good as none."""
    if not value or len(value) > ID_LIMIT or not value.isascii() or not value.isprintable():
        return None
    return value
