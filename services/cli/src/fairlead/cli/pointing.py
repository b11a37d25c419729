"""What points a client at the services: their addresses, and what it has to show."""

from msgspec import Struct

from fairlead.shared.config import Config

ANY = "any"
"""Shown where no key is asked for; clients want to send something."""


class Pointing(Struct, frozen=True):
    """URLs without a slash at their end. `key`: None where the client's own credential is sent on to the provider."""

    router: str
    normalizer: str
    key: str | None
    config: Config = Config()


def key_of(config: Config) -> str | None:
    """The first client key that opens everything, else the first; where none is needed, `ANY`; None for passthrough."""
    keys = config.client_keys
    if keys:
        return next((one for one in keys if one.is_unlimited), keys[0]).key.value
    passthrough = any(each.auth is not None and each.auth.type == "passthrough" for each in config.providers)
    return None if passthrough else ANY
