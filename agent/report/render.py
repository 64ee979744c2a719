"""A report laid out: subject, plain text and HTML through the templates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from agent.report.bars import blocks, stack
from agent.report.phrases import capital
from agent.report.plain import COLUMNS, clean, fold
from agent.report.shape import ReportData, Row, Tally, Week
from connectors.base import counted

FOLDERS = {"weekly": "fading_report", "first": "first_report"}
CHART_PIXELS = 40
RULE = "─" * COLUMNS


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
    return lay_out(FOLDERS[data.kind], _context(data), templates)


def lay_out(folder: str, context: dict[str, Any], templates: Layout) -> Rendered:
    """The parts of a mail from the templates in a folder."""
    return Rendered(
        subject=clean(templates.text(folder, "subject.txt", context), 150),
        text=fold(templates.text(folder, "body.txt", context)),
        html=templates.html(folder, "body.html", context),
    )


def _context(data: ReportData) -> dict[str, Any]:
    context = asdict(data)
    context["rows"] = [shown | _texts(row) | _bars(row) for row, shown in zip(data.rows, context["rows"], strict=True)]
    for stop in context["paused"]:
        stop["title"] = title(stop["number"], stop["name"], stop["organization"])
    for notes in ("drafts", "came_back", "new"):
        for note in context[notes]:
            note["who"] = f"{note['name']}, {note['organization']}" if note["organization"] else note["name"]
    figures = _figures(data.week)
    numbers = " · ".join(f"{figure['value']} {figure['label']}" for figure in figures)
    return context | {"figures": figures, "numbers": numbers, "network": _network(data.tally), "rule": RULE}


def _texts(row: Row) -> dict[str, Any]:
    """Lines for the plain text part."""
    facts = (f"usual gap {row.usual}" if row.usual else "", f"silent {row.silent}", f"last contact {row.last}")
    again = "also in the last report" if row.again else ""
    return {
        "title": title(row.number, row.name, row.organization, again),
        "facts": capital(" · ".join(fact for fact in facts if fact)),
    }


def title(number: int, *parts: str) -> str:
    """A line of plain text that names somebody, with their number."""
    return f"{number:2d}  " + " · ".join(filter(None, parts))


def _bars(row: Row) -> dict[str, Any]:
    courses = stack(row.months)
    start, end = row.months[0].label, row.months[-1].label
    return {
        "stack": courses,
        "brick": CHART_PIXELS // len(courses),
        "gap": sum(month.silent for month in row.months),
        "blocks": blocks(row.months),
        "scale": f"{start}{end:>{len(row.months) - len(start)}}",
        "from": start,
        "to": end,
        "chart": CHART_PIXELS,
        "touch": f"{counted(row.days_in_touch, 'day')} in touch" if row.days_in_touch else "none in two years",
    }


def _figures(week: Week) -> list[dict[str, str]]:
    wanted = (
        (week.people, "person", "people"),
        (week.sent, "mail sent", "mails sent"),
        (week.received, "received", "received"),
        (week.meetings, "meeting", "meetings"),
        (week.left_out, "left out", "left out"),
    )
    return [{"value": f"{value:,}", "label": one if value == 1 else many} for value, one, many in wanted]


def _network(tally: Tally) -> str:
    return f"Your ties: {tally.active} active, {tally.fading} fading, {tally.dormant} dormant, {tally.new} new."
