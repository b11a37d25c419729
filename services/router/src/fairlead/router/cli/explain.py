"""`fairlead explain`: prints why a request went where it went, and whether it would go there again."""

from argparse import ArgumentParser, Namespace
from urllib.parse import quote

from msgspec import Struct

from fairlead.router.cli import reach
from fairlead.router.cli.explained import Explained, replayed, text
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb


class _Summary(Struct):
    id: str


class _Newest(Struct):
    decisions: list[_Summary]


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument(
        "id",
        metavar="ID",
        nargs="?",
        help="a decision, as x-fairlead-decision names it (the newest); the router "
        "remembers the newest 1,000 since it was started",
    )
    parser.add_argument(
        "--replay", action="store_true", help="decide again from what was stored; fails if a single byte differs"
    )
    reach.takes(parser)


def _does(options: Namespace, env: Environment) -> Said:
    place = reach.place_of(options, env)
    wanted = options.id or _newest(place)
    body = reach.get(place, f"/api/decisions/{quote(wanted, safe='')}")
    told: Explained = reach.read(place, body, Explained)
    if not options.replay:
        return Said(text(told))
    return Said(f"{text(told)}\n\n{replayed(told.replay)}", failed=not told.replay.same)


def _newest(place: reach.Place) -> str:
    newest: _Newest = reach.read(place, reach.get(place, "/api/decisions?limit=1"), _Newest)
    if not newest.decisions:
        raise CommandError(f"the router at {place.url} has decided nothing since it was started")
    return newest.decisions[0].id


VERB = Verb("explain", "Print why a request went where it went.", _takes, _does)
