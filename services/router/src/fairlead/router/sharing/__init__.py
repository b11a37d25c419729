"""One memory for several routers: each learns from its own attempts, and through Redis from those of the others."""

from .link import AwayError, Link, RedisLink
from .memory import SharedMemory

__all__ = ["AwayError", "Link", "RedisLink", "SharedMemory"]
