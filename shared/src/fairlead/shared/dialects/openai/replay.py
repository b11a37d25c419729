"""Earlier reasoning of the assistant, in the field where its reader looks for it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Raw

from fairlead.shared.codec import encode
from fairlead.shared.conversation import RedactedThinking, Thinking
from fairlead.shared.dialects.openai.beside import write_blocks
from fairlead.shared.dialects.openai.parts import joined, write_original_details
from fairlead.shared.profile import Profile
from fairlead.shared.wire import openai as wire

Reasoning: TypeAlias = Thinking | RedactedThinking

_BLANK = " "
"""Reasoning where some is demanded and there is none."""
_BARE = {"reasoning_details": "reasoning", "thinking_blocks": "reasoning_content"}
"""Where the bare text of reasoning goes beside its details; else it is the field itself."""


def replay(
    message: wire.AssistantMessage, reasoning: Sequence[Reasoning], profile: Profile, *, blank: bool
) -> tuple[Mapping[str, Raw], bool]:
    """Puts the reasoning into the message; returns fields of it that our shape does not have, and whether some of the
    reasoning is lost. `blank`: there must be some."""
    field, more = profile.replay, {}
    own = [block for block in reasoning if _is_told(block, profile)]
    signed = [block for block in reasoning if field == "thinking_blocks" and _is_signed(block, profile)]
    if field == "reasoning_details":
        message.reasoning_details = write_original_details(own) or None
    elif signed:
        more["thinking_blocks"] = Raw(encode(write_blocks(signed)))
    text = "".join(block.text for block in own if isinstance(block, Thinking)) or (_BLANK if blank else "")
    if field == "content" and text:
        thought: Any = [{"type": "thinking", "thinking": [wire.TextPart(text)]}]
        message.content = joined(thought, message.content)
    elif field is not None and text:
        setattr(message, _BARE.get(field, field), text)
    return more, any(block not in own and block not in signed for block in reasoning)


def _is_told(block: Reasoning, profile: Profile) -> bool:
    """Whether its text, or all of it, has a place there. What nobody signed is text like any other."""
    if profile.replay == "reasoning_details":
        return _is_signed(block, profile) or (isinstance(block, Thinking) and not block.signature)
    return profile.replay is not None and isinstance(block, Thinking) and bool(block.text)


def _is_signed(block: Reasoning, profile: Profile) -> bool:
    """Whether it was signed by who is asked now."""
    signed = isinstance(block, RedactedThinking) or bool(block.signature)
    return signed and block.maker.startswith(profile.replay_makers)
