"""Reads the router file of a project or a session: a `Router` in place of the one that holds for everybody."""

from collections.abc import Mapping

import msgspec

from .document import read
from .findings import ConfigError
from .parsing import Loaded
from .providers import Draft
from .routes import RouteReader
from .schema import Config
from .sections import Reader, Section, fold

TOP = Section("", ("Router", "fallback"))


def override(config: Config, text: str, env: Mapping[str, str], *, file: str) -> Loaded:
    """`config` with the `Router` of this file, whole, as claude-code-router has it; `fallback` where the file has one.
    How targets are judged (`Router.policy`) is the same for all. Raises `ConfigError`."""
    reader = Reader(read(text, file=file), env)
    top = reader.entries(TOP, reader.document.value, ())
    routes = RouteReader(reader, [Draft(provider.name, (), provider) for provider in config.providers])
    if "Router" not in top:
        reader.problem((), "has no Router")
    router = routes.router(top.get("Router"))
    for key in top["Router"].value if "Router" in top and isinstance(top["Router"].value, dict) else ():
        if fold(key) == "policy":
            reader.warn(
                (*top["Router"].path, key),
                "has no effect here: it is the same for all, and stands in the configuration",
            )
    fallback = routes.fallbacks(top["fallback"], router) if "fallback" in top else config.fallback
    for path, variable in reader.missing:
        reader.problem(path, f"the variable {variable} is not set; set it, or write ${{{variable}:-default}}")
    if reader.problems:
        raise ConfigError(reader.problems)
    router = msgspec.structs.replace(router, policy=config.router.policy)
    return Loaded(msgspec.structs.replace(config, router=router, fallback=fallback), tuple(reader.warnings))
