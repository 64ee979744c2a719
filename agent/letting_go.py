"""What the owner wants left out, not written to, erased or handed over."""

from __future__ import annotations
