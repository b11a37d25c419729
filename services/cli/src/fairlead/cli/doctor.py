"""`fairlead doctor`: configuration, ports, credentials and providers, each checked by doing what a client would do."""

import contextlib
import os
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
from msgspec import Struct

from fairlead.cli.asking import Asker
from fairlead.cli.daemon import Desk, Record
from fairlead.cli.examination import FIRST, OTHERS, Answer, Question, State, Verdict, judge
from fairlead.cli.launcher import options as launching
from fairlead.cli.launcher.choice import Choice, Options
from fairlead.cli.overview import Credential, Credentials, NormalizerReady
from fairlead.cli.pointing import ANY, Pointing, key_of
from fairlead.cli.progress import watched
from fairlead.cli.running import found, to_serve
from fairlead.cli.screen import Colour, Screen
from fairlead.cli.start import started
from fairlead.cli.stop import stopped
from fairlead.router.cli.columns import shown
from fairlead.router.cli.reach import KEY
from fairlead.router.cli.verb import CommandError, Environment, Said, Verb
from fairlead.shared.config import ConfigError, Loaded, load
from fairlead.shared.config.schema import Provider

SECONDS = 90.0
"""For one answer of a model."""
_BAD = frozenset({"missing", "expired", "refused"})


_COLOURS = {State.GOOD: Colour.GREEN, State.ODD: Colour.YELLOW, State.BROKEN: Colour.RED}
_STATE_WIDTH = max(len(state.value) for state in State)
_INDENT = _STATE_WIDTH + len("  000.00 s  ")
"""Where the words of a check begin, and go on in the next line."""


class _Listed(Struct):
    id: str


class _Models(Struct):
    data: list[_Listed]


class Examiner:
    """Runs one check after the other, and says each in a line as soon as it is done."""

    def __init__(self, say: Callable[[str], None], screen: Screen) -> None:
        self._say = say
        self._screen = screen
        self.broken = 0
        self.odd = 0

    def __repr__(self) -> str:
        return f"<Examiner broken={self.broken} odd={self.odd}>"

    def check(self, name: str, work: Callable[[], Verdict]) -> State:
        """`work` in a thread of its own, so that a person can be told that it lasts."""
        began = time.monotonic()
        verdict = watched(work, f"checking {name}", sys.stderr)
        self.tell(name, verdict, time.monotonic() - began)
        return verdict.state

    def tell(self, name: str, verdict: Verdict, seconds: float = 0.0) -> None:
        self.broken += verdict.state is State.BROKEN
        self.odd += verdict.state is State.ODD
        state = f"{verdict.state.value:<{_STATE_WIDTH}}"
        line = f"{state}  {seconds:6.2f} s  {shown(name)}: {shown(verdict.words)}"
        folded = self._screen.folded(line, _INDENT)
        self._say(self._screen.painted(state, _COLOURS[verdict.state]) + folded[len(state) :])


def _does(options: Namespace, env: Environment) -> Said:
    examiner = Examiner(lambda line: print(line, flush=True), Screen.of(sys.stdout, env))  # noqa: T201
    choice = _configuration(examiner, env)
    if choice is None:
        return Said("\n1 check failed; the others need a configuration that can be used", failed=True)
    with _services(examiner, env) as pointing:
        _examine_services(examiner, pointing, env)
        if not options.no_calls:
            _examine_providers(examiner, choice, pointing, options.provider or [], env)
    return Said(_summary(examiner), failed=bool(examiner.broken))


def _summary(examiner: Examiner) -> str:
    if examiner.broken:
        return f"\n{examiner.broken} failed, {examiner.odd} to be looked at"
    return f"\nAll is well{f', {examiner.odd} to be looked at' if examiner.odd else ''}"


def _configuration(examiner: Examiner, env: Environment) -> Choice | None:
    """What would be served, or is; None, and said, where that cannot be."""
    began = time.monotonic()
    record = Desk.of(env).running()
    try:
        choice = to_serve(_options(record), env)
        warnings = _loaded(choice, env).warnings
    except (CommandError, ConfigError) as error:
        examiner.tell("config", Verdict(State.BROKEN, str(error).replace("\n", " ")), time.monotonic() - began)
        return None
    words = f"{choice.router.config}" if not choice.simulated else f"{choice.simulated}; a simulated provider answers"
    examiner.tell("config", Verdict(State.ODD if choice.simulated else State.GOOD, words), time.monotonic() - began)
    if record is not None and record.config != str(choice.router.config):
        words = f"the services that run were started with {record.config}; fairlead restart makes them use this one"
        examiner.tell("config", Verdict(State.ODD, words))
    for warning in warnings:
        examiner.tell("config", Verdict(State.ODD, str(warning)))
    return choice


def _options(record: Record | None) -> Options:
    """The flags of those that run, so that the same file is looked at."""
    parser = ArgumentParser()
    launching.takes(parser)
    return launching.of(parser.parse_args(record.flags if record else ()))


def _loaded(choice: Choice, env: Environment) -> Loaded:
    assert choice.normalizer.config is not None
    return load(choice.normalizer.config, env)


@contextlib.contextmanager
def _services(examiner: Examiner, env: Environment) -> Iterator[Pointing]:
    """Those that run, else a pair on other ports for as long as this lasts."""
    pointing = found(env)
    if pointing is not None:
        yield pointing
        return
    examiner.tell("services", Verdict(State.ODD, "do not run; a pair of their own is started for these checks"))
    for name, port in zip(("router", "normalizer"), _ports(env), strict=True):
        examiner.check(f"port {port}", lambda port=port, name=name: _port(port, name))  # type: ignore[misc]
    with tempfile.TemporaryDirectory(prefix="fairlead-doctor-") as folder:
        desk = Desk(Path(folder))
        router, normalizer = _free_ports()
        record = started(Options(port=str(router), normalizer_port=str(normalizer)), env, desk)
        try:
            choice = launching.chosen(_options(record), env)
            key = ANY if choice.simulated else key_of(_loaded(choice, env).config)
            yield Pointing(record.router, record.normalizer, key)
        finally:
            stopped(env, desk, gentle=1.0)  # nobody else asks them anything


def _ports(env: Environment) -> tuple[int, int]:
    choice = launching.chosen(Options(), env)
    return choice.router.settings.port, choice.normalizer.settings.port


def _port(port: int, name: str) -> Verdict:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        return Verdict(
            State.BROKEN,
            f"the {name} cannot listen there ({os.strerror(error.errno or 0)}); end what does, or set PORT",
        )
    return Verdict(State.GOOD, f"free for the {name}")


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _examine_services(examiner: Examiner, pointing: Pointing, env: Environment) -> None:
    with Asker(pointing, env.get(KEY)) as ask:
        for name, url in (("router", pointing.router), ("normalizer", pointing.normalizer)):
            examiner.check(name, lambda url=url: _ready(ask.get(f"{url}/ready", NormalizerReady), url))  # type: ignore[misc]
        ready = ask.get(f"{pointing.normalizer}/ready", NormalizerReady)
        for one in ready.unusable if ready else ():
            examiner.tell(f"provider {one.provider}", Verdict(State.ODD, f"is not used: {one.because}"))
        held = ask.get(f"{pointing.normalizer}/api/credentials", Credentials)
    if held is None:
        words = f"cannot be asked for; put a client key that opens everything into {KEY}"
        examiner.tell("credentials", Verdict(State.ODD, words))
    for credential in held.credentials if held else ():
        examiner.tell(f"credential of {credential.provider}", _credential(credential))


def _ready(ready: NormalizerReady | None, url: str) -> Verdict:
    if ready is None:
        return Verdict(State.BROKEN, f"does not answer at {url}; fairlead restart, then its log")
    if ready.status != "ready":
        return Verdict(State.BROKEN, f"{url} is {ready.status}: {'; '.join(ready.missing)}")
    return Verdict(State.GOOD, f"ready at {url}")


def _credential(one: Credential) -> Verdict:
    words = " ".join(filter(None, (one.type, one.state, one.source and f"from {one.source}")))
    return Verdict(
        State.BROKEN if one.state in _BAD else State.GOOD, f"{words}{f' - {one.problem}' if one.problem else ''}"
    )


def _examine_providers(
    examiner: Examiner, choice: Choice, pointing: Pointing, wanted: list[str], env: Environment
) -> None:
    """A real call of each kind to each."""
    providers = [one for one in _loaded(choice, env).config.all_providers if not one.is_normalizer]
    if unknown := set(wanted) - {one.name for one in providers}:
        raise CommandError(f"there is no provider {', '.join(sorted(unknown))}")
    with Asker(pointing, env.get(KEY)) as ask:
        listed = ask.get(f"{pointing.normalizer}/v1/models?limit=1000", _Models)
    ids = [one.id for one in listed.data] if listed else []
    with _client(pointing, env) as client:
        for provider in providers:
            if provider.disabled_because is None and (not wanted or provider.name in wanted):
                _examine(examiner, provider, ids, client, pointing.normalizer)


def _client(pointing: Pointing, env: Environment) -> httpx2.Client:
    key = env.get(KEY) or pointing.key
    headers = {"authorization": f"Bearer {key}"} if key and key != ANY else {}
    return httpx2.Client(trust_env=False, timeout=SECONDS, headers={**headers, "anthropic-version": "2023-06-01"})


def _examine(examiner: Examiner, provider: Provider, ids: list[str], client: httpx2.Client, url: str) -> None:
    name = f"provider {provider.name}"
    if provider.auth is not None and provider.auth.type == "passthrough":
        examiner.tell(name, Verdict(State.ODD, "is called with your clients' own credentials, so it was not called"))
        return
    model = _model_of(provider, ids)
    if model is None:
        examiner.tell(name, Verdict(State.BROKEN, "names no model and lists none; write some under models"))
        return

    def asks(question: Question) -> State:
        return examiner.check(f"{model} {question.name}", lambda: _asked(question, model, client, url))

    # Whoever does not answer at all need not be asked for more.
    if asks(FIRST) is not State.BROKEN:
        for question in OTHERS:
            asks(question)


def _model_of(provider: Provider, ids: list[str]) -> str | None:
    """The first that is configured, else the first that it lists."""
    if provider.models:
        return f"{provider.name},{provider.models[0]}"
    return next((one for one in ids if one.startswith(f"{provider.name},")), None)


def _asked(question: Question, model: str, client: httpx2.Client, url: str) -> Verdict:
    forms = [question.body] if question.otherwise is None else [question.body, question.otherwise]
    try:
        for form in forms:
            told = client.post(url + question.path, json={"model": model, **form})
            answer = Answer(told.status_code, told.content)
            if answer.status != httpx2.codes.BAD_REQUEST:
                break
    except httpx2.TimeoutException:
        return Verdict(State.BROKEN, f"no answer within {SECONDS:.0f} s")
    except httpx2.HTTPError as error:
        return Verdict(State.BROKEN, f"the normalizer broke off: {error}")
    return judge(question, answer)


def _takes(parser: ArgumentParser) -> None:
    parser.add_argument("--provider", action="append", metavar="NAME", help="call this one alone; may be repeated")
    parser.add_argument("--no-calls", action="store_true", help="call no provider, so that nothing is spent")


VERB = Verb("doctor", "Check configuration, ports, credentials and providers, with real calls.", _takes, _does)
