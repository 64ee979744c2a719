"""The child process that renders: one, kept for the next call, replaced when it had to be killed."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from select import select
from typing import Any

WALL_SECONDS = 20.0
START_SECONDS = 60.0
TOO_LONG = {-27, -9}  # SIGPROF from the child's own timer, SIGKILL after our wall clock


class Worker:
    """The child process: started when first needed, replaced after it was killed or in a forked copy of us."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, request: str) -> dict[str, Any]:
        """One request, one answer; a child that somebody else killed is asked again once, in a new process."""
        with self._lock:
            for _ in range(2):
                answer, ended = self._exchange(request.encode() + b"\n")
                if answer is not None:
                    return answer
                if ended in TOO_LONG:
                    return {"error": "it took longer than 2 s", "hint": "Look for loops in the template."}
        return {"error": f"the process that renders it ended with {ended}", "hint": "Look for huge values in it."}

    def stop(self) -> int:
        """End the child and give its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes, see _start
        if self._owner != os.getpid():
            process.returncode = 0  # a fork's copy of the handle: the child belongs to our parent
            return 0
        try:
            return process.wait(5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _exchange(self, line: bytes) -> tuple[dict[str, Any] | None, int]:
        process = self._running()
        try:
            process.stdin.write(line)  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            answer = _read_line(process, WALL_SECONDS)
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):
            return None, self.stop()
        return json.loads(answer), 0

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.stop()
            self._process, self._owner = _start(), os.getpid()
        return self._process


def _start() -> subprocess.Popen[bytes]:
    code = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from agent.templating.child import serve; serve()"
    argv = [sys.executable, "-I", "-c", code, json.dumps(sys.path)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    _read_line(process, START_SECONDS)
    return process


def _read_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """One line of the child, or what came of it until it ended or the time was up."""
    descriptor = process.stdout.fileno()  # type: ignore[union-attr]
    got = b""
    while not got.endswith(b"\n"):
        ready, _, _ = select([descriptor], [], [], seconds)
        piece = os.read(descriptor, 1 << 20) if ready else b""
        if not piece:
            return got
        got += piece
    return got


WORKER = Worker()
atexit.register(WORKER.stop)
