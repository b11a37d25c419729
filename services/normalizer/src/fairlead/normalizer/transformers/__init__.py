"""claude-code-router's transformers, by name: what each changes, as a value. Adding one is a row in `TRANSFORMERS`.

Names count whatever their case, options are taken as they are written there. Those that only say which dialect a
provider speaks change nothing here. Source of the names: https://github.com/musistudio/claude-code-router#transformers
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from fairlead.normalizer.providers import PROVIDERS
from fairlead.shared.config.schema import TransformerUse
from fairlead.shared.config.transformers import OPTIONS
from fairlead.shared.conversation import Request
from fairlead.shared.profile import Profile

from . import body, caching, limits, thinking, tools
from .adjustment import AS_IT_IS, Adjustment, together
from .unified import UNIFIED

__all__ = ["AS_IT_IS", "TRANSFORMERS", "UNIFIED", "Adjustment", "adjustment_of", "together"]


def _like(vendor: str) -> Adjustment:
    """The provider is taken to understand what this vendor does."""

    def profile(_: Profile, model: str) -> Profile:
        return PROVIDERS[vendor].profile_of(model)

    return Adjustment(profiles=(profile,))


def _deepseek(_options: object) -> Adjustment:
    """A vendor's profile, and the limit that its first models had."""
    return together([_like("deepseek"), Adjustment(profiles=(_with_deepseeks_limit,))])


def _with_deepseeks_limit(profile: Profile, _model: str) -> Profile:
    return msgspec.structs.replace(profile, max_tokens_cap=8_192)


def _streamoptions(_options: object) -> Adjustment:
    """Usage is told at the end of every stream, asked for or not."""

    def counted(request: Request) -> Request:
        return msgspec.structs.replace(request, stream_usage=True)

    return Adjustment(
        profiles=(lambda profile, _: msgspec.structs.replace(profile, stream_usage=True),), rewrites=(counted,)
    )


TRANSFORMERS: Mapping[str, Callable[[Any], Adjustment]] = {
    "openrouter": lambda options: together([_like("openrouter"), body.assigned(options)]),
    "vercel": lambda options: together([_like("vercel"), body.assigned(options)]),
    "deepseek": _deepseek,
    "groq": lambda _: _like("groq"),
    "cerebras": lambda _: _like("cerebras"),
    "reasoning": thinking.reasoning,
    "forcereasoning": thinking.forcereasoning,
    "extrathinktag": thinking.extrathinktag,
    "tooluse": tools.tooluse,
    "enhancetool": tools.enhancetool,
    "maxtoken": limits.maxtoken,
    "maxcompletiontokens": limits.maxcompletiontokens,
    "sampling": limits.sampling,
    "streamoptions": _streamoptions,
    "customparams": body.customparams,
    "cleancache": caching.cleancache,
}


def adjustment_of(chain: Iterable[TransformerUse]) -> Adjustment:
    """What a chain changes: requests in its order, answers in the reverse. Unknown names change nothing."""
    changes = [_adjustment(use) for use in chain]
    filters = tuple(make for one in reversed(changes) for make in one.filters)
    return msgspec.structs.replace(together(changes), filters=filters)


def _adjustment(use: TransformerUse) -> Adjustment:
    name = use.name.lower()
    make = TRANSFORMERS.get(name)
    if make is None or use.custom:
        return AS_IT_IS
    return make(msgspec.convert(use.options, OPTIONS[name], strict=False))
