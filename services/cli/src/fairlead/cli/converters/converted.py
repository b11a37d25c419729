"""What a conversion gives."""

from msgspec import Struct


class ConversionError(Exception):
    """The file is none of the program's; the message says why, for people."""


class Converted(Struct, frozen=True):
    """`text` is our configuration. `lost` are sentences about what it could not take over, `todo` about what is to be
    done before it can be used."""

    text: str
    lost: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
