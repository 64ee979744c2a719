"""What people in the sample mailbox write about: subjects by theme, one a line, and a few sentences for the bodies."""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


SUBJECTS = {
    theme: _lines(text)
    for theme, text in {
        "studio": """Plan for the week
            Notes from the client call
            Second prototype
            Who takes the site visit?
            Offer for the school board
            Hiring: the firmware position
            Receipts for last month
            Battery life, new numbers
            Questions before the review
            Supplier for housings""",
        "client": """Sensors on the third floor
            Readings look odd since Tuesday
            Offer for the next phase
            Site visit
            Questions on the data sheet
            Schedule for the pilot
            Access for the installers
            Results of the pilot
            Figures for our board
            Training for the caretakers""",
        "trade": """Lead times
            Sample parts are on the way
            New enclosure drawings
            Tolerances on the bracket
            Are you at the fair this year?
            A customer who asked about you
            Test rig to borrow?
            Recommendation for an installer""",
        "law": """Terms for the pilot contract
            Trademark, next steps
            Data processing agreement
            Signature needed
            Minutes of the meeting
            Lease of the workshop""",
        "research": """Paper you may like
            Data set for your students
            Workshop in the autumn
            Calibration method
            Question on your last talk
            Joint proposal
            Student looking for a thesis
            Measurements to compare""",
        "investor": """Catching up
            Quarterly update
            A founder you should meet
            Thoughts on your market
            Numbers you asked for
            Panel next month
            How is the pilot going?""",
        "press": """A piece on quiet buildings
            Quote for the article
            Fact check
            Interview, some time next week?
            Photos for the feature
            Your comment on the new rules
            It is in print""",
        "friend": """Coffee soon?
            Thought of you when I read this
            The old team
            Visiting next week
            A book for you
            How did the move go?
            News from here""",
        "list": """Radio or wired for basements?
            Open schema for room data
            Drift of CO2 sensors
            Meetup: call for talks
            Who has used the new gateway?
            Licences for floor plans
            Battery tests, raw data
            Naming of rooms
            Minutes of the autumn call""",
        "pitch": """Quick question about your growth
            Senior engineers, available now
            Following up
            15 minutes this week?
            An idea for Halvorsen & Pike""",
        "vendor": """Packaging offers this week
            Folding boxes, 12 % off
            New sizes in stock
            Still thinking about boxes?""",
        "news": """What changed in the grid codes
            Heat, light and money
            Five studios to watch
            The week in retrofits
            Small sensors, large buildings""",
    }.items()
}

OPENERS = _lines(
    """I hope the week is kind to you. Would you have a moment to look at this? I would be glad of your view.
    Short question before I go on: does this fit with what you had in mind? No hurry.
    We spoke about this the last time. Here is where it stands now; tell me what you think.
    I was reminded of our conversation and wanted to pass this on. How are things on your side?
    There is some news here, and I would rather you heard it from me. Could we talk some time soon?
    Thank you for the help last time; it made a difference. There is one more thing I would like to ask."""
)

ANSWERS = _lines(
    """Thank you, that helps a great deal. I will look at it properly tomorrow and write again.
    Good to hear from you. Yes, that works for me; go ahead.
    I had wondered about the same. Let us take the simple way and see how far it carries.
    Understood. I have passed it on to the right person and will keep an eye on it.
    That sounds right to me. Shall we fix a day?
    Thanks for this. Two remarks, otherwise I am happy with it as it is."""
)
