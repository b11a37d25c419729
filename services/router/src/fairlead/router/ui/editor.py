"""The page of the configuration: its text to be edited, what a change would do, and the backups there are."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from fairlead.router.endpoints.config import NO_FILE
from fairlead.router.linediff import Difference
from fairlead.router.steering import Opened, Posted, Steering
from fairlead.shared.config import ConfigError, Finding
from fairlead.shared.config.positions import LINE_END
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.runtime.config_file import Backup

from .house import House
from .page import Answer, Html, Moved, Page, Visit

PATH, BACKUP = "config", "config/backup"
RETURNS = {"routing": "routing"}
"""Where else than to the editor a change may lead back, by the name that its form has for it."""
STALE = 412


class Editor(Struct, frozen=True):
    """The text in hand, which need not be the file's, and the `etag` of the file that it was made from. `problems` are
    of this text, `told`: they were asked for; `changes`: lines that differ from the file; `failure`: why it could not
    be saved; `saved`: the backup that a change has just left, "" for one that changed nothing."""

    opened: Opened
    text: str
    etag: str
    problems: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()
    told: bool = False
    changes: int = 0
    failure: str | None = None
    backups: Sequence[Backup] = ()
    saved: str | None = None

    @property
    def lines(self) -> int:
        """How many the text has, an empty last one included."""
        return len(LINE_END.findall(self.text)) + 1

    @property
    def marked(self) -> Mapping[int, bool]:
        """Lines that something is to be said about; True for a problem."""
        warned = {one.line: False for one in self.warnings if one.line is not None}
        return warned | {one.line: True for one in self.problems if one.line is not None}

    @property
    def is_stale(self) -> bool:
        """Whether the file has changed since."""
        return self.etag != (self.opened.etag or "")

    @property
    def is_edited(self) -> bool:
        """Whether it is not what the file says."""
        return self.text != self.opened.text


class Review(Struct, frozen=True):
    """A change that is to be looked at before it counts. `etag`: of the file as it is compared; `lost`: keys whose
    comments would go; `stale`: the file is not the one that the text was made from, and `now` what it says; `then`:
    where it leads back, one of `RETURNS`."""

    difference: Difference
    text: str
    etag: str
    warnings: Sequence[Finding] = ()
    lost: Sequence[str] = ()
    stale: bool = False
    now: str = ""
    then: str = ""


class Restoring(Struct, frozen=True):
    """A backup beside the file. `problems`: why it cannot be served with; `stale`: the file has changed since it was
    looked at."""

    name: str
    at: float
    difference: Difference | None
    etag: str
    problems: Sequence[Finding] = ()
    stale: bool = False


class Nothing(Struct, frozen=True):
    """Why there is nothing to edit."""

    message: str


class Neighbouring(Struct, frozen=True):
    """How the normalizer takes the same file; `unknown`: why nobody knows."""

    problems: Sequence[Mapping[str, Any]] = ()
    unknown: str | None = None


def as_written(text: str, file: str) -> str:
    """A form's text, whose lines end in CR LF whatever was typed, with the ends of lines that the file has."""
    plain = text.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in file else plain


class _Sent(Struct, frozen=True):
    """What came with a form: the text, the `etag` of the file that it was made from, and the file as it is now."""

    opened: Opened
    text: str
    etag: str


async def show(house: House, visit: Visit) -> Answer:
    """`GET /ui/config`."""
    steering = house.steering
    if steering is None:
        return Html("config_none.html", Nothing(NO_FILE))
    opened = await house.aside.run(steering.opened)
    return Html(
        "config.html",
        Editor(
            opened,
            opened.text,
            opened.etag or "",
            opened.problems,
            opened.warnings,
            backups=steering.backups(),
            saved=saved_of(visit),
        ),
    )


def saved_of(visit: Visit) -> str | None:
    """The backup that a change has just left, as a page is told that the change leads back to; see `Editor`."""
    saved = visit.query.get("saved")
    return saved if saved is not None and _BACKUP.fullmatch(saved) else None


async def act(house: House, visit: Visit) -> Answer:
    """`POST /ui/config`: what the button says that was pressed."""
    work = _DEEDS.get(visit.field("do"))
    if work is None:
        raise refuse(Kind.BAD_REQUEST, "do: there is no such button", param="do")
    return await work(house, visit)


async def _check(house: House, visit: Visit) -> Answer:
    found = await _checked(house, await _sent(house, visit))
    return Html("config_problems.html" if visit.partial else "config.html", found)


async def _edit(house: House, visit: Visit) -> Answer:
    """Back from the review, with the text as it is there."""
    return Html("config.html", _editor(_steering(house), await _sent(house, visit)))


async def _review(house: House, visit: Visit) -> Answer:
    return await _reviewed(house, await _sent(house, visit))


async def _save(house: House, visit: Visit) -> Answer:
    steering, sent = _steering(house), await _sent(house, visit)
    then = RETURNS.get(visit.form.get("then", ""), "")
    try:
        changed = await steering.change(Posted(text=sent.text), sent.etag)
    except FailureError as error:
        if error.failure.status == STALE:
            return await _reviewed(house, sent, then)
        failed = structs.replace(_editor(steering, sent), failure=error.failure.message)
        return Html("config.html", failed, error.failure.http_status)
    except ConfigError as error:
        return Html("config.html", _editor(steering, sent, error.findings), 400)
    return Moved(then or PATH, f"saved={changed.backup or ''}")


async def _reviewed(house: House, sent: _Sent, then: str = "") -> Answer:
    """What the text would do to the file; the editor, where it cannot be served with."""
    steering = _steering(house)
    try:
        found = await house.aside.run(steering.preview, Posted(text=sent.text))
    except ConfigError as error:
        return Html("config.html", _editor(steering, sent, error.findings), 400)
    stale = sent.etag != found.etag
    now = sent.opened.text if stale else ""
    review = Review(found.difference, sent.text, found.etag, found.warnings, stale=stale, now=now, then=then)
    return Html("config_review.html", review, STALE if stale else 200)


async def _back_up(house: House, _visit: Visit) -> Answer:
    await _steering(house).back_up()
    return Moved(PATH, fragment="backups")


_DEEDS: Mapping[str, Callable[[House, Visit], Awaitable[Answer]]] = {
    "check": _check,
    "edit": _edit,
    "review": _review,
    "save": _save,
    "back up": _back_up,
}


async def show_backup(house: House, visit: Visit) -> Answer:
    """`GET /ui/config/backup/{name}`."""
    return await _backup(house, str(visit.named["name"]))


async def restore(house: House, visit: Visit) -> Answer:
    """`POST /ui/config/backup/{name}`."""
    steering, name = _steering(house), str(visit.named["name"])
    try:
        changed = await steering.restore(name, visit.field("etag"))
    except FailureError as error:
        if error.failure.status != STALE:
            raise
        return await _backup(house, name, stale=True)
    except ConfigError:
        return await _backup(house, name)
    return Moved(PATH, f"saved={changed.backup or ''}")


async def _backup(house: House, name: str, *, stale: bool = False) -> Answer:
    """It may have gone meanwhile, or come to be one that cannot be served with."""
    steering = _steering(house)
    kept = next((one for one in steering.backups() if one.name == name), None)
    if kept is None:
        raise refuse(Kind.NOT_FOUND, f"there is no backup {name[:80]} any more")
    try:
        found = await house.aside.run(steering.preview_of_backup, name)
    except ConfigError as error:
        return Html("config_backup.html", Restoring(name, kept.at, None, "", error.findings))
    shown = Restoring(name, kept.at, found.difference, found.etag, stale=stale)
    return Html("config_backup.html", shown, STALE if stale else 200)


async def neighbour(house: House, _visit: Visit) -> Answer:
    """`GET /ui/config/normalizer`: a part of the page that may take its time."""
    taken = await house.neighbour.taken()
    return Html("config_normalizer.html", Neighbouring(taken.get("problems", ()), taken.get("unknown")))


def _steering(house: House) -> Steering:
    if house.steering is None:
        raise refuse(Kind.CONFLICT, NO_FILE)
    return house.steering


async def _sent(house: House, visit: Visit) -> _Sent:
    opened = await house.aside.run(_steering(house).opened)
    return _Sent(opened, as_written(visit.field("text"), opened.text), visit.field("etag"))


async def _checked(house: House, sent: _Sent) -> Editor:
    steering = _steering(house)
    try:
        found = await house.aside.run(steering.preview, Posted(text=sent.text))
    except ConfigError as error:
        return _editor(steering, sent, error.findings)
    changes = found.difference.added + found.difference.removed
    return structs.replace(_editor(steering, sent), warnings=found.warnings, told=True, changes=changes)


def _editor(steering: Steering, sent: _Sent, problems: Sequence[Finding] = ()) -> Editor:
    """With what was sent, and what is wrong with it."""
    return Editor(sent.opened, sent.text, sent.etag, problems, told=bool(problems), backups=steering.backups())


_BACKUP = re.compile(r"(?:config\.[\w.]+\.json)?", re.ASCII)

PAGES = (
    Page(PATH, show, name="Configuration", act=act),
    Page(f"{PATH}/normalizer", neighbour, section="Configuration"),
    Page(f"{BACKUP}/(?P<name>[^/]+)", show_backup, section="Configuration", act=restore),
)
