"""`python -m bench`: starts both tiers and the simulator, measures the workloads, prints a table and writes JSON."""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import held, inprocess, machine, profiling, report
from .accounting import Memory, memory
from .figures import Checked
from .measuring import Effort, Measured, measured
from .report import Results, Tier
from .stack import TIERS, Stack, StackError, running
from .workloads import WORKLOADS, Workload

DONE, FAILED = 0, 1  # argparse itself exits with 2 for wrong usage
QUICK = Effort(rounds=1, variants=2, requests=4, concurrency=4, pairs=2, paced_pairs=1)
QUICK_STEPS = inprocess.Effort(rounds=1, chunks=40, repeats=1)
QUICK_HELD = held.Effort(streams=8, chunks=4, gap=0.1)
STEPS, HELD = "steps", "open-streams"
"""What can be chosen beside the workloads."""
SETTLE = 2.0
"""Seconds after the start until the tiers are looked at as idle."""


class Options(argparse.Namespace):
    """The command line."""

    workloads: list[str]
    rounds: int
    requests: int | None
    concurrency: int | None
    pairs: int
    quick: bool
    json: Path
    profile: str | None
    keep: Path | None
    config: dict[str, Any]

    @property
    def chosen(self) -> list[Workload]:
        known = {workload.name: workload for workload in WORKLOADS}
        return [known[name] for name in self.workloads if name in known]

    @property
    def effort(self) -> Effort:
        if self.quick:
            return QUICK
        return Effort(rounds=self.rounds, requests=self.requests, concurrency=self.concurrency, pairs=self.pairs)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every answer was right, 1 when one was wrong or nothing could be measured. Missed targets are told, not
    failed: they are meant for a quiet machine."""
    options = _options(arguments)
    try:
        results = asyncio.run(_run(options))
    except StackError as error:
        sys.stderr.write(f"bench: {error}\n")
        return FAILED
    options.json.write_bytes(report.as_json(results))
    sys.stdout.write(report.as_text(results))
    return FAILED if results.wrong else DONE


def _options(arguments: Sequence[str] | None) -> Options:
    known = [*(workload.name for workload in WORKLOADS), STEPS, HELD]
    parser = argparse.ArgumentParser("bench", description="What both tiers cost a request, every answer checked.")
    parser.add_argument("--quick", action="store_true", help="a smoke run: answers are checked, figures mean nothing")
    parser.add_argument("--workloads", metavar="NAME,…", default=",".join(known), help=f"of {', '.join(known)}")
    parser.add_argument("--rounds", type=_positive, default=Effort().rounds, help="rounds of each (%(default)s)")
    parser.add_argument("--requests", type=_positive, help="requests a round (each workload has its own)")
    parser.add_argument("--concurrency", type=_positive, help="requests at once (each workload has its own)")
    parser.add_argument("--pairs", type=_positive, default=Effort().pairs, help="requests timed in pairs (%(default)s)")
    parser.add_argument("--json", metavar="FILE", type=Path, default=Path("bench-results.json"), help="%(default)s")
    parser.add_argument("--profile", choices=TIERS, help="profile this tier; needs --keep, distorts the figures")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep logs, configuration and profiles there")
    more = 'fields of the configuration, such as \'{"usage": {"enabled": false}}\': what does that cost?'
    parser.add_argument("--config", metavar="JSON", type=json.loads, default="{}", help=more)
    options = parser.parse_args(arguments, namespace=Options())
    unknown = [name for name in str(options.workloads).split(",") if name not in known]
    if unknown:
        parser.error(f"there is no workload {unknown[0]!r}; there are {', '.join(known)}")
    if options.profile and not options.keep:
        parser.error("--profile needs --keep, where the profile goes")
    options.workloads = str(options.workloads).split(",")
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


async def _run(options: Options) -> Results:
    facts = machine.facts()
    steps: list[Checked] = []
    if STEPS in options.workloads:
        steps.append(inprocess.measured(QUICK_STEPS if options.quick else inprocess.Effort()))
    with _folder(options.keep) as folder:
        if HELD in options.workloads:
            steps += await _held(folder, QUICK_HELD if options.quick else held.Effort(), one_stack=options.quick)
        done, tiers = await _asked(options, folder) if options.chosen else ([], [])
    return Results(facts, done, tiers, steps, smoke=options.quick)


async def _held(folder: Path, effort: held.Effort, *, one_stack: bool) -> list[Checked]:
    """In a stack of its own each, if the figures are to mean anything."""
    every = held.workloads(effort)
    checked = []
    for together in [every] if one_stack else [[each] for each in every]:
        async with running(folder, [model for each in together for model in held.models(each)]) as stack:
            for each in together:
                sys.stderr.write(f"{each.name}, {each.lane} lane …\n")
                checked.append(await held.held(stack, each))
    return checked


async def _asked(options: Options, folder: Path) -> tuple[list[Measured], list[Tier]]:
    """The workloads, one after the other, and how the tiers were before and after."""
    models = [each.scene for workload in options.chosen for each in (workload, workload.shortened())]
    traced = options.profile if options.profile and not profiling.sampler() else None
    wrap = {traced: profiling.tracing(folder / f"{traced}.prof")} if traced else None
    async with running(folder, models, wrap, options.config) as stack:
        idle = await _idle(stack, 0.2 if options.quick else SETTLE)
        done = [await _measured(stack, workload, options, folder) for workload in options.chosen]
        tiers = [
            Tier(member.name, resting, memory(member.pid), cpu)
            for member, (resting, cpu) in zip(stack.tiers, idle, strict=True)
        ]
    return done, tiers


async def _idle(stack: Stack, seconds: float) -> list[tuple[Memory, float]]:
    """Memory of each tier, and milliseconds of CPU a second, while nothing is asked."""
    before = stack.cpu()
    await asyncio.sleep(seconds)
    after = stack.cpu()
    return [(memory(tier.pid), (after[tier.name] - before[tier.name]) * 1000 / seconds) for tier in stack.tiers]


async def _measured(stack: Stack, workload: Workload, options: Options, folder: Path) -> Measured:
    sys.stderr.write(f"{workload.name} …\n")
    spy = profiling.sampler()
    if not (options.profile and spy):
        return await measured(stack, workload, options.effort)
    with profiling.sampled(spy, stack.members[options.profile], folder / f"{options.profile}-{workload.name}.stacks"):
        return await measured(stack, workload, options.effort)


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as scratch:
        yield Path(scratch)


if __name__ == "__main__":
    sys.exit(main())
