"""The real worker process, an eighth as patient, so that tests of its patience are short."""

from __future__ import annotations

from connectors import ical_worker

if __name__ == "__main__":
    ical_worker.SERIES_SECONDS = 0.1
    ical_worker.main()
