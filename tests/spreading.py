"""Which tests share a worker when several run: those of one file, for its fixtures, and all that need containers."""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

CONTAINERS = "containers"
"""Two sets of them would not fit on a small machine."""
TOGETHER = ("tests/browser/",)
"""Folders whose files share what takes long to make."""
LONGEST_FIRST = (CONTAINERS, *TOGETHER, "tests/", "services/cli/", "services/normalizer/tests/service/", "services/")
"""Beginnings of groups. What takes long must not be begun when all else is done."""


def group_of(nodeid: str) -> str:
    """The file of a test, its folder if that stays together, or `CONTAINERS`."""
    file, _, test = nodeid.partition("::")
    if "compose" in test.partition("[")[2]:
        return CONTAINERS
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)


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
