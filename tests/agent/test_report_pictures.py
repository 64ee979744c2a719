"""The mails as Chromium draws them, at the width of a phone and of a desk, in light and dark: measured and seen."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from tests.agent.test_report_render import shipped

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
PHONE, DESK = 390, 1000
HEIGHT = 7000
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
pytestmark = pytest.mark.skipif(not BROWSER, reason="there is no Chromium to draw the mails with")

# Contrast by WCAG 2.1 §1.4.3: the ratio of relative luminances of a text and of what lies behind it.
MEASURE = """
const rgb = c => c.match(/[\\d.]+/g).map(Number);
const light = c => rgb(c).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e, w) => { for (; e; e = e.parentElement) {
  const c = w.getComputedStyle(e).backgroundColor; if (rgb(c)[3] !== 0) return c } return "rgb(255, 255, 255)" };
function measured(frame) {
  const w = frame.contentWindow, d = frame.contentDocument, texts = [];
  const walker = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, s = w.getComputedStyle(e), box = e.getBoundingClientRect();
    if (!walker.currentNode.data.trim() || !box.height || s.lineHeight === "1px") continue;
    const [a, b] = [light(s.color), light(behind(e, w))].sort((x, y) => y - x);
    texts.push({text: walker.currentNode.data.trim().slice(0, 40), size: parseFloat(s.fontSize),
      contrast: (a + 0.05) / (b + 0.05), right: box.right, left: box.left});
  }
  return {wide: d.documentElement.scrollWidth, high: d.documentElement.scrollHeight, texts,
    page: w.getComputedStyle(d.body).backgroundColor};
}
window.onload = () => { const found = {};
  for (const frame of document.querySelectorAll("iframe")) found[frame.title] = measured(frame);
  const told = document.createElement("pre"); told.id = "told";
  told.textContent = JSON.stringify(found); document.body.append(told) };
"""


@cache
def mails() -> dict[str, str]:
    """Every kind of mail, in light and in dark."""
    light = {kind: shipped(kind).html for kind in ("wished_report", "first_report", "conversations")}
    dark = {
        f"{kind} dark": html.replace("@media (prefers-color-scheme:dark)", "@media all") for kind, html in light.items()
    }
    return light | dark


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All mails side by side, each in frames of both widths."""
    frames = [
        f'<iframe title="{kind} {width}" width="{width}" height="{HEIGHT}" style="border:0" '
        f'srcdoc="{escape(html)}"></iframe>'
        for kind, html in mails().items()
        for width in (PHONE, DESK)
    ]
    file = tmp_path_factory.mktemp("pictures") / "mails.html"
    file.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><script>{MEASURE}</script>'
        f'<body style="margin:0;white-space:nowrap">{"".join(frames)}',
        "utf-8",
    )
    return file


def chromium(page: Path, *wanted: str) -> str:
    """Chromium on that page, in a profile of its own."""
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [BROWSER, *QUIET, profile, *wanted, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def measured(page: Path) -> dict[str, Any]:
    """What the browser measured of each mail at each width."""
    document = chromium(page, "--dump-dom", f"--window-size=9000,{HEIGHT}")
    told: dict[str, Any] = json.loads(unescape(document.split('<pre id="told">')[1].split("</pre>")[0]))
    assert len(told) == 2 * len(mails())
    return told


def test_nothing_runs_over_the_edge(measured: dict[str, Any]) -> None:
    for name, found in measured.items():
        width = int(name.rsplit(" ", 1)[1])
        assert found["wide"] == width, name
        assert [text["text"] for text in found["texts"] if text["right"] > width or text["left"] < 0] == [], name
        assert found["high"] <= HEIGHT, name


def test_every_word_can_be_read(measured: dict[str, Any]) -> None:
    for name, found in measured.items():
        assert len(found["texts"]) > 10, name
        assert [text for text in found["texts"] if text["size"] < 13] == [], name
        assert [text for text in found["texts"] if text["contrast"] < (3 if text["size"] >= 24 else 4.5)] == [], name


def test_dark_is_dark(measured: dict[str, Any]) -> None:
    pages = {("dark" in name, found["page"]) for name, found in measured.items()}
    assert pages == {(False, "rgb(238, 241, 236)"), (True, "rgb(18, 22, 20)")}


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_there_is_something_to_see(page: Path, width: int) -> None:
    mail = page.with_name("mail.html")
    mail.write_text(mails()["wished_report"], "utf-8")
    picture = mail.with_suffix(".png")
    chromium(mail, f"--screenshot={picture}", f"--window-size={width},1600")
    drawn, lines = _lines(picture.read_bytes())
    assert drawn == (width, 1600)
    assert len(lines) > 300  # one colour, or a message of the browser's own, has a few


def _lines(png: bytes) -> tuple[tuple[int, int], set[bytes]]:
    """Width and height of a picture of eight bits a colour, and its different lines (PNG, third edition, §5 and §9)."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        packed += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    raw, step = zlib.decompress(packed), 1 + width * {2: 3, 6: 4}[kind]
    return (width, height), {raw[start : start + step] for start in range(0, len(raw), step)}
