"""Google's Gemini API, and whoever offers generateContent under an address of their own.

Source: https://ai.google.dev/gemini-api/docs/api-key, https://ai.google.dev/api
"""

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers.base import Vendor

GEMINI = Vendor(
    name="gemini",
    known_as="gcp.gemini",
    dialect="gemini",
    hosts=frozenset({"generativelanguage.googleapis.com"}),
    scheme=Scheme.GOOGLE,
)
