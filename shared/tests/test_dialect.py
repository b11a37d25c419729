"""What dialects are given for an answer."""

import sys

import pytest
from msgspec import Raw

from fairlead.shared.conversation import Tool
from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS

TOOLS = (Tool("look", "looks", Raw(b'{"type":"object"}')),)


@pytest.mark.parametrize("name", ["anthropic", "openai", "gemini"])
def test_a_stream_does_not_keep_tools_that_its_dialect_does_not_tell(name: str) -> None:
    before = sys.getrefcount(TOOLS)
    encoder = DIALECTS[name].stream_encoder(ReplyContext("id", 1, "model", tools=TOOLS))
    assert sys.getrefcount(TOOLS) == before
    assert encoder.feed([]) == b""


def test_a_context_without_tools_stays_itself() -> None:
    context = ReplyContext("id", 1, "model")
    assert context.without_tools() is context
    offered = ReplyContext("id", 1, "model", tools=TOOLS)
    assert (offered.without_tools(), offered.tools) == (context, TOOLS)
