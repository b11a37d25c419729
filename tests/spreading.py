"""Which tests share a worker when several run: those of one file, for its fixtures, and all that need containers or a browser."""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

NETWORK = "network"
"""What makes networks and what cannot bear that others do. Two sets of containers would not fit on a small machine, and a
browser ends every request with ERR_NETWORK_CHANGED when an interface of the machine comes or goes."""
ON_NETWORK = ("tests/browser/",)
LONGEST_FIRST = (NETWORK, "tests/", "services/cli/", "services/normalizer/tests/service/", "services/")
"""Beginnings of groups. What takes long must not be begun when all else is done."""


def group_of(nodeid: str) -> str:
    """The file of a test, or `NETWORK`."""
    file, _, test = nodeid.partition("::")
    return NETWORK if "compose" in test.partition("[")[2] or file.startswith(ON_NETWORK) else file


def turn_of(group: str) -> int:
    """Groups with a smaller number are begun first."""
    beginnings = enumerate(LONGEST_FIRST)
    return next((turn for turn, beginning in beginnings if group.startswith(beginning)), len(LONGEST_FIRST))


class Spreading(LoadScopeScheduling):
    """Gives a worker one group after the other. https://pytest-xdist.readthedocs.io/en/stable/distribution.html"""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=turn_of), last=False)
        super()._assign_work_unit(node)
