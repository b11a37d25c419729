"""Runs transformers the user wrote, in JavaScript as claude-code-router has them or in Python, each file in a process
of its own, between what is written for a provider and the wire."""

from .transport import Chain
from .workshop import Workshop

__all__ = ["Chain", "Workshop"]
