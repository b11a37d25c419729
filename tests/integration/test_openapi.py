"""Both services as their OpenAPI documents tell them, over HTTP, with keys and without: who is let in where, and what
schemathesis finds by asking everything that the documents allow, and much that they do not."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import msgspec
import pytest

from .processes import ProcessStack, process_stack
from .stack import CLIENT_KEY, CONFIG, LAPTOP_KEY, ROOT, Service

ADMIN_KEY = "canary-admin-key-c3d1"
SERVICES: tuple[Service, ...] = ("router", "normalizer")
EITHER = pytest.mark.parametrize("service", SERVICES)


class Documented(msgspec.Struct, frozen=True):
    """A stack whose file, which says `config`, sets all keys or none."""

    stack: ProcessStack
    config: str
    keyed: bool

    def url(self, service: Service) -> str:
        url: str = getattr(self.stack, service)
        return url


@pytest.fixture(scope="module", params=[True, False], ids=["keys", "no-keys"])
def documented(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Documented]:
    folder = tmp_path_factory.mktemp("documented")
    plain = [line for line in CONFIG.read_text().splitlines() if not line.startswith(("  APIKEY:", "  client_keys:"))]
    begin = plain.index("{") + 1
    keys = [line for line in CONFIG.read_text().splitlines() if line not in plain] + [f'  ADMIN_KEY: "{ADMIN_KEY}",']
    text = "\n".join([*plain[:begin], *(keys if request.param else ()), *plain[begin:]]) + "\n"
    config = folder / "config.json5"
    config.write_text(text)
    with process_stack(folder, config) as stack:
        yield Documented(stack, text, request.param)


# Who is let in ----------------------------------------------------------------------------------

MODEL = "chat,gpt-main"
PROMPT = [{"role": "user", "content": "hi"}]
CHAT: dict[str, Any] = {"model": MODEL, "max_tokens": 9, "messages": PROMPT}
GEMINI: dict[str, Any] = {"contents": [{"parts": [{"text": "hi"}]}]}
BODIES: dict[str, Any] = {
    "/v1/messages": CHAT,
    "/v1/messages/count_tokens": CHAT,
    "/v1/chat/completions": CHAT,
    "/v1/responses": {"model": MODEL, "input": "hi"},
    "/v1/responses/input_tokens": {"model": MODEL, "input": "hi"},
    "/v1/generate": {"model": MODEL, **GEMINI},
    "/api/config": {"config": {"Providers": 5}},
    "/api/config/validate": {"config": {}},
    "/api/config/restore": {"backup": "no-such-backup"},
    "/api/check": {"provider": "no-such-provider"},
}
FILLED = {"{model}": MODEL, "{id}": "no-such-thing", "{name}": "no-such-thing.log"}

IN = 0
WHO = ("nobody", "wrong", "client", "limited", "admin")
SHOWS: dict[str, dict[str, str]] = {
    "nobody": {},
    "wrong": {"authorization": "Bearer none-of-the-keys"},
    "client": {"authorization": f"Bearer {CLIENT_KEY}"},
    "limited": {"x-api-key": LAPTOP_KEY},
    "admin": {"x-api-key": ADMIN_KEY},
}
GUARDS: dict[str, tuple[int, ...]] = {
    "anybody": (IN, IN, IN, IN, IN),
    "clients": (401, 401, IN, IN, 401),
    "own": (401, 401, IN, IN, IN),
    "overseers": (401, 401, IN, 403, IN),
    "admin": (401, 401, 403, 403, IN),
}
"""What becomes of each of `WHO` where keys are set; without any, everybody on this machine is let in."""

MODELS = """
POST /v1/messages                             clients    200
POST /v1/messages/count_tokens                clients    200
POST /v1/chat/completions                     clients    200
POST /v1/responses                            clients    200
POST /v1/responses/input_tokens               clients    200
POST /v1/generate                             clients    200
POST /v1/models/{model}:generateContent       clients    200
POST /v1/models/{model}:streamGenerateContent clients    200
POST /v1/models/{model}:countTokens           clients    200
POST /v1beta/models/{model}:generateContent   clients    200
POST /v1beta/models/{model}:streamGenerateContent   clients    200
POST /v1beta/models/{model}:countTokens       clients    200
POST /v1alpha/models/{model}:generateContent  clients    200
POST /v1alpha/models/{model}:streamGenerateContent  clients    200
POST /v1alpha/models/{model}:countTokens      clients    200
POST /v1beta1/models/{model}:generateContent  clients    200
POST /v1beta1/models/{model}:streamGenerateContent  clients    200
POST /v1beta1/models/{model}:countTokens      clients    200
GET  /v1/models                               clients    200
GET  /v1/models/{model}                       clients    200
GET  /                                        anybody    200
GET  /health                                  anybody    200
GET  /ready                                   anybody    200
GET  /metrics                                 anybody    200
GET  /openapi.json                            anybody    200
"""
TABLES: dict[Service, str] = {
    "router": MODELS
    + """
GET  /api/hello                               anybody    200
GET  /api/decisions                           overseers  200
GET  /api/decisions/{id}                      overseers  404
GET  /api/providers                           overseers  200
GET  /api/alerts                              overseers  200
GET  /api/routing/active                      overseers  200
GET  /api/transformers                        overseers  200
GET  /api/usage                               own        200
GET  /api/costs                               own        200
GET  /api/usage/sessions                      own        200
GET  /api/usage/requests                      own        200
GET  /api/usage/sessions/{id}                 own        404
DELETE /api/usage/sessions/{id}               admin      404
GET  /api/config                              admin      200
POST /api/config                              admin      400
POST /api/config/validate                     admin      200
GET  /api/config/backup                       admin      200
POST /api/config/backup                       admin      200
POST /api/config/restore                      admin      404
GET  /api/presets                             admin      200
GET  /api/presets/{name}                      admin      404
DELETE /api/presets/{name}                    admin      404
GET  /api/logs                                admin      200
GET  /api/logs/{name}                         admin      404
POST /api/restart                             admin      -
""",
    "normalizer": MODELS
    + """
GET  /api/config                              overseers  200
GET  /api/credentials                         overseers  200
POST /api/check                               overseers  404
""",
}
"""Method, path, who is let in, and what they are answered; -: they are not asked here."""


class Row(msgspec.Struct, frozen=True):
    method: str
    path: str
    guard: str
    answered: str

    def expected(self, who: str, *, keyed: bool) -> int | None:
        """None: nobody should try."""
        refused = GUARDS[self.guard][WHO.index(who)] if keyed else IN
        return refused or (int(self.answered) if self.answered.isdecimal() else None)

    def ask(self, client: httpx2.Client, method: str, who: str) -> httpx2.Response:
        path = self.path
        for name, value in FILLED.items():
            path = path.replace(name, value)
        body = BODIES.get(self.path, GEMINI if ":" in self.path else None) if method == "POST" else None
        return client.request(method, path, json=body, headers=SHOWS[who])


def rows(service: Service) -> list[Row]:
    return [Row(*line.split()) for line in TABLES[service].splitlines() if line]


@EITHER
def test_everybody_is_let_in_where_they_may_and_nowhere_else(documented: Documented, service: Service) -> None:
    wrong: list[str] = []
    with httpx2.Client(base_url=documented.url(service), trust_env=False, timeout=30) as client:
        for row in rows(service):
            for who in WHO:
                wanted = row.expected(who, keyed=documented.keyed)
                for method in {"GET": ("GET", "HEAD")}.get(row.method, (row.method,)):
                    if wanted is None:
                        continue
                    response = row.ask(client, method, who)
                    if response.status_code != wanted or (method == "HEAD" and response.content):
                        wrong.append(f"{method} {row.path} as {who}: {response.status_code}, not {wanted}")
                    if row.guard != "anybody" and not {"request-id", "x-request-id"} & response.headers.keys():
                        wrong.append(f"{method} {row.path} as {who}: no id")
    assert wrong == []


@EITHER
def test_the_table_and_the_document_are_of_the_same_operations(documented: Documented, service: Service) -> None:
    document = httpx2.get(f"{documented.url(service)}/openapi.json", trust_env=False).json()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    listed = {(row.method, row.path) for row in rows(service)}
    assert told == listed | {("HEAD", path) for method, path in listed if method == "GET"}


# Pages of the dashboard, which are none of the document's --------------------------------------

LINK = re.compile(r'(?:href|src)="(?P<to>[^"#]+)')
HOSTILE = "?limit=1e309&before=-1&page=99999999999999999999&id=%00&q=%ff%fe&q=%ED%A0%80"
FOR_ANYBODY = ("/ui/static/", "/ui/login")
MANY = 200


def pages(client: httpx2.Client, who: str) -> set[str]:
    """Paths below `/ui` that links lead to from its first page."""
    found, ahead = set[str](), ["/ui/"]
    while ahead and len(found) < MANY:
        path = ahead.pop()
        if path in found:
            continue
        found.add(path)
        response = client.get(path, headers=SHOWS[who])
        assert response.status_code == 200, f"{path}: {response.status_code}"
        if response.headers["content-type"].startswith("text/html"):
            links = [urljoin(path, html.unescape(link["to"])) for link in LINK.finditer(response.text)]
            ahead += [link.partition("?")[0] for link in links if link.startswith("/ui/")]
    return found


def test_every_page_opens_for_those_who_may_see_it_and_stands_whatever_it_is_asked(documented: Documented) -> None:
    with httpx2.Client(base_url=documented.url("router"), trust_env=False, timeout=30) as client:
        found = pages(client, "admin")
        assert len(found) > len(FOR_ANYBODY)
        for path in sorted(found):
            asked = [client.get(path, headers=SHOWS[who]).status_code for who in WHO]
            refused = documented.keyed and not path.startswith(FOR_ANYBODY)
            assert asked[-1] == 200
            assert {status == 200 for status in asked[:-1]} == {not refused}, f"{path}: {asked}"
            for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
                assert client.request(method, path + HOSTILE, headers=SHOWS["admin"]).status_code < 500, (
                    f"{method} {path}"
                )


def test_what_the_document_is_written_with_is_not_loaded_at_the_start() -> None:
    """It would cost every service memory and time, and most are never asked."""
    said = "import sys, fairlead.router.__main__, fairlead.normalizer.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split()
    assert "fairlead.router.app" in loaded
    assert [one for one in loaded if one.startswith("fairlead.shared.openapi") or one.endswith(".described")] == []


# What schemathesis finds ------------------------------------------------------------------------

TOOL = Path(sys.executable).with_name("schemathesis")
HERE = Path(__file__).parent


@EITHER
def test_schemathesis_finds_nothing(documented: Documented, service: Service) -> None:
    command = [str(TOOL), "--no-color", "--config-file", str(HERE / "schemathesis.toml"), "run"]
    told = {"PYTHONPATH": str(ROOT), "DESCRIBED_CLIENT_KEY": CLIENT_KEY, "DESCRIBED_ADMIN_KEY": ADMIN_KEY}
    # What is said of each parameter does not depend on keys, and is looked at once.
    extent = [] if documented.keyed else ["--phases", "fuzzing", "--max-examples", "3"]
    found = subprocess.run(
        [*command, f"{documented.url(service)}/openapi.json", *extent],
        env={**os.environ, **told, "DESCRIBED_CONFIG": documented.config},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr
