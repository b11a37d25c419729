"""What changes the router, and what it is made of."""

from typing import Any

from fairlead.router.endpoints import logs
from fairlead.router.endpoints.config import Restore
from fairlead.shared.failure import Kind
from fairlead.shared.openapi.description import Answer, Content, Guard, Operation, Shape, json, named, query, said

from .ours import of_ours
from .shapes import administration as shapes

_CONFLICT, _MISSING = (Kind.CONFLICT,), (Kind.NOT_FOUND,)


def operations() -> list[Operation]:
    """For the admin."""
    return [*_configuration(), *_backups(), *_presets(), *_process()]


def _refused(about: str) -> Answer:
    return Answer(about, (Content(shapes=(Shape(shapes.Refused),)),), ("x-fairlead-failure",))


_SHOWN_WITH = said("if-match", "The `etag` that it was shown with: where it has changed since, nothing is done.")
_CHANGED = {
    "200": json(shapes.ConfigurationChanged, "What is served with now.", "etag"),
    "400": _refused("It cannot be served with, and nothing is changed."),
    "412": _refused("It has changed since it was shown."),
}


def _configuration() -> list[Operation]:
    posted = Content(shapes=(Shape(shapes.PostedValues), Shape(shapes.PostedText), Shape(dict[str, Any])))
    shown = json(shapes.Configuration, "The file of both services as it is written.", "etag")
    unread = _refused("It cannot be read.")
    checked = json(shapes.Checked, "What would become of it.")
    return [
        of_ours(
            "GET /api/config",
            "config",
            "What the configuration says, without its secrets",
            Guard.ADMIN,
            {"200": shown, "400": unread},
            refuses=_CONFLICT,
        ),
        of_ours(
            "POST /api/config",
            "change_config",
            "Serve with another configuration",
            Guard.ADMIN,
            _CHANGED,
            _SHOWN_WITH,
            refuses=(*_CONFLICT, Kind.TOO_LARGE),
            body=posted,
        ),
        of_ours(
            "POST /api/config/validate",
            "validate_config",
            "What would become of a configuration",
            Guard.ADMIN,
            {"200": checked, "400": unread},
            refuses=(*_CONFLICT, Kind.TOO_LARGE),
            body=posted,
        ),
    ]


def _backups() -> list[Operation]:
    return [
        of_ours(
            "GET /api/config/backup",
            "backups",
            "The backups there are",
            Guard.ADMIN,
            {"200": json(shapes.Backups, "Their names.")},
            refuses=_CONFLICT,
        ),
        of_ours(
            "POST /api/config/backup",
            "back_up",
            "Make a backup",
            Guard.ADMIN,
            {"200": json(shapes.BackedUp, "Its name.")},
            refuses=_CONFLICT,
        ),
        of_ours(
            "POST /api/config/restore",
            "restore",
            "Serve with a backup",
            Guard.ADMIN,
            _CHANGED,
            _SHOWN_WITH,
            refuses=(*_CONFLICT, *_MISSING, Kind.TOO_LARGE),
            body=Content(shapes=(Shape(Restore),)),
        ),
    ]


def _presets() -> list[Operation]:
    preset = named("name", "The preset's name, which is its folder's.")
    return [
        of_ours(
            "GET /api/presets",
            "presets",
            "The presets beside the configuration",
            Guard.ADMIN,
            {"200": json(shapes.Presets, "In the order of their names.")},
            refuses=_CONFLICT,
        ),
        of_ours(
            "GET /api/presets/{name}",
            "preset",
            "What a preset says, without its answers",
            Guard.ADMIN,
            {"200": json(shapes.Preset, "Everything about it.")},
            preset,
            refuses=(*_CONFLICT, *_MISSING),
        ),
        of_ours(
            "DELETE /api/presets/{name}",
            "delete_preset",
            "Take a preset away, folder and all",
            Guard.ADMIN,
            {"200": json(shapes.PresetDeleted, "It is served no more.")},
            preset,
            refuses=(*_CONFLICT, *_MISSING),
        ),
    ]


def _process() -> list[Operation]:
    page = query("limit", "How many lines.", type="integer", minimum=1, maximum=logs.MOST, default=logs.PAGE)
    before = query("before", "What the page before gave as `before`.", type="integer", minimum=0, maximum=logs.LARGEST)
    return [
        of_ours(
            "GET /api/logs",
            "logs",
            "The log files there are",
            Guard.ADMIN,
            {"200": json(shapes.LogFiles, "Their names.")},
        ),
        of_ours(
            "GET /api/logs/{name}",
            "log",
            "Lines of a log file, the last first",
            Guard.ADMIN,
            {"200": json(shapes.LogPage, "A page of them.")},
            named("name", "The file's name."),
            page,
            before,
            refuses=_MISSING,
        ),
        of_ours(
            "POST /api/restart",
            "restart",
            "Start the router again, once its answers are over",
            Guard.ADMIN,
            {"202": json(shapes.Restarting, "It will.")},
            refuses=_CONFLICT,
        ),
    ]
