"""claude-code-router's `config.json`, of 1.x and 2.0: ours reads it as it stands, so it is kept as it stands.

What is left to say is what its keys meant there and do not mean here.
"""

from collections.abc import Mapping

from fairlead.cli.converters.checked import checked, values
from fairlead.cli.converters.converted import ConversionError, Converted

SQLITE = "SQLite format 3"


def convert(text: str, env: Mapping[str, str], *, file: str) -> Converted:
    """Raises `ConversionError`."""
    if text.startswith(SQLITE):
        raise ConversionError(
            f"{file} is the database of claude-code-router 3; export its configuration as JSON there, and import that"
        )
    value = values(text, file)
    if not any(key.lower() in ("providers", "router") for key in value):
        raise ConversionError(f"{file} has neither Providers nor Router; it is no configuration of claude-code-router")
    return checked(text, env, file=file)
