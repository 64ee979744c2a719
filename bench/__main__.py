"""Every measurement there is data for, one after the other; each module runs alone as `python -m bench.NAME`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


def main() -> None:
    """Run them; what needs material that is not beside the checkout is named and left out."""
    measurements = {
        "people": (SHARED / "mailboxes", ["--shared", str(SHARED)]),
        "fading": (SHARED / "bench" / "fading", ["--data", str(SHARED / "bench" / "fading")]),
        "fading_speed": (SHARED.parent, []),
    }
    for name, (needed, arguments) in measurements.items():
        print(f"== bench.{name}", flush=True)
        if needed.exists():
            subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], check=True)
        else:
            print(f"left out: needs {needed.relative_to(SHARED.parent)} beside the checkout")


main()
