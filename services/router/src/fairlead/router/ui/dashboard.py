"""Everything below `/ui`: files, the login, pages, forms and streams; and who may see them."""

import asyncio
import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, quote

from msgspec import Struct, structs

from fairlead.router.reception import Caller, Reception
from fairlead.shared.config.loading import MAX_FILE_BYTES
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    StoppedError,
    no_such_method,
    no_such_path,
    read_body,
    watched,
)

from . import replies, stream
from .house import House
from .lobby import Lobby
from .page import Answer, Html, Json, Moved, Page, Visit, Work
from .rendering import Entry, Frame
from .visitors import Pass, cookie, cookie_value, demand_token

ROOT = "/ui"
LOGIN, LOGOUT, LIVE, STATIC = "login", "logout", "live/", "static/"
TOKEN_HEADER, TOKEN_FIELD = "x-csrf-token", "csrf"
FIELDS = 200
"""Of one form at most."""


class Problem(Struct, frozen=True):
    """Why there is no page. `again`: what to open to go on, if that is worth it."""

    title: str
    message: str
    again: str | None = None


class LoginForm(Struct, frozen=True):
    """`setting` is what the wanted key is called in the configuration."""

    setting: str
    problem: str | None = None


class Dashboard:
    """For whoever may administer the router: `Reception.administer` says so of each request, of which a cookie is as
    good as the key it was given for."""

    def __init__(self, reception: Reception, house: House, pages: Iterable[Page], lobby: Lobby) -> None:
        self._reception = reception
        self._house = house
        self._pages = [(re.compile(page.path), page) for page in pages]
        self._lobby = lobby
        self._version = version("fairlead-router")

    def __repr__(self) -> str:
        return f"<Dashboard {len(self._pages)} pages, {self._lobby!r}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        if caller.operation == ROOT:
            await replies.see_other(send, "ui/")  # so that links in pages lead on from there
            return
        path = caller.operation.removeprefix(ROOT + "/")
        if path.startswith(STATIC):
            await self._file(caller, path, send)
            return
        try:
            await self._serve(caller, path, scope, receive, send)
        except ClientGoneError:
            return
        except FailureError as error:
            await self._refuse(error, caller, path, send)

    async def _file(self, caller: Caller, path: str, send: Send) -> None:
        asset = (await self._lobby.renderer()).asset(path)
        if asset is None:
            await replies.send_page(send, 404, b"")
        else:
            await replies.send_asset(send, asset, caller.headers.get("if-none-match", ""))

    async def _serve(self, caller: Caller, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        posts = scope["method"] == "POST"
        if path == LOGIN:
            await (self._log_in(caller, scope, receive, send) if posts else self._ask(caller, send))
            return
        who = self._admit(caller)
        if posts:
            visit = await self._form(caller, path, who, scope, receive)
            if path == LOGOUT:
                self._lobby.visitors.let_out(_cookie(caller))
                await replies.see_other(send, LOGIN, [(b"set-cookie", cookie("", secure=False, lasts=0))])
                return
            page, named = self._page(path)
            if page.act is None:
                raise FailureError(no_such_method("POST", f"{ROOT}/{path}", ("GET",)))
            answer = await page.act(self._house, structs.replace(visit, named=named))
            # What a form comes to stays as it is.
            await self._answer(answer, caller, path, who, send, structs.replace(page, live=None))
        elif path.startswith(LIVE):
            await self._watch(caller, path.removeprefix(LIVE), who, receive, send)
        else:
            page, named = self._page(path)
            answer = await page.show(self._house, _visit(caller, path, named))
            await self._answer(answer, caller, path, who, send, page)

    def _admit(self, caller: Caller) -> Pass | None:
        """The visitor's pass, None where the request itself has all it takes. Raises `FailureError`."""
        found = self._lobby.visitors.find(_cookie(caller), self._house.now())
        if found is not None:
            headers = {**caller.headers, "authorization": f"Bearer {found.key.value}"}
            caller = structs.replace(caller, headers=headers)
        self._reception.administer(caller)
        return found

    def _page(self, path: str) -> tuple[Page, dict[str, str | None]]:
        for pattern, page in self._pages:
            if found := pattern.fullmatch(path):
                return page, found.groupdict()
        raise FailureError(no_such_path("GET", f"{ROOT}/{path}"))

    async def _form(self, caller: Caller, path: str, who: Pass | None, scope: Scope, receive: Receive) -> Visit:
        """What was sent from a page of ours. Raises `FailureError`."""
        body = await read_body(scope, receive, 2 * MAX_FILE_BYTES)
        fields = _fields(body)
        shown = caller.headers.get(TOKEN_HEADER) or fields.pop(TOKEN_FIELD, "")
        demand_token(shown, who.token if who is not None else self._lobby.visitors.token)
        return structs.replace(_visit(caller, path, {}), form=fields)

    async def _ask(self, caller: Caller, send: Send) -> None:
        """`GET /ui/login`."""
        try:
            self._admit(caller)
        except FailureError as error:
            if error.failure.kind is not Kind.AUTHENTICATION:
                raise
            shown = Html("login.html", LoginForm(self._reception.admins_key))
            await self._answer(shown, caller, LOGIN, None, send)
        else:
            await replies.see_other(send, "./")

    async def _log_in(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /ui/login`. Behind TLS, the page that sent it says so itself."""
        visitors, now = self._lobby.visitors, self._house.now()
        address = scope["client"][0] if scope.get("client") else ""
        try:
            visitors.demand_patience(address, now)
            visit = await self._form(caller, LOGIN, None, scope, receive)
            key = visit.field("key").strip()
            headers = {**caller.headers, "authorization": f"Bearer {key}"}
            self._reception.administer(structs.replace(caller, headers=headers))
        except FailureError as error:
            if error.failure.kind in (Kind.AUTHENTICATION, Kind.PERMISSION):
                visitors.failed(address, now)
            form = LoginForm(self._reception.admins_key, error.failure.message)
            await self._answer(Html("login.html", form, error.failure.http_status), caller, LOGIN, None, send)
            return
        secure = caller.headers.get("origin", "").startswith("https://")
        told = cookie(visitors.let_in(key, now), secure=secure)
        await replies.see_other(send, "./", [(b"set-cookie", told)])

    async def _watch(self, caller: Caller, path: str, who: Pass | None, receive: Receive, send: Send) -> None:
        """`GET /ui/live/…`: the stream of the page at that path."""
        page, named = self._page(path)
        if page.live is None:
            raise FailureError(no_such_path("GET", f"{ROOT}/{LIVE}{path}"))
        watcher = self._lobby.live.watch()
        try:
            work, visit = page.live, _visit(caller, path, named)
            head = [*stream.HEAD, replies.NO_STORE, *replies.GUARDS]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await watched(receive, stream.flow(send, watcher, lambda: self._fragment(work, visit, path, who)))
        except (TimeoutError, StoppedError):
            return  # half a stream is the end of one: the page asks for another
        finally:
            self._lobby.live.leave(watcher)

    async def _fragment(self, work: Work, visit: Visit, path: str, who: Pass | None) -> bytes:
        answer = await work(self._house, visit)
        assert isinstance(answer, Html), "a stream is made of fragments"
        return await self._html(answer, path, who)

    async def _answer(
        self, answer: Answer, caller: Caller, path: str, who: Pass | None, send: Send, page: Page | None = None
    ) -> None:
        match answer:
            case Html():
                await replies.send_page(send, answer.status, await self._html(answer, path, who, page))
            case Json(body):
                await replies.send_data(send, body)
            case Moved() if caller.headers.get("hx-request"):
                await replies.send_page(send, 200, b"", [(b"hx-redirect", _onward(path, answer).encode())])
            case Moved():
                await replies.see_other(send, _onward(path, answer))

    async def _html(self, shown: Html, path: str, who: Pass | None, page: Page | None = None) -> bytes:
        renderer = await self._lobby.renderer()
        frame = self._frame(path, who, page, renderer.paths())
        return await asyncio.to_thread(renderer.html, shown, frame)

    def _frame(self, path: str, who: Pass | None, page: Page | None, assets: dict[str, str]) -> Frame:
        section = page.section or page.name if page is not None else ""
        return Frame(
            root=_back(path, ""),
            path=path,
            entries=[Entry(one.name, one.path, one.name == section) for _, one in self._pages if one.name],
            token=who.token if who is not None else self._lobby.visitors.token,
            live=LIVE + path if page is not None and page.live is not None else None,
            leave=who is not None,
            version=self._version,
            assets=assets,
        )

    async def _refuse(self, error: FailureError, caller: Caller, path: str, send: Send) -> None:
        """Why there is nothing to see, or where to log in first."""
        failure, partial = error.failure, bool(caller.headers.get("hx-request"))
        login = _back(path, LOGIN)
        if failure.kind is Kind.AUTHENTICATION and not partial:
            await replies.see_other(send, login)
            return
        headers: list[tuple[bytes, bytes]] = []
        if failure.kind is Kind.AUTHENTICATION:
            headers.append((b"hx-redirect", login.encode()))
        if failure.retry_after is not None:
            headers.append((b"retry-after", b"%d" % max(1, failure.retry_after)))
        again = _back(path, path) if caller.headers.get("sec-fetch-site") == "cross-site" else None
        problem = Problem(_TITLES.get(failure.kind, "This did not work"), failure.message, again)
        shown = Html("problem_part.html" if partial else "problem.html", problem)
        await replies.send_page(send, failure.http_status, await self._html(shown, path, None), headers)


_TITLES: dict[Kind, str] = {
    Kind.NOT_FOUND: "There is nothing here",
    Kind.PERMISSION: "This is not allowed",
    Kind.RATE_LIMIT: "That was too often",
}


def _visit(caller: Caller, path: str, named: dict[str, Any]) -> Visit:
    return Visit(path, named, _fields(caller.query.encode()), partial=bool(caller.headers.get("hx-request")))


def _fields(encoded: bytes) -> dict[str, str]:
    """https://url.spec.whatwg.org/#application/x-www-form-urlencoded. Raises `FailureError` (BAD_REQUEST)."""
    try:
        return dict(parse_qsl(encoded.decode(), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError as error:
        raise refuse(Kind.BAD_REQUEST, "this is no form") from error


def _cookie(caller: Caller) -> str:
    return cookie_value(caller.headers.get("cookie", ""))


def _onward(path: str, moved: Moved) -> str:
    query, fragment = f"?{moved.query}" if moved.query else "", f"#{moved.fragment}" if moved.fragment else ""
    return _back(path, moved.path) + query + fragment


def _back(path: str, to: str) -> str:
    """The way from a page to another, both below `/ui/`: whatever a proxy put before that does not matter."""
    return ("../" * path.count("/") or "./") + quote(to)
