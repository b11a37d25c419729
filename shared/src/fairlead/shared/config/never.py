"""The keys of claude-code-router that change nothing here, and never will: each with why, and what to do instead."""

# Section and key as in `sections`.
NEVER: dict[str, str] = {
    "forceUseImageAgent": "there is no image agent; a conversation goes, pictures and all, to Router.image",
    "plugins": "speed and usage are measured anyway; see GET /api/usage, /metrics and docs/usage.md",
    "presets": "presets are folders in presets/ beside this file; see docs/presets.md",
    "Router.rules": "of claude-code-router 3; fairlead import ccr makes scenarios of them, see docs/routing.md",
    "Router.builtInRules": "of claude-code-router 3; scenarios are looked at in the order that docs/routing.md has",
    "Router.fallback": "of claude-code-router 3; fairlead import ccr makes fallbacks of it, see docs/routing.md",
    "OPENAI_API_KEY": "as in claude-code-router since 1.0.10; name the provider under Providers",
    "OPENAI_BASE_URL": "as in claude-code-router since 1.0.10; name the provider under Providers",
    "OPENAI_MODEL": "as in claude-code-router since 1.0.10; name the model under Providers and Router",
}


def no_effect(qualified: str) -> str | None:
    """The sentence to warn with when `qualified` is used, or None for a key that is acted on."""
    return f"has no effect: {NEVER[qualified]}" if qualified in NEVER else None
