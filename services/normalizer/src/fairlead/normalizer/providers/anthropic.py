"""Anthropic, and whoever offers the Messages API under an address of their own.

Source: https://docs.claude.com/en/api/versioning, https://docs.claude.com/en/api/overview#authentication
"""

from fairlead.normalizer.authorization import Scheme
from fairlead.normalizer.providers.base import Sign, Vendor, pattern
from fairlead.normalizer.providers.claude import FAMILIES, LONG_CONTEXT, OTHERS
from fairlead.shared.failure import Kind

ANTHROPIC = Vendor(
    name="anthropic",
    dialect="anthropic",
    answers="messages",
    counts="count_tokens",
    profile=OTHERS,
    models=FAMILIES,
    # An account without money is a bad request to it.
    signs=(Sign(Kind.BILLING, status=400, says=pattern(r"credit balance is too low")),),
    hosts=frozenset({"api.anthropic.com"}),
    scheme=Scheme.KEY,
    constant={"anthropic-version": "2023-06-01"},
    # Open lists: new releases of Claude Code send new names, and a beta header belongs to a body field.
    forwarded=("anthropic-", "x-claude-code-"),
    long_context=LONG_CONTEXT,
    # Proxies call its models by their families, too.
    own=pattern("claude|opus|sonnet|haiku|fable|mythos"),
)
