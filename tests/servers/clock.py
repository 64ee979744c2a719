"""The clock by which an answer is late: it stands still until a test says so, however busy the machine is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from connectors import net
from connectors.net import Watchdog

HOUR = 3600.0


@contextmanager
def standing() -> Iterator[Callable[[], None]]:
    """No deadline of an exchange passes until what is given is called: then that of every one that has begun does."""
    now = [time.monotonic()]

    def too_late() -> None:
        now[0] += HOUR
        with Watchdog().within(-math.inf):
            """The thread that sees to deadlines looks up."""

    with patch.object(net, "time", SimpleNamespace(monotonic=lambda: now[0])):
        yield too_late
