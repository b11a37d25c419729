"""LiteLLM's `config.yaml`: deployments become providers, its model names become `Router.families`, fallbacks stay.

https://docs.litellm.ai/docs/proxy/configs and https://docs.litellm.ai/docs/proxy/reliability
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import yaml
from msgspec import Struct

from fairlead.cli.converters.checked import checked
from fairlead.cli.converters.converted import ConversionError, Converted
from fairlead.cli.converters.litellm_vendors import Vendor, auth_of, vendor_of

_STRATEGIES = {
    "simple-shuffle": "weighted",
    "least-busy": "availability",
    "latency-based-routing": "performance",
    "usage-based-routing": "intelligent",
    "usage-based-routing-v2": "intelligent",
    "cost-based-routing": "cost",
}
_PRICES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
}
_LIMITS = {"rpm": "rpm", "tpm": "tpm", "max_parallel_requests": "concurrency"}
_NUMBERS = frozenset({*_PRICES, *_LIMITS, "weight", "timeout", "stream_timeout"})
_HEADERS = ("headers", "extra_headers")
_PARAMETERS = _NUMBERS | {"model", "api_key", "api_base", "base_url", "custom_llm_provider", *_HEADERS}
_SECTIONS = frozenset(
    {"model_list", "router_settings", "litellm_settings", "general_settings", "environment_variables"}
)
_ROUTER = frozenset({"routing_strategy", "fallbacks", "default_fallbacks", "model_group_alias"})
_ENTRY = ("model_name", "litellm_params", "model_info")
_ANYWHERE = ("fallbacks", "default_fallbacks")
"""Settings of the router that may stand in `litellm_settings` too."""
_MILLION = 1_000_000


class Place(NamedTuple):
    """Deployments that have all of this in common are of one provider."""

    type: str
    base: str
    key: str | None
    auth: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    seconds: float | None


class Deployment(Struct, frozen=True):
    """One entry of `model_list`: the name clients use, and where it is served under which name. `numbers`: those of
    its parameters that are some."""

    group: str
    vendor: Vendor
    model: str
    place: Place
    numbers: Mapping[str, float]


def convert(text: str, env: Mapping[str, str], *, file: str) -> Converted:
    """Raises `ConversionError`."""
    document = _document(text, file)
    lost: list[str] = []
    deployments = list(_deployments(document["model_list"], lost))
    if not deployments:
        raise ConversionError("\n".join([f"no model of {file} can be taken over", *lost]))
    names = _names(deployments)
    config: dict[str, Any] = {
        "Providers": list(_providers(deployments, names, lost)),
        "Router": _router(deployments, names, _routing(document, lost), lost),
    }
    _settings(document, config, lost)
    lost += [f"{key}: has no counterpart" for key in document if key not in _SECTIONS]
    try:
        body = msgspec.json.format(msgspec.json.encode(config), indent=2).decode()
    except UnicodeEncodeError as error:
        raise ConversionError(f"{file} has half a character in {error.object!r}, which nobody can be sent") from None
    name = file.rpartition("/")[2]
    made = f"// Made from LiteLLM's {name}.\n{body}\n"
    return checked(made, env, file=f"(made from {name})", lost=tuple(dict.fromkeys(lost)))


def _document(text: str, file: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ConversionError(f"{file}{where}: is not YAML: {why}") from None
    except (ValueError, RecursionError) as error:  # a date that is none, and lists in lists without end
        raise ConversionError(f"{file}: is not YAML: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("model_list"), list):
        raise ConversionError(f"{file} has no model_list; it is no configuration of LiteLLM")
    return document


def _object(document: Mapping[str, Any], key: str, lost: list[str]) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, dict):
        lost.append(f"{key}: is no mapping")
        return {}
    return value


def _routing(document: Mapping[str, Any], lost: list[str]) -> Mapping[str, Any]:
    """`router_settings`, with the fallbacks that LiteLLM takes from `litellm_settings` as well."""
    elsewhere = _object(document, "litellm_settings", lost)
    moved = {key: elsewhere[key] for key in _ANYWHERE if key in elsewhere}
    return {**moved, **_object(document, "router_settings", lost)}


def _deployments(entries: Iterable[Any], lost: list[str]) -> Iterator[Deployment]:
    for number, entry in enumerate(entries):
        at = f"model_list[{number}]"
        parameters = entry.get("litellm_params") if isinstance(entry, dict) else None
        if not isinstance(parameters, dict) or not isinstance(parameters.get("model"), str):
            lost.append(f"{at}: has no litellm_params.model")
            continue
        found = vendor_of(parameters["model"], parameters)
        if found is None:
            lost.append(f"{at}: {parameters['model']} is of a kind that has no counterpart here")
            continue
        vendor, model = found
        base = _text(parameters.get("api_base") or parameters.get("base_url")) or vendor.base
        if base is None:
            lost.append(f"{at}: {parameters['model']} has no api_base")
            continue
        known = _PARAMETERS | vendor.parameters.keys()
        lost += [f"{at}.litellm_params.{key}: has no counterpart" for key in parameters if key not in known]
        key = _text(parameters.get("api_key")) or (f"${{{vendor.variable}}}" if vendor.variable else None)
        auth = {} if key else {name: _text(value) or "" for name, value in auth_of(vendor, parameters).items()}
        base = base.replace("{region}", auth.get("region", "${AWS_REGION}"))
        numbers = {**_beside(entry, at, lost), **_numbers(parameters, f"{at}.litellm_params", lost)}
        place = Place(
            type=vendor.type,
            base=base,
            key=key,
            auth=tuple(sorted(auth.items())),
            headers=_headers(parameters, f"{at}.litellm_params", lost),
            seconds=numbers.get("stream_timeout", numbers.get("timeout")),
        )
        yield Deployment(str(entry.get("model_name") or model), vendor, model, place, numbers)


def _beside(entry: Mapping[str, Any], at: str, lost: list[str]) -> dict[str, float]:
    """The prices that may stand in `model_info` too; what else is beside the parameters has no counterpart."""
    lost += [f"{at}.{key}: has no counterpart" for key in entry if key not in _ENTRY]
    told = entry.get("model_info")
    if not isinstance(told, dict):
        return {}
    lost += [f"{at}.model_info.{key}: has no counterpart" for key in told if key not in _PRICES]
    return _numbers({key: told[key] for key in told if key in _PRICES}, f"{at}.model_info", lost)


def _numbers(parameters: Mapping[str, Any], at: str, lost: list[str]) -> dict[str, float]:
    """Those that are given; YAML takes `1e-6` for a text."""
    numbers: dict[str, float] = {}
    for key in filter(_NUMBERS.__contains__, parameters):
        try:
            number = float(str(parameters[key]))
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            numbers[key] = int(number) if number.is_integer() else number
        elif parameters[key] is not None:
            lost.append(f"{at}.{key}: {parameters[key]} is no number")
    return numbers


def _headers(parameters: Mapping[str, Any], at: str, lost: list[str]) -> tuple[tuple[str, str], ...]:
    headers: dict[str, str] = {}
    for key in _HEADERS:
        given = parameters.get(key) or {}
        if isinstance(given, dict):
            headers |= {str(name): _text(value) or "" for name, value in given.items()}
        else:
            lost.append(f"{at}.{key}: is no mapping")
    return tuple(sorted(headers.items()))


def _text(value: Any) -> str | None:
    """With LiteLLM's `os.environ/NAME` in our words."""
    if value is None:
        return None
    text = str(value)
    return f"${{{text.removeprefix('os.environ/')}}}" if text.startswith("os.environ/") else text


def _names(deployments: Iterable[Deployment]) -> dict[Place, str]:
    """A name for each provider: the vendor's, numbered where there are several."""
    names: dict[Place, str] = {}
    for one in deployments:
        if one.place not in names:
            count = sum(
                name.rpartition("-")[0] == one.vendor.name or name == one.vendor.name for name in names.values()
            )
            names[one.place] = f"{one.vendor.name}-{count + 1}" if count else one.vendor.name
    return names


def _providers(
    deployments: Iterable[Deployment], names: Mapping[Place, str], lost: list[str]
) -> Iterator[dict[str, Any]]:
    every = list(deployments)
    for place, name in names.items():
        own = [one for one in every if one.place == place]
        provider: dict[str, Any] = {"name": name, "type": place.type, "api_base_url": place.base}
        if place.key is not None:
            provider["api_key"] = place.key
        if place.auth:
            provider["auth"] = dict(place.auth)
        provider["models"] = list(dict.fromkeys(one.model for one in own))
        if limits := _limits(name, own, lost):
            provider["limits"] = limits
        if place.seconds is not None:
            provider["timeouts"] = {"first_byte": place.seconds}
        if place.headers:
            provider["headers"] = dict(place.headers)
        if prices := {one.model: cost for one in own if (cost := _prices(one.numbers))}:
            provider["prices"] = prices
        yield provider


def _limits(name: str, own: list[Deployment], lost: list[str]) -> dict[str, float]:
    """Ours are a provider's: where it has several models, theirs are added up."""
    limits: dict[str, float] = {}
    for theirs, ours in _LIMITS.items():
        given = [one.numbers[theirs] for one in own if theirs in one.numbers]
        if given and len(given) == len(own):
            limits[ours] = sum(given)
        elif given:
            lost.append(f"{theirs} of single models of {name}: limits are a provider's here")
    return limits


def _prices(numbers: Mapping[str, float]) -> dict[str, float]:
    """Ours are for a million tokens."""
    return {ours: round(numbers[theirs] * _MILLION, 6) for theirs, ours in _PRICES.items() if theirs in numbers}


def _router(
    deployments: list[Deployment],
    names: Mapping[Place, str],
    settings: Mapping[str, Any],
    lost: list[str],
) -> dict[str, Any]:
    """A family for each model name, and the first of them as the default."""
    strategy = str(settings.get("routing_strategy", "simple-shuffle"))
    if strategy not in _STRATEGIES:
        lost.append(f"router_settings.routing_strategy: there is no {strategy} here; the order written is kept")
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in deployments:
        target: dict[str, Any] = {"provider": names[one.place], "model": one.model}
        weight = one.numbers.get("weight", one.numbers.get("rpm"))
        if weight is not None:
            target["weight"] = weight
        groups.setdefault(one.group, []).append(target)
    fallbacks = _fallbacks(settings, groups, lost)
    families = {
        group: _route(targets, _STRATEGIES.get(strategy), fallbacks.get(group, []))
        for group, targets in groups.items()
        if "*" not in group
    }
    lost += [
        f"model_name {group}: patterns are not taken over; clients ask for provider,model"
        for group in groups
        if "*" in group
    ]
    for alias, group in _aliases(settings):
        if group in families:
            families[alias] = families[group]
        else:
            lost.append(f"router_settings.model_group_alias.{alias}: {group} is no model_name that was taken over")
    lost += [f"router_settings.{key}: has no counterpart" for key in settings if key not in _ROUTER]
    first = next(iter(families.values()), None) or _route(next(iter(groups.values())), None, [])
    return {"default": first, "families": families}


def _route(targets: list[dict[str, Any]], strategy: str | None, fallback: list[str]) -> dict[str, Any]:
    route: dict[str, Any] = {"targets": targets}
    if strategy and len(targets) > 1:
        route["strategy"] = strategy
    if fallback:
        route["fallback"] = fallback
    return route


def _fallbacks(
    settings: Mapping[str, Any], groups: Mapping[str, list[dict[str, Any]]], lost: list[str]
) -> dict[str, list[str]]:
    """Group → targets of the groups that follow it; `default_fallbacks` follow all of them."""
    found: dict[str, list[str]] = {}
    written = settings.get("fallbacks") or []
    for entry in written if isinstance(written, list) else [written]:
        if not isinstance(entry, dict):
            lost.append(f"router_settings.fallbacks: {entry} does not say what follows which model_name")
            continue
        for group, nexts in entry.items():
            found.setdefault(str(group), []).extend(_targets(nexts, groups, lost))
    lost += [
        f"router_settings.fallbacks: {group} is no model_name that was taken over"
        for group in found
        if group not in groups
    ]
    everybody = _targets(settings.get("default_fallbacks") or [], groups, lost)
    return {
        group: [one for one in dict.fromkeys((*found.get(group, []), *everybody)) if one not in _written(groups[group])]
        for group in groups
    }


def _targets(nexts: Any, groups: Mapping[str, list[dict[str, Any]]], lost: list[str]) -> list[str]:
    targets: list[str] = []
    for name in nexts if isinstance(nexts, list) else [nexts]:
        if isinstance(name, str) and name in groups:
            targets += _written(groups[name])
        else:
            lost.append(f"router_settings.fallbacks: {name} is no model_name that was taken over")
    return targets


def _written(targets: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"{one['provider']},{one['model']}" for one in targets]


def _aliases(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    aliases = settings.get("model_group_alias")
    for alias, group in aliases.items() if isinstance(aliases, dict) else ():
        yield str(alias), str(group.get("model") if isinstance(group, dict) else group)


def _settings(document: Mapping[str, Any], config: dict[str, Any], lost: list[str]) -> None:
    """The proxy's own key, and what is left of the other sections."""
    general = _object(document, "general_settings", lost)
    if key := _text(general.get("master_key")):
        config["APIKEY"] = key
    lost += [f"general_settings.{key}: has no counterpart" for key in general if key != "master_key"]
    for section in ("litellm_settings", "environment_variables"):
        left = (key for key in _object(document, section, lost) if key not in _ANYWHERE)
        lost += [f"{section}.{key}: has no counterpart" for key in left]
