"""The OpenAPI document tells everything that is served, and nothing else."""

import json
import re

from litestar.routes import ASGIRoute, HTTPRoute

from fairlead.normalizer.app import build
from fairlead.normalizer.described import described
from fairlead.normalizer.endpoints.paths import MODEL_PREFIXES, SHARED_PREFIX
from fairlead.shared.config import parse
from fairlead.shared.surfaces import SURFACES

from .conftest import normalizer

CONFIG = '{Providers: [{name: "p", api_base_url: "http://127.0.0.1:9/v1", api_key: "k", models: ["m"]}]}'
MODEL_IN_PATH = [surface for surface in SURFACES if surface.names_model_in_path]


def served() -> set[tuple[str, str]]:
    """What Litestar has routes for; below a mount, the actions of the rows that name models."""
    actions = {action for one in MODEL_IN_PATH for action in re.findall(r"\w+", one.pattern.partition("<action>")[2])}
    found: set[tuple[str, str]] = set()
    for route in build(parse(CONFIG, {}, file="config.json").config).routes:
        if route.path in MODEL_PREFIXES:
            found |= {(f"{route.path}/models/{{model}}:{action}", "POST") for action in actions}
        elif isinstance(route, HTTPRoute):
            found |= {(route.path_format, str(method)) for method in route.methods}
            if (beside := (f"{SHARED_PREFIX}/models/{{model}}", "POST")) in found:
                found |= {(f"{beside[0]}:{action}", "POST") for action in actions}
                found.remove(beside)
        else:
            assert isinstance(route, ASGIRoute)
            found.add((route.path, "POST"))
    return found


def test_what_is_served_and_what_is_told_are_the_same() -> None:
    paths = json.loads(described(client_keys=True, admin_key=True))["paths"]
    told = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert {one for one in served() if one[1] != "OPTIONS"} == told


async def test_it_is_there_for_anybody_and_says_which_keys_are_asked_for() -> None:
    async with normalizer(CONFIG) as client:
        free = (await client.get("/openapi.json")).json()
    async with normalizer(CONFIG[:-1] + ', APIKEY: "key"}') as client:
        response = await client.get("/openapi.json")
        assert response.headers["content-type"] == "application/json"
        kept = response.json()
    asked = [document["paths"]["/v1/messages"]["post"]["security"] for document in (free, kept)]
    assert (asked[0], [name for one in asked[1] for name in one][:2]) == ([], ["clientBearer", "clientKey"])
