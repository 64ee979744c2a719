"""An error as Google's services word it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    503: "UNAVAILABLE",
}


@dataclass
class Problem(Exception):
    """A call that is refused."""

    status: int
    reason: str
    message: str


def body_of(problem: Problem) -> dict[str, Any]:
    """Its JSON."""
    item = {"domain": "global", "reason": problem.reason, "message": problem.message}
    error = {"code": problem.status, "message": problem.message, "errors": [item]}
    return {"error": error | {"status": STATUS.get(problem.status, "UNKNOWN")}}
