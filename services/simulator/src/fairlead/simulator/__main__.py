"""The command `simulator`: serves until it is told to stop."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from .server import Simulator


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when told to stop, 1 when the address cannot be listened on; argparse leaves with 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="A provider on loopback: scripted answers and faults."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=3999, help="port, 0 lets the system choose (default: %(default)s)")
    parser.add_argument("--key", help="demand this key, wherever a provider takes its own")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(Simulator(options.host, options.port, options.key)))
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"simulator: cannot listen on {options.host}:{options.port}: {error}\n")
        return 1
    return 0


async def _serve(simulator: Simulator) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with simulator:
        sys.stdout.write(f"simulator listening on {simulator.url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
