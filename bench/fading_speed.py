"""`python -m bench.fading_speed [--interactions N] [--json]`: what a judgement costs, in processor time.

A made-up owner of 10,000 ties: moving one tie on by a day, reading one, reading all, and a rebuild of every tie from a
ledger of a million interactions in SQLite. The limits are the scorer's own; exit status 1 when one is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from math import log
from pathlib import Path
from random import Random
from time import process_time

from agent.store import owners
from agent.store.db import Store, open_store
from agent.store.migrate import upgrade
from agent.ties.model import Contact, advance, fold
from agent.ties.owner import owner_of
from agent.ties.reading import read
from agent.ties.refresh import rebuild_all
from agent.ties.view import EPOCH

TIES = 10_000
TODAY = 20_500
RUNS = 5
LIMITS = {"update_us": 10.0, "reading_us": 25.0, "all_ties_s": 0.25, "rebuild_s": 30.0}
GAPS = (1, 3, 7, 14, 30, 60, 90, 180)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.fading_speed", description=__doc__)
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    found = reading() | rebuilding(options.interactions)
    if options.json:
        print(json.dumps({"version": 1, "interactions": options.interactions, "results": found, "limits": LIMITS}))
    else:
        for name, value in found.items():
            print(f"  {name:12}{value:8.3f}   limit {LIMITS[name]:g}")
    sys.exit(any(found[name] > limit for name, limit in LIMITS.items()))


def reading() -> dict[str, float]:
    """Update and readings; the best of five runs, as others use the machine too."""
    random = Random(1)
    histories = [list(contacts(random, random.randint(1, 80))) for _ in range(TIES)]
    ties = [rhythm for rhythm in map(fold, histories) if rhythm]
    now = TODAY + 1.5
    tomorrow = Contact(TODAY + 1, sent=1)
    owner = owner_of(ties, now)
    return {
        "update_us": 1e6 * best(lambda: [advance(tie, tomorrow) for tie in ties]) / TIES,
        "reading_us": 1e6 * best(lambda: [read(tie, now, owner) for tie in ties]) / TIES,
        "all_ties_s": best(lambda: [read(tie, now, whole) for whole in [owner_of(ties, now)] for tie in ties]),
    }


def contacts(random: Random, many: int) -> Iterator[Contact]:
    """Days of contact with one person, the last first."""
    day, gap = TODAY - random.randint(0, 200), random.choice(GAPS)
    for _ in range(many):
        yield Contact(day, sent=random.randint(0, 1), received=1)
        day -= max(1, round(random.lognormvariate(log(gap), 0.8)))


def rebuilding(interactions: int) -> dict[str, float]:
    """All ties thrown away and made again from the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            upgrade(store)
            owner_id = fill(store, interactions)
            start = process_time()
            made = rebuild_all(store, owner_id, EPOCH + timedelta(days=TODAY + 1))
            took = process_time() - start
        finally:
            store.close()
    if made != TIES:
        raise SystemExit(f"{made} ties were rebuilt in place of {TIES}.")
    return {"rebuild_s": took}


def fill(store: Store, interactions: int) -> int:
    """A ledger of so many interactions, evenly over the ties; each is a message of its own."""
    random = Random(2)
    each = interactions // TIES
    with store.write() as connection:
        owner_id = owners.ensure(connection, "Alice").id
        run = connection.exec_driver_sql
        people = [(who, owner_id, f"p{who}@firm.example") for who in range(1, TIES + 1)]
        run("INSERT INTO person (id, owner_id, name) VALUES (?1, ?2, ?3)", people)
        run("INSERT INTO identity (id, owner_id, person_id, kind, value) VALUES (?1, ?2, ?1, 'email', ?3)", people)
        for start in range(0, TIES, 1000):
            letters = [
                (who * each + number, owner_id, max(contact.day, 0) * 86_400, who + 1, contact.sent)
                for who in range(start, start + 1000)
                for number, contact in enumerate(contacts(random, each))
            ]
            run(
                "INSERT INTO message (id, owner_id, key, channel, at, kind, outcome, recipients) "
                "VALUES (?1, ?2, ?1, 'email', ?3, 'person', 'interaction', 1)",
                [letter[:3] for letter in letters],
            )
            run(
                "INSERT INTO interaction (message_id, owner_id, at, identity_id, direction, channel) "
                "VALUES (?1, ?2, ?3, ?4, iif(?5, 'sent', 'received'), 'email')",
                letters,
            )
    return owner_id


def best(work: Callable[[], object]) -> float:
    """The least processor time of some runs, in seconds."""
    took = []
    for _ in range(RUNS):
        start = process_time()
        work()
        took.append(process_time() - start)
    return min(took)


if __name__ == "__main__":
    main()
