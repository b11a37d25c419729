"""Ollama's compatible API: models on one's own machine, a few of which can think.

Source: https://docs.ollama.com/api/openai-compatibility, https://docs.ollama.com/capabilities/thinking
"""

from msgspec.structs import replace

from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.shared.failure import Kind
from fairlead.shared.profile import Profile, efforts

_PLAIN = Profile(
    replay="reasoning",
    reasoning_if_configured=("reasoning_effort",),
    images="data",
    documents=False,
    tool_choices=frozenset(),
    without=frozenset({"user", "logit_bias", "parallel_tool_calls"}),
)
# A model that cannot think refuses the request that asks it to.
_THINKING = replace(_PLAIN, reasoning=("reasoning_effort",), thinks=True)

OLLAMA = Vendor(
    name="ollama",
    dialect="openai",
    answers="chat",
    profile=_PLAIN,
    models=(
        (pattern(r"gpt-oss"), replace(_THINKING, efforts=efforts("low", "medium", "high"))),
        (
            pattern(
                r"qwen3(?!.*(?:coder|instruct))|deepseek-(?:r1|v3\.[1-9]|v[4-9])|magistral|glm-?[4-9]|kimi|thinking"
            ),
            replace(_THINKING, efforts=efforts("none", "low", "medium", "high", "max", xhigh="max")),
        ),
    ),
    signs=(Sign(Kind.CONTEXT_OVERFLOW, says=pattern(r"input length exceeds the context length")),),
    hosts=frozenset({"ollama.com"}),
)
