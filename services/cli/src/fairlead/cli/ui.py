"""`fairlead ui`: opens the dashboard in a browser, and prints where it is."""

import sys
import webbrowser
from argparse import ArgumentParser, Namespace

import httpx2

from fairlead.cli.running import SECONDS
from fairlead.cli.start import ensured
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb


def _does(options: Namespace, env: Environment) -> Said:
    url = f"{ensured(env).router}/ui"
    try:
        answer = httpx2.get(url, timeout=SECONDS, trust_env=False)
    except httpx2.HTTPError as error:
        raise CommandError(f"{url} does not answer: {error}") from error
    if answer.status_code == httpx2.codes.NOT_FOUND:
        raise CommandError(f"the router has no page at {url}; it is of a version without a dashboard")
    if not options.print and not webbrowser.open(url):
        print("fairlead ui: no browser could be opened here", file=sys.stderr)  # noqa: T201
    return Said(url)


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", help="say where it is, and open nothing")


VERB = Verb("ui", "Open the dashboard.", _takes, _does)
