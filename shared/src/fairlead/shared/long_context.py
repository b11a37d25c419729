"""The beta by which some of Claude's models take prompts of a million tokens: whether a request has it.

Claude Code sends it for models that are chosen with `[1m]` behind their names.
Source: https://docs.claude.com/en/docs/build-with-claude/context-windows
"""

HEADER = "anthropic-beta"
WINDOW = 1_000_000
"""Tokens of a prompt with it."""

_BETA = "context-1m-"


def is_asked_for(betas: str) -> bool:
    """Whether the value of the header names it."""
    return any(_is_it(name) for name in betas.split(","))


def parted(betas: str) -> tuple[str, tuple[str, ...]]:
    """The value of the header without it, and what it was called."""
    names = [name.strip() for name in betas.split(",")]
    return ",".join(name for name in names if not _is_it(name)), tuple([name for name in names if _is_it(name)])


def _is_it(name: str) -> bool:
    return name.strip().startswith(_BETA)
