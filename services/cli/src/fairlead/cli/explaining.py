"""`fairlead explain`, of the services in the background where some run: wherever those listen, with their own key."""

from argparse import Namespace

import msgspec

from fairlead.cli.daemon import Desk
from fairlead.cli.pointing import ANY
from fairlead.cli.running import pointing_of
from fairlead.router.cli import explain
from fairlead.router.cli.reach import KEY
from fairlead.router.cli.verb import Environment, Said


def _does(options: Namespace, env: Environment) -> Said:
    record = Desk.of(env).running() if options.url is None and options.config is None else None
    if record is None:
        return explain.VERB.does(options, env)
    pointing = pointing_of(record, env)
    key = pointing.key if pointing.key and pointing.key != ANY else None
    options.url = pointing.router
    return explain.VERB.does(options, {KEY: key, **env} if key else env)


VERB = msgspec.structs.replace(explain.VERB, does=_does)
