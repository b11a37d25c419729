"""The command behind `./fairlead up`: reads the command line, and leaves with 0 done, 1 failed or 2 wrong usage."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fairlead.shared.config import ConfigError
from launcher.choice import Options, choose
from launcher.stack import fault_of_ports, run


def main(arguments: Sequence[str] | None = None) -> int:
    options = Options(**vars(_parser().parse_args(arguments)))
    try:
        choice = choose(options, os.environ, Path.home())
    except ConfigError as error:
        print(f"fairlead: nothing is served, the configuration cannot be used:\n{error}", file=sys.stderr)
        return 1
    if fault := fault_of_ports(choice):
        print(f"fairlead: {fault}", file=sys.stderr)
        return 1
    return asyncio.run(run(choice, os.environ, _tell))


def _tell(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "fairlead up", description="Serves router and normalizer until Ctrl-C.", allow_abbrev=False
    )
    parser.add_argument("--port", metavar="N", help="the router's port (PORT; 3456)")
    parser.add_argument("--normalizer-port", metavar="N", help="the normalizer's port (NORMALIZER_PORT; 3000)")
    parser.add_argument("--config", metavar="FILE", help="configuration (CONFIG_PATH; ~/.fairlead/config.json)")
    parser.add_argument("--normalizer-config", metavar="FILE", help="the normalizer's, where it has one of its own")
    parser.add_argument("--simulated", action="store_true", help="answer from the simulated provider alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
