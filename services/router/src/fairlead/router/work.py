"""What kind of work a request of Claude Code is: as it says itself, or as its body lets one guess.

Claude Code tells with `CLAUDE_CODE_GATEWAY_HINT_HEADERS=1`; without, a guess is made from what it always sends.
Source: https://code.claude.com/docs/en/llm-gateway-protocol
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

MAIN: Final = "main"
SUBAGENT: Final = "subagent"
WORKFLOW: Final = "workflow"
COMPACTION: Final = "compaction"
AUXILIARY: Final = "auxiliary"
SIDE_REPLY: Final = "side_reply"

CLASSES = frozenset({MAIN, SUBAGENT, WORKFLOW, COMPACTION, AUXILIARY, SIDE_REPLY})

AGENTS = frozenset({SUBAGENT, WORKFLOW})
"""Conversations of their own beside the session's."""

SMALL = frozenset({AUXILIARY, SIDE_REPLY})
"""What is asked beside a conversation, and is not continued."""

WORKING = frozenset({MAIN, SUBAGENT, WORKFLOW})
"""What writes the code; the others write about it."""


_CLIENT = "claude-cli/"
_BILLING = b"x-anthropic-billing-header"
_OF_SUBAGENT = b"cc_is_subagent=true"
_BILLED = 512
"""Bytes of the system prompt in which the line stands that says whose request it is: the first, of 74 bytes."""

_COMPACTS = "CRITICAL: Respond with TEXT ONLY"
_WRITTEN = _COMPACTS.encode()
_TAIL = 32 * 1024
"""Bytes at the conversation's end in which a request for a summary begins; it is a few kilobytes long."""


class Look(Struct, frozen=True, gc=False):
    """What a request shows at the first look. `subagent`: it names an agent; `tools`: how many of the client's own it
    offers; `thinking`: the model is to reason."""

    subagent: bool = False
    tools: int = 0
    thinking: bool = False


class _Text(Struct, gc=False):
    type: str = ""
    text: str = ""


class _Said(Struct, gc=False):
    role: str = ""
    content: str | list[_Text] = ""


_raws = msgspec.json.Decoder(list[Raw])
_said = msgspec.json.Decoder(_Said)


def guess(headers: Mapping[str, str], fields: Mapping[str, Raw], look: Look) -> str | None:
    """The most likely class of a request of Claude Code; None for other clients, which ask in ways of their own.

    A subagent of a workflow looks like any other, and a reply beside the conversation like a part of it.
    """
    if not headers.get("user-agent", "").startswith(_CLIENT) and _BILLING not in _billed(fields):
        return None
    if look.subagent:
        return SUBAGENT
    if _compacts(fields):
        return COMPACTION
    # Titles, pages to sum up, searches, permissions: nothing to work with, nothing to think about.
    return AUXILIARY if not look.tools and not look.thinking else MAIN


def is_of_subagent(fields: Mapping[str, Raw]) -> bool:
    """Whether the line that says whose request it is names a subagent."""
    return _OF_SUBAGENT in _billed(fields)


def _billed(fields: Mapping[str, Raw]) -> bytes:
    system = fields.get("system")
    return b"" if system is None else bytes(memoryview(system)[:_BILLED])


def _compacts(fields: Mapping[str, Raw]) -> bool:
    """Whether the user's last words ask for a summary; a file that was read may hold the same words."""
    messages = fields["messages"]
    if _WRITTEN not in bytes(memoryview(messages)[-_TAIL:]):
        return False
    for raw in reversed(_raws.decode(messages)):
        try:
            said = _said.decode(raw)
        except msgspec.ValidationError:
            return False
        if said.role == "user":
            texts = [said.content] if isinstance(said.content, str) else [one.text for one in said.content]
            return any(_COMPACTS in text for text in texts)
    return False
