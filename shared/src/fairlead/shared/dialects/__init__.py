"""The dialects fairlead speaks, by name. Adding one is a package here, one in `wire/`, and a row in `DIALECTS`."""

from collections.abc import Mapping

from fairlead.shared.dialect import Dialect, ProviderDialect
from fairlead.shared.dialects.anthropic import ANTHROPIC
from fairlead.shared.dialects.codewhisperer import CODEWHISPERER
from fairlead.shared.dialects.gemini import GEMINI
from fairlead.shared.dialects.openai import OPENAI
from fairlead.shared.dialects.openai_responses import OPENAI_RESPONSES

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (ANTHROPIC, OPENAI, OPENAI_RESPONSES, GEMINI)}

WITHOUT_CLIENTS: Mapping[str, ProviderDialect] = {CODEWHISPERER.name: CODEWHISPERER}
"""Dialects that only providers speak."""
