"""Runs a router the user wrote, in Python or JavaScript, in a process of its own."""

from .oracle import CustomRouter, OracleError, command_of

__all__ = ["CustomRouter", "OracleError", "command_of"]
