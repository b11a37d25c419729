"""What the ways to a credential have in common that take a package of their own, installed by an extra of its name."""

from collections.abc import Callable
from importlib.util import find_spec

from .base import UnavailableError


class LostError(Exception):
    """No credential could be had; the message says why. `refused`: trying again soon is in vain."""

    def __init__(self, message: str, *, refused: bool = True) -> None:
        super().__init__(message)
        self.refused = refused


def is_installed(module: str) -> bool:
    """Whether a module can be imported, by its full name; nothing but the packages around it is."""
    package, _, _ = module.rpartition(".")
    return (not package or is_installed(package)) and find_spec(module) is not None


def demand(module: str, extra: str, installed: Callable[[str], bool] = is_installed) -> None:
    """Raises `UnavailableError`, which says what to run, where the module of an extra is not installed. The extra has
    the name of the type of `auth` that needs it."""
    if not installed(module):
        install = f"pip install 'fairlead-normalizer[{extra}]'"
        raise UnavailableError(f"the auth type {extra} needs a package that is not installed; run: {install}")
