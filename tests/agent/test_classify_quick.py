"""What is judged once a sender or a subject, or passed by at a glance, is judged as the whole rule would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture import patterns
from agent.capture.classify_view import of_google_calendar, title

ANSWERS = st.sampled_from(["Re: ", "RE:", "re :", "Aw: ", "WG: ", "SV:", "Fwd: ", "fw:"])
WORDS = st.sampled_from(
    [
        *("returned mail", "rejected message", "delivery status notification (failure)", "undeliverable: lunch"),
        *("automatic reply: lunch", "réponse automatique", "respuesta automática", "Bob is out of the office"),
        *("accepted: lunch", "refusé: lunch", "invitation: lunch @ mon 3", "rückläufer", "recipient unknown"),
        *("failure notice", "[birds] ", "*spam* ", "lunch"),
    ]
)
SUBJECTS = st.lists(ANSWERS | WORDS | st.text(max_size=12), max_size=4).map("".join)
RULES = {
    "bounce": (patterns.BOUNCE_SUBJECT, patterns.BOUNCE_CERTAIN),
    "surely_bounce": (patterns.BOUNCE_CERTAIN,),
    "auto_reply": (patterns.AUTO_REPLY_PREFIX,),
    "calendar": (patterns.CALENDAR_ANSWER, patterns.CALENDAR_INVITATION),
}


@given(SUBJECTS)
def test_an_answer_is_passed_by_only_where_no_rule_would_speak(subject: str) -> None:
    told = title(subject)
    for mark, rules in RULES.items():
        assert getattr(told, mark) == any(rule.match(told.text) for rule in rules), mark


@pytest.mark.parametrize("rule", [rule for rules in RULES.values() for rule in rules])
@given(prefix=ANSWERS, rest=SUBJECTS)
def test_no_programs_subject_begins_like_an_answer(rule: re.Pattern[str], prefix: str, rest: str) -> None:
    assert rule.match(f"{prefix}{rest}".lower()) is None


@pytest.mark.parametrize("address", ["Calendar-Notification@Google.com", "<calendar-server@google.com>"])
def test_googles_calendar_is_known_however_it_is_spelt(address: str) -> None:
    assert of_google_calendar(address)
    assert not of_google_calendar("dana@google.com.example")
