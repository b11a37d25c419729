"""`fairlead status`: whether the services run, where, how their providers are, and what was decided of late."""

import sys
import time
from argparse import ArgumentParser, Namespace

from fairlead.cli.asking import Asker
from fairlead.cli.daemon import Desk, Record
from fairlead.cli.overview import Credentials, Decisions, NormalizerReady, Overview, Providers, Ready, text
from fairlead.cli.pointing import Pointing
from fairlead.cli.progress import watched
from fairlead.cli.running import configured, pointing_of
from fairlead.cli.screen import Screen
from fairlead.router.cli.reach import KEY
from fairlead.router.cli.verb import Environment, Said, Verb

NEWEST = 5
"""Decisions that are told."""
_INDENT = 4
"""Of what does not fit into a line."""


def _does(_options: Namespace, env: Environment) -> Said:
    record = Desk.of(env).running()
    pointing = pointing_of(record, env) if record else configured(env)
    seen = watched(lambda: _look(pointing, record, env), "asking the services", sys.stderr)
    screen = Screen.of(sys.stdout, env)
    page = "\n".join(screen.folded(line, _INDENT) for line in text(seen).splitlines())
    return Said(page, failed=not seen.well)


def _look(pointing: Pointing, record: Record | None, env: Environment) -> Overview:
    router, normalizer = pointing.router, pointing.normalizer
    with Asker(pointing, env.get(KEY)) as ask:
        return Overview(
            now=time.time(),
            router_url=router,
            normalizer_url=normalizer,
            record=record,
            router=ask.get(f"{router}/ready", Ready),
            normalizer=ask.get(f"{normalizer}/ready", NormalizerReady),
            configured=tuple(one.name for one in pointing.config.providers if not one.is_normalizer),
            credentials=ask.get(f"{normalizer}/api/credentials", Credentials),
            providers=ask.get(f"{router}/api/providers", Providers),
            decisions=ask.get(f"{router}/api/decisions?limit={NEWEST}", Decisions),
        )


def _takes(_parser: ArgumentParser) -> None:
    """No flags."""


VERB = Verb("status", "Say whether the services run, and how their providers are.", _takes, _does)
