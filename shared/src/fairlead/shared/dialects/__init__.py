"""The dialects fairlead speaks, by name. Adding one is a package here, one in `wire/`, and a row in `DIALECTS`."""

from collections.abc import Mapping

from fairlead.shared.dialect import Dialect

DIALECTS: Mapping[str, Dialect] = {}
