"""Service tiers, between Gemini's words and those of the neutral form: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping

TIERS: Mapping[str, str] = {"standard": "default", "flex": "flex", "priority": "priority"}
"""The neutral word for each of Gemini's."""
