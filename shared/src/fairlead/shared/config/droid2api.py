"""Reads the keys of droid2api: models grouped by endpoint, as a file of their own or as the section `normalizer`."""

from collections.abc import Mapping

from fairlead.shared.levels import without_level

from . import inference, urls
from .factory import login_of_endpoint, moved
from .findings import KeyPath
from .providers import NO_HEADER, Draft, fits_a_header, read_headers
from .reasoning import read_level
from .schema import Auth, Model, Normalizer, Port, Provider, Secret
from .sections import Entries, Entry, Reader, Section, did_you_mean, nearest

NORMALIZER = Section(
    "normalizer",
    (
        "host",
        "port",
        "endpoint",
        "models",
        "model_redirects",
        "system_prompt",
        "user_agent",
        "proxies",
        "dev_mode",
    ),
    {"endpoints": "endpoint"},
)
ENDPOINT = Section(
    "normalizer.endpoint[]", ("name", "type", "base_url", "headers"), {"url": "base_url", "api_base_url": "base_url"}
)
MODEL = Section("normalizer.models[]", ("id", "name", "type", "reasoning", "provider", "fast"))
PROXY = Section("normalizer.proxies[]", ("name", "url"))


def read_normalizer(reader: Reader, entries: Entries, *, secrets: bool) -> Normalizer:
    """Everything but the endpoints; the proxies, which may hold a password, only where secrets are resolved."""
    models = _models(reader, entries.get("models"))
    user_agent = reader.text(entries, "user_agent")
    if user_agent and not fits_a_header(user_agent):
        reader.problem(entries["user_agent"].path, NO_HEADER)
    return Normalizer(
        host=reader.text(entries, "host"),
        port=reader.get(entries, "port", Port, None),
        models=models,
        model_redirects=_redirects(reader, entries, models),
        system_prompt=reader.text(entries, "system_prompt") or "",
        user_agent=user_agent,
        proxies=_proxies(reader, entries.get("proxies")) if secrets else (),
        dev_mode=reader.get(entries, "dev_mode", bool, False),
    )


def read_endpoints(reader: Reader, entry: Entry | None, normalizer: Normalizer, *, secrets: bool) -> list[Draft]:
    """One provider for each endpoint, with the models of its type under their own ids."""
    if entry is None:
        return []
    models = normalizer.models
    read = (_endpoint(reader, item, normalizer, secrets=secrets) for item in reader.objects(entry))
    drafts = [draft for draft in read if draft]
    served = {model for draft in drafts if draft.provider for model in draft.provider.models}
    for model in models:
        if model.id not in served:
            near = nearest(model.type, [draft.name for draft in drafts])
            hint = f"; did you mean {near}?" if near else ""
            reader.warn(entry.path, f"no endpoint serves the type {model.type} of the model {model.id}{hint}")
    return drafts


def _endpoint(reader: Reader, entry: Entry, normalizer: Normalizer, *, secrets: bool) -> Draft | None:
    entries = reader.members(ENDPOINT, entry)
    name, type_name = reader.text(entries, "name"), reader.text(entries, "type")
    key = type_name or name
    url = (reader.text(entries, "base_url") or "").strip()
    if key is None:
        reader.problem((*entry.path, "name"), "missing; name the type of the models that this endpoint serves")
        return None
    if "base_url" not in entries:
        reader.problem((*entry.path, "base_url"), "missing; give the complete URL of the endpoint")
    elif url and (fault := urls.fault_of(url)):
        reader.problem(entries["base_url"].path, fault)
        return Draft(name or key, entry.path, None)
    kind = (inference.by_url(url) if url else None) or inference.DROID_TYPES.get(key.lower()) or "openai"
    login = login_of_endpoint(reader, url) if secrets else None
    auth = Auth("factory", {"factory": login} if login else {})
    served = [model for model in normalizer.models if model.type.lower() == key.lower()]
    provider = Provider(
        name=name or key,
        api_base_url=moved(reader, url),
        type=kind,
        dialect=inference.KINDS[kind],
        models=tuple(model.id for model in served),
        auth=auth,
        billing="subscription",
        # droid2api says which client it is where one is configured; we say who we are unless told otherwise.
        headers={**_user_agent(normalizer), **read_headers(reader, entries)} if secrets else None,
        system_prompt=normalizer.system_prompt,
        served_by={model.id: model.provider for model in served if model.provider},
        fast=frozenset(model.id for model in served if model.fast),
        reasoning={model.id: model.reasoning for model in served},
        # As droid2api has it: a level is what its operator wants, whatever a client says.
        reasoning_fixed=True,
    )
    return Draft(provider.name, entry.path, provider)


def _user_agent(normalizer: Normalizer) -> dict[str, Secret]:
    return {"user-agent": Secret(normalizer.user_agent)} if normalizer.user_agent else {}


def _models(reader: Reader, entry: Entry | None) -> tuple[Model, ...]:
    """The first of two models with one id is kept, as in droid2api."""
    models: dict[str, Model] = {}
    for item in reader.objects(entry):
        model = _model(reader, item)
        if model is None:
            continue
        if model.id in models:
            reader.warn(item.path, f"a second model with the id {model.id}, ignored")
        models.setdefault(model.id, model)
    return tuple(models.values())


def _model(reader: Reader, entry: Entry) -> Model | None:
    entries = reader.members(MODEL, entry)
    identity, type_name = reader.text(entries, "id"), reader.text(entries, "type")
    for key in ("id", "type"):
        if key not in entries:
            reader.problem((*entry.path, key), "missing; a model is {id, type, reasoning}")
    reasoning = read_level(reader, entries.get("reasoning"), "off")
    name, provider = reader.text(entries, "name"), reader.text(entries, "provider")
    fast = reader.get(entries, "fast", bool, False)
    if provider and not fits_a_header(provider):
        reader.problem(entries["provider"].path, NO_HEADER)
    if fast and type_name is not None and inference.DROID_TYPES.get(type_name.lower()) == "gemini":
        reader.warn(entries["fast"].path, "has no effect: Factory has no quicker tier for Google's models")
    return Model(identity, type_name, name, reasoning, provider, fast) if identity and type_name else None


def _redirects(reader: Reader, entries: Entries, models: tuple[Model, ...]) -> dict[str, str]:
    redirects = reader.texts(entries, "model_redirects")
    identities = [model.id for model in models]
    for source, target in redirects.items():
        path: KeyPath = (*entries["model_redirects"].path, source)
        if circle := _circle(redirects, source):
            reader.problem(path, f"redirects in a circle: {' → '.join(circle)}")
        elif target not in redirects and not {target, without_level(target)}.intersection(identities):
            reader.warn(path, f"{target} is not among the models{did_you_mean(target, identities)}")
    return redirects


def _circle(redirects: Mapping[str, str], source: str) -> list[str]:
    """The way from `source` back to itself, or nothing."""
    way = {source: None}
    target = redirects.get(source)
    while target is not None and target not in way:
        way[target] = None
        target = redirects.get(target)
    return [*way, source] if target == source else []


def _proxies(reader: Reader, entry: Entry | None) -> tuple[Secret, ...]:
    proxies = []
    for item in reader.items(entry) if entry else ():
        entries = reader.members(PROXY, item) if isinstance(item.value, dict) else {"url": item}
        url = reader.text(entries, "url")
        if "url" not in entries:
            reader.problem((*item.path, "url"), "missing; a proxy is {name, url}")
        elif url and (fault := urls.proxy_fault_of(url)):
            reader.problem(entries["url"].path, fault)
        elif url:
            proxies.append(Secret(url))
    return tuple(proxies)
