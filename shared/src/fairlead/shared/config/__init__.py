"""One configuration file for both services, in the format of claude-code-router and more, or of droid2api."""

from .findings import ConfigError, Finding
from .loading import load
from .parsing import Loaded, parse
from .schema import Config

__all__ = ["Config", "ConfigError", "Finding", "Loaded", "load", "parse"]
