"""A report laid out: subject, plain text and HTML through the templates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from agent.report.bars import blocks, stack
from agent.report.plain import clean, fold
from agent.report.shape import ReportData, Row, Tally, Week
from agent.ties.words import count

FOLDERS = {"weekly": "fading_report", "first": "first_report"}


class Layout(Protocol):
    """What lays a report out: `agent.templating.Templates`."""

    def text(self, kind: str, part: str, context: dict[str, Any]) -> str:
        """One part of a message as plain text."""
        ...

    def html(self, kind: str, part: str, context: dict[str, Any]) -> str:
        """One part of a message as HTML; values are escaped."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report as it is read: one line, plain text in 72 columns, one HTML document."""

    subject: str
    text: str
    html: str


def render(data: ReportData, templates: Layout) -> Rendered:
    """Lay a report out. Raises what the templates raise."""
    folder = FOLDERS[data.kind]
    context = _context(data)
    return Rendered(
        subject=clean(templates.text(folder, "subject.txt", context), 150),
        text=fold(templates.text(folder, "body.txt", context)),
        html=templates.html(folder, "body.html", context),
    )


def _context(data: ReportData) -> dict[str, Any]:
    context = asdict(data)
    context["rows"] = [_bars(row) | shown for row, shown in zip(data.rows, context["rows"], strict=True)]
    context["figures"] = _figures(data.week)
    context["network"] = _network(data.tally)
    return context


def _bars(row: Row) -> dict[str, Any]:
    start, end = row.months[0].label, row.months[-1].label
    return {
        "stack": stack(row.months),
        "gap": sum(month.silent for month in row.months),
        "blocks": blocks(row.months),
        "scale": f"{start}{end:>{len(row.months) - len(start)}}",
        "from": start,
        "to": end,
        "touch": count(row.days_in_touch, "day") + " in touch",
    }


def _figures(week: Week) -> list[dict[str, str]]:
    wanted = (
        (week.people, "people"),
        (week.sent, "mails sent"),
        (week.received, "received"),
        (week.meetings, "meetings"),
        (week.left_out, "left out"),
    )
    return [{"value": f"{value:,}", "label": label} for value, label in wanted]


def _network(tally: Tally) -> str:
    return f"Your ties: {tally.active} active, {tally.fading} fading, {tally.dormant} dormant, {tally.new} new."
