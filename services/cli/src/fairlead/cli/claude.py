"""Claude Code pointed at the router: its environment, and what in its own settings would lead it elsewhere.

https://code.claude.com/docs/en/llm-gateway and https://code.claude.com/docs/en/env-vars
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from fairlead.cli.pointing import Pointing

_HERE = ("127.0.0.1", "localhost")
_OTHER_WAYS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
"""With one of these set Claude Code asks no gateway."""
_NO_TERMINAL = {"CI": "true", "FORCE_COLOR": "0", "NODE_NO_READLINE": "1", "TERM": "dumb"}
"""What claude-code-router sets for `NON_INTERACTIVE_MODE`."""


class Change(Struct, frozen=True):
    """What is set in an environment, and what is taken out of it."""

    set: Mapping[str, str]
    unset: tuple[str, ...]

    def applied(self, env: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in env.items() if name not in self.unset} | dict(self.set)


def change(pointing: Pointing, env: Mapping[str, str]) -> Change:
    """What makes Claude Code, started from `env`, talk to the router.

    Where the client's own credential is sent on, the one that it has is left alone; else the router's key takes its
    place, and an API key is taken away, which Claude Code would ask about.
    """
    config = pointing.config
    given = {
        "ANTHROPIC_BASE_URL": pointing.router,
        "NO_PROXY": _no_proxy(env),
        "no_proxy": _no_proxy(env),
        "API_TIMEOUT_MS": str(config.api_timeout_ms),
        "DISABLE_TELEMETRY": "true",
        "DISABLE_COST_WARNINGS": "true",
        "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
        # Says what a request is for, so that the router need not guess.
        "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
    }
    if config.small_fast_model:
        given["ANTHROPIC_SMALL_FAST_MODEL"] = config.small_fast_model
    if config.non_interactive_mode:
        given |= _NO_TERMINAL
    if pointing.key is None:
        return Change(given, _OTHER_WAYS)
    return Change({**given, "ANTHROPIC_AUTH_TOKEN": pointing.key}, (*_OTHER_WAYS, "ANTHROPIC_API_KEY"))


def _no_proxy(env: Mapping[str, str]) -> str:
    """Whoever is named already, and this machine."""
    named = [one.strip() for one in (env.get("NO_PROXY") or env.get("no_proxy") or "").split(",") if one.strip()]
    return ",".join(dict.fromkeys((*named, *_HERE)))


def overruled(made: Change, settings: Sequence[tuple[str, Mapping[str, str]]]) -> Iterator[str]:
    """Sentences about what `env` of Claude Code's own settings (file, values) says otherwise: there it wins."""
    watched = ("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", *_OTHER_WAYS)
    for file, values in settings:
        for name in watched:
            if name in values and values[name] and values[name] != made.set.get(name):
                yield f"{file} sets {name} under env, which wins over what is set here; remove it to use the router"
