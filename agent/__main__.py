"""`python -m agent` is `weaktie`."""

from __future__ import annotations

from agent.cli import main

main()
