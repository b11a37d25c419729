"""`Router` and `profile` of claude-code-router 3: rules become scenarios, a profile the default and families."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.cli.converters.ccr3.conditions import UnlikeError, when
from fairlead.cli.converters.ccr3.providers import Models
from fairlead.cli.converters.ccr3.reading import Object, in_use, member, objects, text, texts
from fairlead.shared.config.schema import FAMILIES, SCENARIOS, RouterConfig, RouterPolicy
from fairlead.shared.config.sections import fold

_MODEL = "request.body.model"
_PROVIDER = ("x-target-provider", "x-gateway-target-provider")
_CLAUDE = ("claude", "claude-code")
_MOST_FALLBACKS = 20
_OF_EVERY_CLAUDE = frozenset({"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY", "CLAUDE_CODE_ATTRIBUTION_HEADER"})
"""What every profile sets for Claude Code, unless it says otherwise."""
_RESERVED = tuple(map(fold, (*SCENARIOS, *RouterConfig.__struct_fields__)))
_KNOWN = frozenset({"rules", "fallback", "builtInRules", "builtinRules", "agentRules"})


class Routing:
    """Makes our `Router`; `keys` are the names of client keys by their ids there."""

    def __init__(self, document: Object, models: Models, keys: Mapping[str, str], lost: list[str]) -> None:
        self._document = document
        self._router = member(document, "Router")
        self._models = models
        self._keys = keys
        self._lost = lost
        self._chain = self._after(self._router, "Router.fallback", ())
        self._longest = len(self._chain)

    def made(self) -> dict[str, Any]:
        """Our `Router`, whole."""
        scenarios = self._scenarios()
        default, families = self._profiles()
        if not default:
            default = self._models.first(text(self._document, "preferredProvider"))
            self._lost.append(f"Router.default: no profile of Claude Code names a model; {default} is taken")
        router: dict[str, Any] = {"default": self._route(default, self._chain), **scenarios}
        if families:
            router["families"] = families
        if self._longest > RouterPolicy().max_fallbacks:
            router["policy"] = {"max_fallbacks": min(self._longest, _MOST_FALLBACKS)}
        if left := [key for key, value in self._router.items() if key not in _KNOWN and in_use(value)]:
            self._lost.append(f"Router: of version 2, and not heeded by claude-code-router 3: {', '.join(left)}")
        return router

    def _scenarios(self) -> dict[str, Any]:
        scenarios: dict[str, Any] = {}
        for position, rule in enumerate(objects(self._router, "rules"), 1):
            given = text(rule, "name") or text(rule, "id")
            at = f"Router.rules {given or position}"
            try:
                route = self._rule(rule, at)
            except UnlikeError as why:
                self._lost.append(f"{at}: is left out: {why}")
                continue
            scenarios[_name(given, position, scenarios)] = route
        if scenarios:
            self._lost.append(
                "Router.rules: conditions here do not tell small letters from capital ones, and a model that is asked "
                "for as provider,model is given before they are looked at"
            )
        return scenarios

    def _rule(self, rule: Object, at: str) -> dict[str, Any]:
        if rule.get("enabled") is False:
            raise UnlikeError("it is switched off")
        if text(rule, "type") == "script":
            script = text(member(rule, "script") or rule, "file", "filePath", "path") or "its own text"
            raise UnlikeError(f"it is a script ({script}); one program for all requests can be CUSTOM_ROUTER_PATH")
        rewrites = [(text(one, "key", "path", "field", "parameter"), one) for one in _rewrites(rule)]
        selector = next((text(one, "value") for key, one in reversed(rewrites) if key == _MODEL), "")
        header = (text(one, "value") for key, one in rewrites if key.rpartition(".")[2].lower() in _PROVIDER)
        if not selector:
            raise UnlikeError("it sets no model, and nothing else is changed by a route")
        target = self._models.target(selector, next(header, ""))
        if target is None:
            raise UnlikeError(f"{selector} is no model of a provider that was taken over")
        condition = when(rule, self._keys, self._models)
        left = [key for key, _ in rewrites if key != _MODEL and key.rpartition(".")[2].lower() not in _PROVIDER]
        if left:
            self._lost.append(f"{at}: {', '.join(left)} of a request: a route changes nothing but its model")
        chain = self._after(rule, f"{at}: fallback", self._chain)
        return {"when": condition, **self._route(target, chain)}

    def _after(self, entry: Object, at: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        """The models that are asked when the one before fails; `otherwise` where it does not say."""
        fallback = member(entry, "fallback", "failureFallback", "fallbackStrategy")
        chain = texts(fallback, "models", "chain")
        mode = text(fallback, "mode", "strategy").lower() or ("model-chain" if chain else "")
        if not mode:
            return otherwise
        if mode == "retry":
            self._lost.append(f"{at}: the same model is not asked once more here; name others under fallback")
        if mode != "model-chain":
            return ()
        named = [(selector, self._models.target(selector)) for selector in chain]
        for selector in [selector for selector, target in named if target is None]:
            self._lost.append(f"{at}: {selector} is no model of a provider that was taken over")
        if len(named) > _MOST_FALLBACKS:
            self._lost.append(f"{at}: not more than {_MOST_FALLBACKS} are asked")
        return tuple(dict.fromkeys(target for _, target in named if target))

    def _route(self, target: str, chain: tuple[str, ...]) -> dict[str, Any]:
        others = [one for one in chain if one != target]
        self._longest = max(self._longest, len(others))
        return {"targets": [target], **({"fallback": others} if others else {})}

    def _profiles(self) -> tuple[str | None, dict[str, Any]]:
        """What Claude Code's profile makes of its models: the default, and families. Others are told."""
        profile = member(self._document, "profile")
        every = objects(profile, "profiles") or [{"agent": _CLAUDE[0], **member(profile, "claudeCode", "claude_code")}]
        used = [one for one in every if profile.get("enabled") is not False and one.get("enabled") is not False]
        ours = [one for one in used if text(one, "agent").lower() in _CLAUDE]
        ours.sort(key=lambda one: text(one, "scope") not in ("", "global"))
        for one in used:
            self._remark(one, is_ours=one in ours[:1])
        if not ours:
            return None, {}
        return self._named(ours[0], ("model",)), dict(self._families(ours[0]))

    def _families(self, profile: Object) -> Iterator[tuple[str, dict[str, Any]]]:
        for family in FAMILIES:
            spellings = (f"{family}Model", *(("smallFastModel",) if family == "haiku" else ()))
            if target := self._named(profile, spellings):
                yield family, self._route(target, self._chain)

    def _named(self, profile: Object, spellings: tuple[str, ...]) -> str | None:
        selector = text(profile, *spellings)
        target = self._models.target(selector) if selector else None
        if selector and target is None:
            at = f"profile {text(profile, 'name', 'agent')}"
            self._lost.append(f"{at}: {spellings[0]} {selector} is no model of a provider that was taken over")
        return target

    def _remark(self, profile: Object, *, is_ours: bool) -> None:
        at = f"profile {text(profile, 'name', 'agent')}"
        if not is_ours and text(profile, "model"):
            self._lost.append(f"{at}: its client asks for its model itself; {text(profile, 'model')} was meant")
        if names := [name for name in member(profile, "env") if name not in _OF_EVERY_CLAUDE]:
            self._lost.append(f"{at}: of the client's own environment: {', '.join(names)}")
        if rules := [text(rule, "name", "id") for rule in objects(member(profile, "routing"), "rules")]:
            self._lost.append(
                f"{at}: its own rules {', '.join(rules)} are left out; a condition of ours may name a key"
            )


def _rewrites(rule: Object) -> list[Object]:
    """In each spelling; those that delete set nothing."""
    given = objects(rule, "rewrites") or [one for one in (member(rule, "rewrite", "action"),) if one]
    if target := text(rule, "target"):
        given = given or [{"key": _MODEL, "value": target}]
    return given


def _name(given: str, position: int, taken: Mapping[str, Any]) -> str:
    """The rule's own, unless it means something here, looks as if it did, or is another's."""
    if not given:
        return f"rule {position}"
    close = difflib.get_close_matches(fold(given), _RESERVED, n=1, cutoff=0.75)
    return f"{given} (rule {position})" if close or given in taken else given
