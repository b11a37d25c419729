"""What a verb of the command line is, and how one fails."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct


class CommandError(Exception):
    """A verb cannot do what was asked; the message is for people: what happened, and what to do."""


class Said(Struct, frozen=True):
    """What a verb has to say on standard output. `failed`: it was done, and what it found is not well."""

    text: str
    failed: bool = False


Environment: TypeAlias = Mapping[str, str]


class Verb(Struct, frozen=True):
    """`takes` declares its flags and arguments; `does` gets them, and raises `CommandError`.

    `passes_on`: everything behind its name is another program's and is not read: `does` finds it in `arguments`.
    """

    name: str
    summary: str
    takes: Callable[[ArgumentParser], None]
    does: Callable[[Namespace, Environment], Said]
    passes_on: bool = False
