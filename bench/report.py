"""The figures as a table for people and as JSON for programs."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from .accounting import Memory
from .figures import Checked, Figure, Spread, Typical
from .machine import Machine
from .measuring import Measured
from .workloads import MEMORY_TARGETS

_MB = 1_000_000
_REASONS = 3
"""Wrong answers that are told word for word, of each workload."""


class Tier(Struct, frozen=True):
    """A tier's memory in bytes: idle before the first request, and after the last. `idle_cpu` is in milliseconds a
    second."""

    name: str
    idle: Memory
    after: Memory
    idle_cpu: float

    @property
    def target(self) -> int:
        return MEMORY_TARGETS[self.name]

    @property
    def met(self) -> bool:
        return self.idle.resident <= self.target


class Results(Struct, frozen=True):
    """A whole run, empty where something was not chosen; of a `smoke` run only the answers mean anything."""

    machine: Machine
    workloads: Sequence[Measured] = ()
    tiers: Sequence[Tier] = ()
    steps: Sequence[Checked] = ()
    smoke: bool = False

    @property
    def wrong(self) -> int:
        reasons = [*(each.wrong for each in self.workloads), *(each.wrong for each in self.steps)]
        return sum(map(len, reasons))

    @property
    def figures(self) -> list[Figure]:
        return [figure for each in self.steps for figure in each.figures]


def as_json(results: Results) -> bytes:
    """Everything measured, with units in the names."""
    told = {
        "machine": results.machine,
        "smoke": results.smoke,
        "wrong_answers": results.wrong,
        "workloads": [_workload(each) for each in results.workloads],
        "memory": [_memory(tier) for tier in results.tiers],
        "steps": [_figure(figure) for figure in results.figures],
        "step_answers_checked": sum(each.answers for each in results.steps),
        "step_wrong_reasons": [reason for each in results.steps for reason in each.wrong[:_REASONS]],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _workload(each: Measured) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(each.workload),
        "lane": each.workload.lane,
        "body_bytes": each.body_bytes,
        "cpu_ms_per_request": each.cpu,
        "cpu_ms_per_request_by_tier": each.tiers,
        "target_cpu_ms": each.workload.target,
        "target_met": each.met,
        "cpu_us_per_chunk": each.chunk,
        "added_ms": each.added,
        "answers_per_second": each.rate,
        "answers_checked": each.answers,
        "wrong_answers": len(each.wrong),
        "wrong_reasons": each.wrong[:_REASONS],
    }


def _memory(tier: Tier) -> dict[str, object]:
    return {
        "tier": tier.name,
        "idle_bytes": tier.idle.resident,
        "target_idle_bytes": tier.target,
        "target_met": tier.met,
        "after_bytes": tier.after.resident,
        "peak_bytes": tier.after.peak,
        "idle_cpu_ms_per_second": tier.idle_cpu,
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {**msgspec.structs.asdict(figure), "target_met": figure.met}


def as_text(results: Results) -> str:
    """The tables, what they were measured on, and the first wrong answers."""
    machine = results.machine
    parts = [
        f"{machine.cores} cores of {machine.processor}, Linux {machine.kernel}, {machine.python}, "
        f"load before {machine.load:.2f}, code {machine.commit or 'unknown'}",
    ]
    if results.workloads:
        parts += [
            _table(_HEADS, [_row(each) for each in results.workloads]),
            "CPU: both tiers together, milliseconds a request, median of the rounds (least to greatest). "
            "Added: against the simulator directly, median / 95th percentile.",
            _table(_MEMORY_HEADS, [_memory_row(tier) for tier in results.tiers]),
        ]
    if results.steps:
        parts += [
            _table(_STEP_HEADS, [_step_row(figure) for figure in results.figures]),
            "Steps within one process: CPU time, the fastest of the rounds, which the target is for, and their median. "
            "Streams held open: what each tier's memory has grown by.",
        ]
    if results.smoke:
        parts.insert(0, "A smoke run: the answers were checked, the figures mean nothing.")
    for each in results.workloads:
        parts += [f"WRONG {each.workload.name}: {reason}" for reason in each.wrong[:_REASONS]]
    parts += [f"WRONG {reason}" for each in results.steps for reason in each.wrong[:_REASONS]]
    return "\n\n".join(parts) + "\n"


_HEADS = (
    *("workload", "CPU ms", "target", "met", "router", "normalizer", "µs/chunk"),
    *("+first byte ms", "+end ms", "answers/s", "wrong"),
)
_MEMORY_HEADS = ("tier", "idle MB", "target", "met", "after MB", "peak MB", "idle CPU ms/s")

_STEP_HEADS = ("step", "figure", "median", "target", "met", "unit")


def _row(each: Measured) -> list[str]:
    target = each.workload.target
    return [
        each.workload.name,
        _spread(each.cpu),
        "" if target is None else f"{target:g}",
        _yes(each.met),
        *(f"{each.tiers[name].median:.2f}" if name in each.tiers else "" for name in MEMORY_TARGETS),
        "" if each.chunk is None else f"{each.chunk.median:.1f}",
        _typical(each.added.first_byte if each.added else None),
        _typical(each.added.end if each.added else None),
        "" if each.rate is None else f"{each.rate.median:.0f}",
        f"{len(each.wrong)} of {each.answers}",
    ]


def _memory_row(tier: Tier) -> list[str]:
    sizes = (tier.idle.resident, tier.target, tier.after.resident, tier.after.peak)
    idle, target, after, peak = (f"{size / _MB:.0f}" for size in sizes)
    return [tier.name, idle, target, _yes(tier.met), after, peak, f"{tier.idle_cpu:.1f}"]


def _step_row(figure: Figure) -> list[str]:
    target = "" if figure.target is None else f"{figure.target:g}"
    decisive, median = f"{figure.decisive:.2f}", f"{figure.values.median:.2f}"
    return [figure.name, decisive, median, target, _yes(figure.met), figure.unit]


def _spread(value: Spread | None) -> str:
    return "" if value is None else f"{value.median:.2f} ({value.low:.2f} to {value.high:.2f})"


def _typical(value: Typical | None) -> str:
    return "" if value is None else f"{value.median:.2f} / {value.p95:.2f}"


def _yes(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "NO"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be; the first one to the left, the others to the right."""
    widths = [max(len(line[column]) for line in (heads, *rows)) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])

    return "\n".join([line(heads), "  ".join("-" * width for width in widths), *map(line, rows)])
