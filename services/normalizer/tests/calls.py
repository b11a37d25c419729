"""A call to a provider of the Anthropic dialect, for a client of the same."""

from fairlead.shared.dialect import ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.runtime.attempt import Call

ANTHROPIC = DIALECTS["anthropic"]


def call(*, stream: bool = False) -> Call:
    return Call(
        name="acme",
        url="https://h.example/v1/messages",
        headers=[],
        body=b"{}",
        stream=stream,
        source=ANTHROPIC,
        target=ANTHROPIC,
        context=ReplyContext(id="req_1", created=1_700_000_000, model="m"),
        request_id="req_1",
    )
