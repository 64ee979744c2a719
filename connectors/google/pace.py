"""Not more calls than Google allows one user: so many units a minute, fewer after every complaint."""

from __future__ import annotations

import time
from threading import Lock

A_MINUTE = 60.0
BURST = 5.0
"""Seconds' worth of units that may be spent at once."""

SLOWEST = 600.0
EASING = 1.05
"""How much faster it may go again after every minute without a complaint."""


class Pace:
    """`units` may be spent a minute. A complaint, say where others use the same project, halves it."""

    def __init__(self, units: float) -> None:
        self._most = self._rate = units
        self._left = self._rate * BURST / A_MINUTE
        self._at = self._eased = time.monotonic()
        self._lock = Lock()

    def due(self, cost: float) -> float:
        """Spend `cost` units; the seconds to wait before the call."""
        with self._lock:
            now = time.monotonic()
            if now - self._eased > A_MINUTE:
                self._rate, self._eased = min(self._most, self._rate * EASING), now
            speed = self._rate / A_MINUTE
            self._left = min(speed * BURST, self._left + (now - self._at) * speed) - cost
            self._at = now
            return max(0.0, -self._left / speed)

    def complain(self) -> None:
        """The server found it too fast."""
        with self._lock:
            self._rate, self._eased = max(SLOWEST, self._rate / 2), time.monotonic()
