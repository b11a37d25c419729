"""`fairlead model`: shows which models requests go to, and lets a person pick others, in any terminal."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from fairlead.cli import config_file
from fairlead.cli.asking import Asker
from fairlead.cli.choosing import Change, changed, matching, models, scenarios, spoken, told
from fairlead.cli.daemon import Desk
from fairlead.cli.launcher import options as launching
from fairlead.cli.progress import watched
from fairlead.cli.running import configured
from fairlead.router.cli.columns import shown, table
from fairlead.router.cli.reach import KEY
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config import Config, ConfigError, load
from fairlead.shared.config.document import read
from fairlead.shared.config.sections import nearest

SHOWN = 40
"""Models of one page; more are found by typing a part of their names."""


_AS_DEFAULT = "(as default)"
_NONE = "-"
"""Typed for no model at all."""


class _Listed(Struct):
    id: str


class _Models(Struct):
    data: list[_Listed]


class Menu:
    """The conversation: `ask` gets a prompt and gives what was typed, `say` writes a line."""

    def __init__(self, config: Config, known: Sequence[str], ask: Callable[[str], str], say: Callable[[str], Any]):
        self._config = config
        self._known = known
        self._ask = ask
        self._say = say
        self._changes: dict[str, Change] = {}

    def __repr__(self) -> str:
        return f"<Menu changes={len(self._changes)}>"

    def run(self) -> tuple[Change, ...]:
        """What was picked and confirmed; raises `EOFError` where the person leaves."""
        while (scenario := self._scenario()) is not None:
            target = self._target(scenario)
            if target is not None:
                self._changes[scenario] = Change(scenario, target)
        changes = tuple(self._changes.values())
        if not changes:
            return ()
        self._say("\nTo be changed:")
        for line in told(self._config, changes):
            self._say(shown(line))
        return changes if self._ask("Write this? [Y/n] ").strip().lower() in ("", "y", "yes") else ()

    def _scenario(self) -> str | None:
        """None when there is nothing more to change."""
        names = scenarios(self._config)
        rows = [(str(number), shown(name), shown(self._now(name))) for number, name in enumerate(names, 1)]
        self._say("\nWhere requests go")
        for line in table(("", "scenario", "model"), rows):
            self._say(line)
        while answer := self._ask("Change which? (number or name, Enter when done) ").strip():
            if answer.isdecimal() and 1 <= int(answer) <= len(names):
                return names[int(answer) - 1]
            found = matching(answer, names)
            if len(found) == 1:
                return found[0]
            self._say(f"  there is no {shown(answer)}; type a number from 1 to {len(names)}")
        return None

    def _now(self, scenario: str) -> str:
        change = self._changes.get(scenario)
        if change is not None:
            return f"{change.target or '-'}  (new)"
        route = self._config.router.scenarios.get(scenario)
        return _AS_DEFAULT if route is None and scenario != "default" else spoken(route)

    def _target(self, scenario: str) -> str | None:
        """ "" for none; None for no change."""
        page = list(self._known)
        self._list(scenario, page)
        while answer := self._ask("Which? (number, part of a name, - for none, Enter to go back) ").strip():
            if answer == _NONE and scenario != "default":
                return ""
            if answer.isdecimal() and 1 <= int(answer) <= min(len(page), SHOWN):
                return page[int(answer) - 1]
            found = matching(answer, self._known)
            if len(found) == 1:
                return found[0]
            if not found and "," in answer and self._is_provider(answer):
                return answer
            if found:
                page = found
                self._list(scenario, page)
            else:
                self._say(f"  no model is called {shown(answer)}; provider,model names one that is not listed")
        return None

    def _list(self, scenario: str, page: Sequence[str]) -> None:
        self._say(f"\nModels for {shown(scenario)}")
        for number, name in enumerate(page[:SHOWN], 1):
            self._say(f"  {number:3}  {shown(name)}")
        if len(page) > SHOWN:
            self._say(f"  … and {len(page) - SHOWN} more; type a part of a name")

    def _is_provider(self, answer: str) -> bool:
        name, _, model = answer.partition(",")
        return bool(model.strip()) and name in {one.name for one in self._config.providers}


def _does(options: Namespace, env: Environment) -> Said:
    path = Path(options.config) if options.config else launching.settings_file(env)
    if path is None:
        raise CommandError(
            "there is no configuration yet; put a provider into ~/.fairlead/config.json first, "
            "or take another program's over with fairlead import"
        )
    if path.is_dir():
        raise CommandError(f"{path} is a folder; its files are changed by hand")
    text, config = _read(path, env)
    known = models(config, _listed(env))
    if options.scenario is not None:
        scenario = _named(options.scenario, config)
        target = "" if options.model == _NONE and scenario != "default" else options.model
        changes: tuple[Change, ...] = (Change(scenario, target),)
        if options.model is None:
            return Said(spoken(config.router.scenarios.get(changes[0].scenario)))
    else:
        changes = _picked(path, config, known)
    if not changes:
        return Said("Nothing is changed.")
    now = time.time()
    kept = config_file.replace(path, changed(text, changes), env, now)
    return Said("\n".join([f"Written to {path}; the file as it was is {kept}", *_next(path, env)]))


def _picked(path: Path, config: Config, known: Sequence[str]) -> tuple[Change, ...]:
    if not known:
        raise CommandError(f"no provider of {path} names a model; list some under models")
    print(path)  # noqa: T201
    try:
        return Menu(config, known, input, print).run()
    except EOFError:
        return ()


def _read(path: Path, env: Environment) -> tuple[str, Config]:
    try:
        config = load(path, env, resolve_secrets=False).config
        text = path.read_bytes().decode()
        document = read(text, file=str(path))
    except ConfigError as error:
        raise CommandError(f"the configuration cannot be used:\n{error}") from error
    if {"endpoint", "endpoints"} & document.value.keys():
        raise CommandError(
            f"{path} is a file of droid2api, which has no routes; fairlead import droid2api {path} makes one of ours"
        )
    return text, config


def _named(scenario: str, config: Config) -> str:
    known = scenarios(config)
    if scenario in known:
        return scenario
    near = nearest(scenario, known)
    raise CommandError(f"there is no scenario {scenario}; " + (f"did you mean {near}?" if near else ", ".join(known)))


def _listed(env: Environment) -> list[str]:
    """What the running services list besides; nothing where none run."""
    pointing = configured(env)
    url = f"{pointing.normalizer}/v1/models?limit=1000"
    with Asker(pointing, env.get(KEY)) as ask:
        answer = watched(lambda: ask.get(url, _Models), "asking the services for their models", sys.stderr)
    return [one.id for one in answer.data] if answer is not None else []


def _next(path: Path, env: Environment) -> list[str]:
    """What becomes of it: services look at their file all the time."""
    record = Desk.of(env).running()
    if record is None:
        return []
    if record.config is not None and Path(record.config).resolve() == path.resolve():
        return ["the running services use it from now on"]
    other = record.config or "no file"
    return [f"the running services read {other}; fairlead restart --config {path} starts them with this"]


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", help="shows one scenario, or sets it where a model is named too")
    parser.add_argument("model", nargs="?", metavar="PROVIDER,MODEL", help="- for none")
    parser.add_argument("--config", metavar="FILE", help="configuration (CONFIG_PATH; ~/.fairlead/config.json)")


VERB = Verb("model", "Pick the models that requests go to.", _takes, _does)
