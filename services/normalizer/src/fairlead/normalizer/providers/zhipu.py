"""Zhipu's GLM, as Z.ai and BigModel offer it: numbers for errors, tools only as the model likes.

Source: https://docs.z.ai/api-reference/llm/chat-completion, https://docs.z.ai/guides/capabilities/thinking,
https://docs.z.ai/api-reference/api-code
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.conversation import ToolMode
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_SWITCHED = Profile(
    max_tokens_cap=131_072,
    stream_usage=False,
    json_schema=False,
    reasoning=("thinking",),
    thinks=True,
    replay="reasoning_content",
    images="none",
    documents=False,
    names=False,
    strict_tools=False,
    tool_choices=frozenset({ToolMode.AUTO}),
    # Otherwise long arguments come at once, after a silence that looks like a stall.
    tool_stream={"tool_stream": True},
    renames={"user": "user_id"},
    without=frozenset({"seed", "presence_penalty", "frequency_penalty", "store", "parallel_tool_calls"}),
)
_STEERED = replace(_SWITCHED, reasoning=("reasoning_effort",))

ZHIPU = Vendor(
    name="zhipu",
    dialect="openai",
    answers="chat",
    profile=_SWITCHED,
    models=(
        (pattern(r"glm-\d(?:\.\d+)?v"), replace(_SWITCHED, images="url")),
        (
            pattern(r"glm-5\.2"),
            replace(_STEERED, efforts=efforts("none", "low", "high", "max", medium="high", xhigh="max")),
        ),
        (
            pattern(r"glm-(?:5\.[3-9]|[6-9])"),
            replace(_STEERED, efforts=efforts("low", "high", "max", medium="high", xhigh="max")),
        ),
        (pattern(r"glm-4(?!\.)"), replace(_SWITCHED, reasoning=(), thinks=False)),
    ),
    signs=(
        Sign(Kind.AUTHENTICATION, codes=frozenset({"1000", "1001", "1002", "1003", "1004"})),
        Sign(Kind.BILLING, codes=frozenset({"1113", "1304", "1308", "1309", "1310", "1311", "1313"})),
        Sign(Kind.NOT_FOUND, codes=frozenset({"1211"})),
        Sign(Kind.PERMISSION, codes=frozenset({"1220"})),
        Sign(Kind.OVERLOADED, codes=frozenset({"1234", "1305", "1312"})),
        Sign(Kind.CONTEXT_OVERFLOW, codes=frozenset({"1261"})),
        Sign(Kind.CONTENT_REFUSED, codes=frozenset({"1301"})),
        Sign(Kind.RATE_LIMIT, codes=frozenset({"1302", "1303"})),
    ),
    hosts=frozenset({"api.z.ai", "open.bigmodel.cn"}),
)
