"""One memory for several routers: each learns from its own attempts, and through Redis from those of the others.

What every router's figures agree on, and what they may lack:

* A router tells of its attempts with its next request or a quarter of a second later. While nothing happens, all
  routers that reach Redis have the same counts a moment after that: no event counts twice, whatever is sent again.
* A router that is killed takes with it what it had not told: the events of its last quarter of a second, or of the
  time since Redis went away. Its requests that were told of and not ended are given up by the others `replica.SILENT`
  seconds after its last word, as if their clients had left: what they came to is in nobody's counts.
* While Redis is away each router goes on with what it knows, and keeps the newest `memory.UNTOLD` events to tell
  later. A Redis that comes back empty has lost what was told to it and not yet read by everybody: at most the same
  quarter of a second, and for a router that starts then, everything before.
* Sessions and claims of probes that an empty Redis has lost are made anew by the next request: a session may leave
  its warm cache once, and a target may get one probe more.

A request waits for Redis `memory.PATIENCE` seconds at most, once for the news and, where a target is to be probed,
once for that. The first that waits in vain makes it away for all; from then on none waits until it is found back
beside them.
"""

from .link import AwayError, Link, RedisLink
from .memory import SharedMemory

__all__ = ["AwayError", "Link", "RedisLink", "SharedMemory"]
