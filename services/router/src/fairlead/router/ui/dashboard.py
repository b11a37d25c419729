"""Everything below `/ui`: files, the login, pages, forms and streams."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from urllib.parse import quote

from msgspec import Struct, structs

from fairlead.router.reception import Caller, Reception
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.runtime.asgi import (
    ClientGoneError,
    Receive,
    Scope,
    Send,
    StoppedError,
    no_such_method,
    no_such_path,
    watched,
)

from . import replies, stream
from .doors import Doors, fields
from .house import House
from .lobby import Lobby
from .page import Answer, Html, Json, Moved, Page, Visit, Work
from .rendering import Entry, Frame
from .visitors import Pass

ROOT = "/ui"
_TELLS_PROBLEMS = "Configuration"
"""The section whose pages say themselves what is wrong with the file."""
LOGIN, LOGOUT, LIVE, STATIC = "login", "logout", "live/", "static/"


class Problem(Struct, frozen=True):
    """Why there is no page. `again`: what to open to go on, if that is worth it."""

    title: str
    message: str
    again: str | None = None


class LoginForm(Struct, frozen=True):
    """`setting` says which of the configuration's keys is wanted."""

    setting: str
    problem: str | None = None


class _Place(Struct, frozen=True):
    """Where a visitor is. `page` is None for parts of pages, and for what has no page."""

    path: str
    query: str = ""
    who: Pass | None = None
    page: Page | None = None


class Dashboard:
    """An endpoint. What it keeps from one configuration to the next is in the lobby."""

    def __init__(self, reception: Reception, house: House, pages: Iterable[Page], lobby: Lobby) -> None:
        self._doors = Doors(reception, lobby.visitors, house.now)
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
        place = _Place(path, f"?{caller.query}" if caller.query else "", self._doors.admit(caller))
        if posts:
            await self._act(caller, place, scope, receive, send)
        elif path.startswith(LIVE):
            if scope["method"] == "HEAD":
                raise FailureError(no_such_method("HEAD", f"{ROOT}/{path}", ("GET",)))
            await self._watch(caller, path.removeprefix(LIVE), place.who, receive, send)
        else:
            page, named = self._page(path)
            if page.show is None:
                raise FailureError(no_such_method("GET", f"{ROOT}/{path}", ("POST",)))
            answer = await page.show(self._house, _visit(caller, path, named))
            await self._answer(answer, caller, structs.replace(place, page=page), send)

    def _page(self, path: str) -> tuple[Page, Mapping[str, str | None]]:
        for pattern, page in self._pages:
            if found := pattern.fullmatch(path):
                return page, found.groupdict()
        raise FailureError(no_such_path("GET", f"{ROOT}/{path}"))

    async def _act(self, caller: Caller, place: _Place, scope: Scope, receive: Receive, send: Send) -> None:
        form = await self._doors.form(caller, place.who, scope, receive)
        if place.path == LOGOUT:
            await replies.see_other(send, LOGIN, [(b"set-cookie", self._doors.log_out(caller))])
            return
        page, named = self._page(place.path)
        if page.act is None:
            raise FailureError(no_such_method("POST", f"{ROOT}/{place.path}", ("GET",)))
        visit = structs.replace(_visit(caller, place.path, named), form=form)
        # What a form comes to stays as it is.
        shown = structs.replace(place, page=structs.replace(page, live=None))
        await self._answer(await page.act(self._house, visit), caller, shown, send)

    async def _ask(self, caller: Caller, send: Send) -> None:
        """`GET /ui/login`."""
        try:
            self._doors.admit(caller)
        except FailureError as error:
            if error.failure.kind is not Kind.AUTHENTICATION:
                raise
            shown = Html("login.html", LoginForm(self._doors.setting, self._doors.fault_of(caller)))
            await self._answer(shown, caller, _Place(LOGIN), send)
        else:
            await replies.see_other(send, "./")

    async def _log_in(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST /ui/login`."""
        try:
            told = await self._doors.log_in(caller, scope, receive)
        except FailureError as error:
            self._house.log.warning("login", message=error.failure.message)
            form = LoginForm(self._doors.setting, error.failure.message)
            shown = Html("login.html", form, error.failure.http_status)
            await self._answer(shown, caller, _Place(LOGIN), send)
        else:
            self._house.log.info("login", message="somebody logged in to the dashboard")
            await replies.see_other(send, "./", [(b"set-cookie", told)])

    async def _watch(self, caller: Caller, path: str, who: Pass | None, receive: Receive, send: Send) -> None:
        """`GET /ui/live/…`: the stream of the page at that path."""
        page, named = self._page(path)
        if page.live is None:
            raise FailureError(no_such_path("GET", f"{ROOT}/{LIVE}{path}"))
        work, visit, place = page.live, _visit(caller, path, named), _Place(path, who=who)
        watcher = self._lobby.live.watch()

        async def fragment() -> bytes:
            try:
                self._doors.admit(caller)
            except FailureError:
                watcher.end()  # the login is over, or the key is another
                raise
            return await self._fragment(work, visit, place)

        try:
            head = [*stream.HEAD, replies.NO_STORE, *replies.GUARDS]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await watched(receive, stream.flow(send, watcher, fragment, page.pace))
        except (TimeoutError, StoppedError):
            return  # half a stream is the end of one: the page asks for another
        finally:
            self._lobby.live.leave(watcher)

    async def _fragment(self, work: Work, visit: Visit, place: _Place) -> bytes:
        answer = await work(self._house, visit)
        assert isinstance(answer, Html), "a stream is made of fragments"
        return await self._html(answer, place)

    async def _answer(self, answer: Answer, caller: Caller, place: _Place, send: Send) -> None:
        match answer:
            case Html():
                await replies.send_page(send, answer.status, await self._html(answer, place))
            case Json(body):
                await replies.send_data(send, body)
            case Moved() if caller.headers.get("hx-request"):
                await replies.send_page(send, 200, b"", [(b"hx-redirect", _onward(place.path, answer).encode())])
            case Moved():
                await replies.see_other(send, _onward(place.path, answer))

    async def _html(self, shown: Html, place: _Place) -> bytes:
        renderer = await self._lobby.renderer()
        return await self._lobby.aside.run(renderer.html, shown, self._frame(place, renderer.paths()))

    def _frame(self, place: _Place, assets: Mapping[str, str]) -> Frame:
        page, path = place.page, place.path
        section = page.section or page.name if page is not None else ""
        steering = self._house.steering
        return Frame(
            root=_back(path, ""),
            entries=[Entry(one.name, one.path, one.name == section) for _, one in self._pages if one.name],
            token=self._doors.token(place.who),
            live=LIVE + path + place.query if page is not None and page.live is not None else None,
            leave=place.who is not None,
            unserved=steering is not None and bool(steering.problems) and section != _TELLS_PROBLEMS,
            version=self._version,
            assets=assets,
            now=self._house.now(),
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
        await replies.send_page(send, failure.http_status, await self._html(shown, _Place(path)), headers)


_TITLES: Mapping[Kind, str] = {
    Kind.NOT_FOUND: "There is nothing here",
    Kind.PERMISSION: "This is not allowed",
    Kind.RATE_LIMIT: "That was too often",
}


def _visit(caller: Caller, path: str, named: Mapping[str, str | None]) -> Visit:
    return Visit(path, named, fields(caller.query.encode()), partial=bool(caller.headers.get("hx-request")))


def _onward(path: str, moved: Moved) -> str:
    query, fragment = f"?{moved.query}" if moved.query else "", f"#{moved.fragment}" if moved.fragment else ""
    return _back(path, moved.path) + query + fragment


def _back(path: str, to: str) -> str:
    """The way from a page to another, both below `/ui/`: whatever a proxy put before that does not matter."""
    return ("../" * path.count("/") or "./") + quote(to)
