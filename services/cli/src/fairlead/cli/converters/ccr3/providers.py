"""`Providers` of claude-code-router 3, and how its selectors name their models."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from fairlead.cli.converters.ccr3.reading import Object, in_use, member, number, objects, text, texts
from fairlead.shared.config import inference, urls

_PROTOCOLS = {
    "anthropic": "anthropic",
    "anthropic_messages": "anthropic",
    "openai": "openai-responses",
    "openai_responses": "openai-responses",
    "openai_chat": "openai",
    "openai_chat_completions": "openai",
    "gemini": "gemini",
    "gemini_generate_content": "gemini",
    "gemini_interactions": "gemini",
}
"""What we call them, the one that serves Claude Code best first: there, too, the client's own protocol is preferred."""
_INTERACTIONS = "gemini_interactions"
_KEYS = ("api_key", "apiKey", "apikey", "key", "token")
_ADDRESSES = ("api_base_url", "baseUrl", "baseurl")
_HEADERS = ("extraHeaders", "extra_headers", "headers")
_METADATA = ("modelMetadata", "model_metadata")
_LISTING = ("autoFetchModels", "auto_fetch_models", "autoRefreshModels", "auto_refresh_models")
_CREDENTIALS = ("credentials", "keys", "apiKeys")
_LOGIN = "ccr-local-agent-login"
"""In place of a key: the login of another program on the same machine is used."""
_PRICES = {
    "inputUsdPerMillionTokens": "input",
    "outputUsdPerMillionTokens": "output",
    "cacheReadUsdPerMillionTokens": "cache_read",
    "cacheWriteUsdPerMillionTokens": "cache_write",
    "cacheWrite5mUsdPerMillionTokens": "cache_write",
}
_LIMITS = ("rpm", "tpm")
_READ = frozenset(
    {"name", "id", "provider", "type", "protocol", "capabilities", "models", "enabled", "extraBody", "transformer"}
    | {*_ADDRESSES, *_KEYS, *_HEADERS, *_METADATA, *_LISTING, *_CREDENTIALS}
)


class Taken(Struct, frozen=True):
    """A provider that was taken over. `config` is ours; `names` are what selectors call it, in small letters. Those
    that are switched off are named by none."""

    name: str
    names: frozenset[str]
    models: tuple[str, ...]
    enabled: bool
    config: Mapping[str, Any]


def providers(document: Object, lost: list[str]) -> list[Taken]:
    """Those that can be called, in their order."""
    taken: list[Taken] = []
    for position, entry in enumerate(objects(document, "Providers", "providers")):
        given = text(entry, "name")
        name = _free(given.replace(",", " ").strip(), taken)
        at = f"Providers {given or position}"
        if why := _fault(name, entry):
            lost.append(f"{at}: {why}, and is left out")
            continue
        if given != name:
            lost.append(f"{at}: is called {name} here")
        models = tuple(texts(entry, "models"))
        enabled = entry.get("enabled") is not False
        if not enabled:
            lost.append(f"{at}: is switched off there, and so it is here (enabled)")
        names = frozenset(filter(None, (given.lower(), text(entry, "id").lower(), text(entry, "provider").lower())))
        config = {"name": name, **_config(entry, models, at, lost)} | ({} if enabled else {"enabled": False})
        taken.append(Taken(name, names, models, enabled, config))
    return taken


def _fault(name: str, entry: Object) -> str | None:
    if not name:
        return "has no name"
    if text(entry, *_KEYS) == _LOGIN:
        return "uses the login of another program, which claude-code-router has found on its machine"
    base = _place(entry).base
    return urls.fault_of(base) and f"its address {urls.fault_of(base)}" if base else "has no address"


def _free(name: str, taken: list[Taken]) -> str:
    others = {one.name.casefold() for one in taken}
    numbered = (f"{name}-{count}" for count in range(2, len(others) + 3))
    return name if name.casefold() not in others else next(one for one in numbered if one.casefold() not in others)


class Place(NamedTuple):
    """Where a provider is asked, as our `type`, and the protocols that it speaks besides, as they are called there."""

    type: str
    base: str
    besides: tuple[str, ...] = ()
    is_interactions: bool = False


def _place(entry: Object) -> Place:
    offered = {text(one, "type", "protocol"): text(one, *_ADDRESSES) for one in objects(entry, "capabilities")}
    spoken = [protocol for protocol in _PROTOCOLS if offered.get(protocol)]
    if spoken:
        best = spoken[0]
        besides = tuple(one for one in offered if one and one != best)
        return Place(_PROTOCOLS[best], offered[best], besides, best == _INTERACTIONS)
    base = text(entry, *_ADDRESSES)
    own = next((one for key in ("type", "protocol", "provider") if (one := text(entry, key).lower()) in _PROTOCOLS), "")
    if own:
        return Place(_PROTOCOLS[own], base, is_interactions=own == _INTERACTIONS)
    # Nothing of a transformer is heeded there but what it tells of the protocol.
    hints = str(entry.get("transformer")).lower()
    return Place(inference.infer(base, [name for name in ("gemini", "anthropic") if name in hints]), base)


def _config(entry: Object, models: tuple[str, ...], at: str, lost: list[str]) -> dict[str, Any]:
    place = _place(entry)
    if place.besides:
        lost.append(f"{at}: speaks {', '.join(place.besides)} too; it is asked as {place.type} alone")
    if place.is_interactions:
        lost.append(f"{at}: {_INTERACTIONS} is not spoken here; it is asked as gemini, by generateContent")
    config: dict[str, Any] = {"type": place.type, "api_base_url": place.base, **_keys(entry, at, lost)}
    lists = any(entry.get(key) is True for key in _LISTING)
    config["models"] = [*models, "*"] if lists else list(models)
    config |= _sent(entry, at, lost)
    if prices := _prices(entry, models, at, lost):
        config["prices"] = prices
    if in_use(entry.get("transformer")):
        lost.append(f"{at}: its transformer is of version 2; claude-code-router 3 has none, and it is left out")
    if left := [key for key, value in entry.items() if key not in _READ and in_use(value)]:
        lost.append(f"{at}: without a counterpart: {', '.join(left)}")
    return config


def _keys(entry: Object, at: str, lost: list[str]) -> dict[str, Any]:
    """Of several keys, those that are switched on, the preferred ones first."""
    pool = objects(entry, *_CREDENTIALS)
    used = [one for one in pool if one.get("enabled") is not False and text(one, *_KEYS)]
    used.sort(key=lambda one: number(one, "priority") or 0)
    for one in pool:
        if one not in used:
            lost.append(f"{at}: the key {text(one, 'name', 'label', 'id')} is switched off, and left out")
    if len({(number(one, "priority") or 0, number(one, "weight") or 1) for one in used}) > 1:
        lost.append(f"{at}: priority and weight of its keys: the one that stands best is used, and kept for a session")
    keys = list(dict.fromkeys(text(one, *_KEYS) for one in used))
    # The one of the provider itself stands in where there is no pool.
    if not pool and (single := text(entry, *_KEYS)):
        keys = [single]
    said: dict[str, Any] = {"api_keys": keys} if len(keys) > 1 else {"api_key": keys[0]} if keys else {}
    if limits := _limits([member(one, "limits") for one in used], at, lost):
        said["limits"] = limits
    return said


def _limits(pool: list[Object], at: str, lost: list[str]) -> dict[str, float]:
    """Ours are a provider's: those of its keys are added up, where each has one."""
    summed: dict[str, float] = {}
    for name in _LIMITS:
        given = [limit for one in pool if (limit := number(one, name)) and limit >= 1]
        if given and len(given) == len(pool):
            summed[name] = sum(map(int, given))
    left = {name for one in pool for name, value in one.items() if name not in summed and in_use(value)}
    if left:
        lost.append(f"{at}: limits of its keys are rpm and tpm of all together; {', '.join(sorted(left))} left out")
    return summed


def _sent(entry: Object, at: str, lost: list[str]) -> dict[str, Any]:
    """What goes along with every request."""
    sent: dict[str, Any] = {}
    headers: Any = next((entry[key] for key in _HEADERS if in_use(entry.get(key))), {})
    if isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values()):
        sent |= {"headers": dict(headers)} if headers else {}
    else:
        lost.append(f"{at}: extraHeaders: are not names with texts")
    body = entry.get("extraBody")
    if isinstance(body, dict) and body:
        sent["transformer"] = {"use": [["customparams", body]]}
        lost.append(f"{at}: extraBody: is put into requests that do not say otherwise (customparams)")
    elif in_use(body):
        lost.append(f"{at}: extraBody: is no object")
    return sent


def _prices(entry: Object, models: tuple[str, ...], at: str, lost: list[str]) -> dict[str, dict[str, float]]:
    told = member(entry, *_METADATA)
    prices: dict[str, dict[str, float]] = {}
    left: dict[str, None] = {}
    for model in models:
        metadata = member(told, model)
        pricing = member(metadata, "pricing")
        found = {_PRICES[key]: price for key in _PRICES if (price := number(pricing, key)) is not None and price >= 0}
        if found:
            prices[model] = found
        left |= dict.fromkeys(key for key, value in metadata.items() if key != "pricing" and in_use(value))
        left |= dict.fromkeys(f"pricing.{key}" for key in pricing if key not in _PRICES and in_use(pricing[key]))
    if left:
        lost.append(f"{at}: modelMetadata: {', '.join(left)}: what is known of models here is in GET /v1/models")
    return prices


class Models:
    """The models of the providers that are switched on."""

    def __init__(self, taken: list[Taken]) -> None:
        self._taken = [one for one in taken if one.enabled]

    def target(self, selector: str, provider: str = "") -> str | None:
        """`Provider/model`, `Provider,model` or a model that one provider alone has, as our `"provider,model"`.

        `provider`: who is named apart. None: nobody was taken over who has it.
        """
        for named, model in ((provider, selector), *_parted(selector)):
            if found := self._of(named, model):
                return found
        anywhere = {target for one in self._taken if (target := _target(one, selector))}
        return anywhere.pop() if len(anywhere) == 1 else None

    def names_provider(self, selector: str) -> bool:
        """Whether it begins with one of the providers."""
        return any(self._owner(provider) is not None for provider, _ in _parted(selector))

    def first(self, preferred: str) -> str:
        """A model of the preferred provider, else of the first that has one; empty where none has."""
        ordered = sorted(self._taken, key=lambda one: preferred.lower() not in one.names)
        return next((f"{one.name},{one.models[0]}" for one in ordered if one.models), "")

    def _of(self, named: str, model: str) -> str | None:
        owner = self._owner(named)
        return _target(owner, model) if owner else None

    def _owner(self, named: str) -> Taken | None:
        return next((one for one in self._taken if named.strip().lower() in one.names), None)


def _parted(selector: str) -> Iterator[tuple[str, str]]:
    """A comma parts before a slash does, the first before others: either name may have some of its own."""
    places = [place for place, sign in enumerate(selector) if sign == "/"]
    for place in (selector.find(","), *places):
        if place > 0:
            yield selector[:place], selector[place + 1 :]


def _target(owner: Taken, model: str) -> str | None:
    wanted = model.strip().casefold()
    return next((f"{owner.name},{own}" for own in owner.models if own.casefold() == wanted), None)
