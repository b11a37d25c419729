"""What to tell a person once everything is up: where it is, and how to point a client at it."""

from fairlead.cli.launcher.choice import Choice

_SIMULATED = """\
No model answers: {why}, so a simulated provider stands in.
For real answers put a provider and its key into ~/.fairlead/config.json, as deploy/examples/providers.json5 does.
"""
_TEXT = """\
fairlead is up
  router      {router}   the Anthropic Messages API, for Claude Code
  normalizer  {normalizer}   the OpenAI API, for everything else
{configuration}
Claude Code:
  export ANTHROPIC_BASE_URL={router}
  export ANTHROPIC_AUTH_TOKEN={key}
OpenAI clients:
  export OPENAI_BASE_URL={normalizer}/v1
  export OPENAI_API_KEY={key}

{simulated}Ctrl-C stops everything."""


def advice(choice: Choice) -> str:
    """Keys are named, never shown."""
    read = "" if choice.simulated else f"  configured  {choice.router.config}\n"
    return _TEXT.format(
        router=choice.router.url,
        normalizer=choice.normalizer.url,
        configuration=read,
        key=_key(choice),
        simulated=_SIMULATED.format(why=choice.simulated) + "\n" if choice.simulated else "",
    )


def _key(choice: Choice) -> str:
    if choice.client_key:
        return "YOUR-KEY   # APIKEY, or one of client_keys, of the configuration"
    return "YOUR-KEY   # your own: it is sent on to the provider" if choice.passthrough else "any"
