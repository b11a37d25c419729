"""claude-code-router's configuration: ours reads `config.json` of 1.x and 2.0 as it stands, so it is kept as it stands.

What is left to say is what its keys meant there and do not mean here. Version 3 has others, and is converted by `ccr3`.
"""

from collections.abc import Mapping

from fairlead.cli.converters.ccr3 import configuration
from fairlead.cli.converters.checked import checked, values
from fairlead.cli.converters.converted import ConversionError, Converted


def convert(text: str, env: Mapping[str, str], *, file: str) -> Converted:
    """Raises `ConversionError`."""
    value = values(text, file)
    if (third := configuration.configuration_of(value)) is not None:
        return configuration.convert(third, env, file=file)
    if not any(key.lower() in ("providers", "router") for key in value):
        raise ConversionError(f"{file} has neither Providers nor Router; it is no configuration of claude-code-router")
    return checked(text, env, file=file)
