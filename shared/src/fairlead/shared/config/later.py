"""The keys that are read but change nothing in this version: a row goes when the work that acts on it arrives."""

# Section and key as in `sections`, and what to say instead of nothing where a reader would wonder.
LATER: dict[str, str] = {
    "forceUseImageAgent": "",
    "StatusLine": "",
    "plugins": "",
    "presets": "",
    "OPENAI_API_KEY": "name the provider under Providers",
    "OPENAI_BASE_URL": "name the provider under Providers",
    "OPENAI_MODEL": "name the provider under Providers",
    "Providers[].tokenizer": "tokens are counted with tiktoken",
}


def no_effect(qualified: str) -> str | None:
    """The sentence to warn with when `qualified` is used, or None for a key that is acted on."""
    if qualified not in LATER:
        return None
    more = LATER[qualified]
    return "accepted, has no effect yet" + (f": {more}" if more else "")
