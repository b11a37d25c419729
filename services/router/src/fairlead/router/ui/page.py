"""What a page is: a row of a table, whose work turns a visit into values, and a template that shows them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from fairlead.shared.failure import Kind, refuse

from .house import House
from .stream import CALM, Pace


class Visit(Struct, frozen=True):
    """One request for a page. `named`: what its path names; `query` and `form`: the last value of each field.
    `partial`: htmx asks, and swaps what it gets into the page."""

    path: str
    named: Mapping[str, str | None] = {}
    query: Mapping[str, str] = {}
    form: Mapping[str, str] = {}
    partial: bool = False

    def field(self, name: str) -> str:
        """Of the form. Raises `FailureError` (BAD_REQUEST) where it is missing."""
        if name not in self.form:
            raise refuse(Kind.BAD_REQUEST, f"{name} is missing in the form", param=name)
        return self.form[name]


class Html(Struct, frozen=True):
    """`template`, shown with the fields of `context`, which it knows as `page`."""

    template: str
    context: Struct
    status: int = 200


class Json(Struct, frozen=True):
    """Data for a script of ours."""

    body: bytes


class Moved(Struct, frozen=True):
    """See another page, named by its path below `/ui/`, or a place in it."""

    path: str
    query: str = ""
    fragment: str = ""


Answer: TypeAlias = Html | Json | Moved
Work: TypeAlias = Callable[[House, Visit], Awaitable[Answer]]


class Page(Struct, frozen=True):
    """`path`: a pattern of what stands after `/ui/`, whose named groups the visit has. `name` stands in the navigation
    where there is one; `section` is the name of the entry that is marked while the page is open. `show` answers GET,
    `act` POST, which has been found to come from a page of ours. Both raise `FailureError`, which is shown. `live`
    makes the fragments that keep the open page up to date: it is asked again whenever something may have changed, and
    as `pace` has it."""

    path: str
    show: Work | None = None
    name: str = ""
    section: str = ""
    act: Work | None = None
    live: Work | None = None
    pace: Pace = CALM
