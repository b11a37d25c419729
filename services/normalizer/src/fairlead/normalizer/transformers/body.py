"""Transformers that put fields into the body as it is sent: `customparams`, and the options of `openrouter`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import encode

from .adjustment import Adjustment, Fields


def customparams(options: Mapping[str, Any]) -> Adjustment:
    """Each option becomes a field, unless the body has it already; of two objects every member is kept, the option's
    where both have one."""
    return Adjustment(patches=(partial(_completed, options),)) if options else Adjustment()


def assigned(options: Mapping[str, Any]) -> Adjustment:
    """Each option becomes a field, in place of what the body says."""
    return Adjustment(patches=(partial(_overwritten, options),)) if options else Adjustment()


def _overwritten(options: Mapping[str, Any], fields: Fields) -> Fields:
    return {**fields, **{name: Raw(encode(value)) for name, value in options.items()}}


def _completed(options: Mapping[str, Any], fields: Fields) -> Fields:
    added = {name: _merged(fields.get(name), value) for name, value in options.items()}
    return {**fields, **added}


def _merged(there: Raw | None, option: Any) -> Raw:
    if there is None:
        return Raw(encode(option))
    value: Any = msgspec.json.decode(there)
    both = isinstance(value, dict) and isinstance(option, dict)
    return Raw(encode(_deeply(value, option))) if both else there


def _deeply(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[name] = _deeply(known, value) if both else value  # type: ignore[arg-type]
    return merged
