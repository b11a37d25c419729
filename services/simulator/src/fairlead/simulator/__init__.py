"""A provider on loopback: scripted answers and faults on demand."""

from .provider import Canned, Provider
from .recorder import Record, fingerprint
from .script import RedactedThinking, Script, Stop, Text, Thinking, ToolCall, say, signed
from .server import Simulator

__all__ = [
    "Canned",
    "Provider",
    "Record",
    "RedactedThinking",
    "Script",
    "Simulator",
    "Stop",
    "Text",
    "Thinking",
    "ToolCall",
    "fingerprint",
    "say",
    "signed",
]
