"""Gemini at Vertex AI: generateContent below a project of Google's.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from msgspec import Raw

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.listing import VERTEX
from fairlead.normalizer.providers.rules import Body, Way, last_of_path
from fairlead.shared.codec import encode, peek
from fairlead.shared.profile import Profile
from fairlead.shared.surfaces import Operation

_MODELS = "/publishers/google/models/{model}"
_SERVER_SIDE = "includeServerSideToolInvocations"
_WHOLE = "generateContentRequest"
_COUNTED = frozenset(
    {"contents", "tools", "systemInstruction", "system_instruction", "generationConfig", "generation_config"}
)


def _to_count(body: bytes) -> bytes:
    """The other API takes a whole request inside; here its parts stand at the top, and no others."""
    fields = peek(body)
    inner = fields.get(_WHOLE)
    kept: dict[str, Raw] = {name: raw for name, raw in fields.items() if name in _COUNTED}
    if inner is not None:
        kept |= {name: raw for name, raw in peek(bytes(inner)).items() if name in _COUNTED}
    return encode(kept)


VERTEX_GEMINI = Vendor(
    name="vertex-gemini",
    known_as="gcp.vertex_ai",
    dialect="gemini",
    scheme=Scheme.GOOGLE,
    profile=Profile(without=frozenset({_SERVER_SIDE})),
    ways={
        Operation.ANSWER: Way(
            _MODELS + ":generateContent",
            _MODELS + ":streamGenerateContent?alt=sse",
            named=last_of_path,
            # What only the Gemini API has.
            body=Body(
                refused=frozenset({"serviceTier", "service_tier", "store"}),
                pruned=(("toolConfig", _SERVER_SIDE), ("tool_config", "include_server_side_tool_invocations")),
            ),
        ),
        Operation.COUNT: Way(_MODELS + ":countTokens", named=last_of_path, wrap=_to_count),
    },
    lists=VERTEX,
)
