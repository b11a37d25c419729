"""Claude at Vertex AI: the Messages API below a project of Google's.

Source: https://docs.claude.com/en/api/claude-on-vertex-ai,
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Raw, Struct

from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.claude import CACHE_SCOPES, FAMILIES, LONG_CONTEXT
from fairlead.normalizer.providers.rules import Betas, Body, Way, last_of_path
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.dialects.gemini import GEMINI as GOOGLE
from fairlead.shared.failure import Failure
from fairlead.shared.surfaces import Operation

_MODELS = "/publishers/anthropic/models"
_VERSION = {"anthropic_version": Raw(b'"vertex-2023-10-16"')}
_BETAS = Betas(
    re.compile(
        r"computer-use-.+|interleaved-thinking-2025-05-14|thinking-binding-controls-2026-08-01"
        r"|thinking-display-updates-2026-08-18|compact-2026-01-12|context-1m-2025-08-07"
        r"|context-management-2025-06-27|tool-search-tool-2025-10-19|web-search-2025-03-05|per-turn-control-2026-07-01"
        r"|dangerous-tool-use-2026-09-03|inline-tools-2026-09-15"
    ),
    renamed={"advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19"},
)


class _Typed(Struct):
    type: str = ""


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """The model's errors are Anthropic's; what stands before it (login, project, quota) speaks Google's words."""
    try:
        told = msgspec.json.decode(body, type=_Typed).type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        told = ""
    return (ANTHROPIC if told == "error" else GOOGLE).decode_failure(status, body)


VERTEX_CLAUDE = Vendor(
    name="vertex-claude",
    known_as="gcp.vertex_ai",
    dialect="anthropic",
    models=FAMILIES,
    forwarded=("anthropic-beta",),
    ways={
        Operation.ANSWER: Way(
            _MODELS + "/{model}:rawPredict",
            _MODELS + "/{model}:streamRawPredict",
            named=last_of_path,
            body=Body(removed=frozenset({"model"}), added=_VERSION, pruned=CACHE_SCOPES),
        ),
        # The model counted for is named in the body.
        Operation.COUNT: Way(_MODELS + "/count-tokens:rawPredict", body=Body(added=_VERSION, pruned=CACHE_SCOPES)),
    },
    betas=_BETAS,
    long_context=LONG_CONTEXT,
    refusal=refusal,
)
