"""The flags of whatever starts both services, and what can be wrong with them, in words for people."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from msgspec.structs import replace

from fairlead.cli.launcher.choice import SIMULATED_CONFIG, Choice, Options, choose
from fairlead.cli.launcher.stack import fault_of_ports
from fairlead.router.cli.verb import CommandError, Environment
from fairlead.shared.config import ConfigError
from fairlead.shared.config.settings import Flags, find_config


def takes(parser: ArgumentParser) -> None:
    """Declares the flags."""
    parser.add_argument("--port", metavar="N", help="the router's port (PORT; 3456)")
    parser.add_argument("--normalizer-port", metavar="N", help="the normalizer's port (NORMALIZER_PORT; 3000)")
    parser.add_argument("--config", metavar="FILE", help="configuration (CONFIG_PATH; ~/.fairlead/config.json)")
    parser.add_argument("--normalizer-config", metavar="FILE", help="the normalizer's, where it has one of its own")
    parser.add_argument("--simulated", action="store_true", help="answer from the simulated provider alone")


def of(options: Namespace) -> Options:
    """The flags as they were typed."""
    return Options(
        port=options.port,
        normalizer_port=options.normalizer_port,
        config=options.config,
        normalizer_config=options.normalizer_config,
        simulated=options.simulated,
    )


def chosen(options: Options, env: Environment) -> Choice:
    """What is to be served. Raises `CommandError` for a configuration, a flag or a variable that cannot be used."""
    try:
        return choose(options, env, Path.home())
    except ConfigError as error:
        raise CommandError(f"nothing is served, the configuration cannot be used:\n{error}") from error


def at_home(choice: Choice, folder: Path) -> Choice:
    """The choice with the simulated provider's configuration as a file in `folder`, where it stays as it is from then
    on: whoever runs this may edit it, and not what is installed. Where none can be written, the installed one serves.
    """
    if choice.simulated is None:
        return choice
    file = folder / SIMULATED_CONFIG.name
    try:
        if not file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_bytes(SIMULATED_CONFIG.read_bytes())
    except OSError:
        return choice
    return replace(
        choice, router=replace(choice.router, config=file), normalizer=replace(choice.normalizer, config=file)
    )


def demand_ports(choice: Choice) -> None:
    """Raises `CommandError` where a port cannot be listened on."""
    if fault := fault_of_ports(choice):
        raise CommandError(fault)


def settings_file(env: Environment) -> Path | None:
    """The configuration that is read where no flag names one. Raises `CommandError` where the one named is missing."""
    try:
        return find_config(Flags(), env, Path.home(), Path.exists)
    except ConfigError as error:
        raise CommandError(str(error)) from error
