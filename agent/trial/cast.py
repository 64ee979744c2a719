"""Who lives in the sample mailbox, and the part each one plays: the script that the sample is made from.

Everybody and every firm is invented; all domains end in `.example` (RFC 2606), so no mail can reach anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Plays(StrEnum):
    """What somebody is in the sample to show."""

    CLOSE = "close"
    IN_TOUCH = "in touch"
    FADING = "fading"
    CAME_BACK = "came back"
    DORMANT = "dormant"
    NEW = "new"
    VENDOR = "vendor"
    COLD_CALLER = "cold caller"
    NO_ANSWER = "no answer"
    SEEN_ONLY = "seen only"


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody of the cast. `every`, `last` and `since` are days: the usual gap, the last contact, the first one.

    For who came back, `last` is the contact before. `theme` picks what they write about, `parting` is the subject
    of the last exchange, `meets` whether some exchanges end in a meeting, `circle` whom they copy in at times.
    """

    plays: Plays
    every: float
    last: float
    since: float
    theme: str
    name: str
    address: str
    firm: str
    parting: str = ""
    meets: bool = False
    circle: tuple[tuple[str, str], ...] = ()

    @property
    def first_name(self) -> str:
        """What one calls them."""
        return self.name.partition(" ")[0]

    @property
    def box(self) -> tuple[str, str]:
        """Name and address."""
        return self.name, self.address


ZONE = "Europe/Berlin"
TARGETS = ("ostwind.example", "aldermere.example")

SCRIPT = """
close       |  11 |   1 | 1090 | studio   | Daniel Pike      | daniel@halvorsenpike.example         | Halvorsen & Pike
close       |   9 |   2 |  420 | studio   | Mei-Lin Zhao     | meilin@halvorsenpike.example         | Halvorsen & Pike
close       |   9 |   3 |  640 | client   | Priya Raman      | priya.raman@larkspur.example         | Larkspur Hotels
close       |  13 |   4 | 1080 | trade    | Jonas Weber      | jonas@kestrelworks.example           | Kestrel Works
close       |  13 |   5 |  900 | law      | Fatima Benali    | fatima@benali-recht.example          | Benali Recht
in touch    |  30 |  12 | 1000 | friend   | Tomasz Wójcik    | tomasz.wojcik@corvusgrid.example     | Corvus Grid
in touch    |  35 |   9 |  800 | investor | Grace Okonkwo    | grace.okonkwo@tidewater.example      | Tidewater Capital
in touch    |  28 |   9 |  700 | research | Emil Lindgren    | emil@lindgrenlabs.example            | Lindgren Labs
in touch    |  60 |  25 |  950 | press    | Sofia Marchetti  | sofia@papercrane.example             | Papercrane
in touch    |  45 |  18 | 1000 | research | Kwame Mensah     | k.mensah@uni-weser.example           | Universität Weser
in touch    |  21 |   8 |  500 | client   | Hannah Goldberg  | hannah@solsticehomes.example         | Solstice Homes
in touch    |  90 |  40 | 1050 | friend   | Rafael Duarte    | rafael@duarte.example                | Duarte
in touch    |  42 |  15 |  640 | investor | Aoife Brennan    | aoife.brennan@harbourtrust.example   | Harbour Trust
in touch    |  75 |  30 |  900 | research | Yuki Tanaka      | yuki.tanaka@senrilabs.example        | Senri Labs
in touch    |  30 |  14 |  380 | trade    | Noor Haddad      | noor@greenloop.example               | Greenloop
in touch    |  50 |  22 | 1000 | trade    | Mikkel Sørensen  | mikkel@nordvind.example              | Nordvind
in touch    |  40 |  17 |  600 | client   | Chidi Eze        | chidi.eze@larkspur.example           | Larkspur Hotels
in touch    | 100 |  45 | 1080 | press    | Anneke de Vries  | anneke@waterkant.example             | Waterkant
in touch    |  24 |  10 |  520 | investor | Omar Siddiqui    | omar@siddiqui-advisory.example       | Siddiqui Advisory
in touch    |  65 |  28 |  760 | client   | Ingrid Baumann   | ingrid.baumann@stadtwerke.example    | Stadtwerke Elm
fading      |   8 |  36 |  480 | client   | Marta Kowalczyk  | marta.kowalczyk@volta-mobil.example  | Volta Mobil
fading      |  14 |  54 |  560 | friend   | Ben Achterberg   | ben@achterberg.example               |
fading      |  30 |  88 |  900 | investor | Leila Farahani   | leila@cobaltventures.example         | Cobalt Ventures
fading      |  30 |  82 |  760 | trade    | Peter Nakamura   | peter.nakamura@ridgeline.example     | Ridgeline
fading      |  28 |  90 | 1000 | friend   | Camille Laurent  | camille@atelier-sud.example          | Atelier Sud
fading      |  42 | 124 |  950 | client   | Samuel Osei      | samuel.osei@meridiancare.example     | Meridian Care
fading      |  45 | 132 | 1060 | research | Viktor Horváth   | viktor.horvath@danubegrid.example    | Danube Grid
fading      |  60 | 165 | 1080 | press    | Isabel Romero    | isabel@casaverde.example             | Casa Verde
fading      |  90 | 245 | 1090 | research | Thandiwe Nkosi   | thandiwe@openbuildings.example       | Open Buildings
fading      |  90 | 250 | 1090 | client   | Lars Eriksen     | lars.eriksen@havnlog.example         | Havn Logistics
fading      |  85 | 235 | 1070 | friend   | Nadia Petrova    | nadia@petrova-photo.example          |
came back   |  30 | 150 | 1000 | trade    | Hugo Fontaine    | hugo@velo-cite.example               | Vélo Cité
came back   |  40 | 175 |  900 | client   | Adaeze Nwosu     | adaeze.nwosu@brightwell.example      | Brightwell Clinics
dormant     |  20 | 420 | 1090 | studio   | Martin Schuster  | martin.schuster@corvusgrid.example   | Corvus Grid
dormant     |  30 | 500 | 1085 | client   | Helen McAllister | helen@mcallister.example             | McAllister Yards
dormant     |  25 | 380 | 1000 | trade    | Deepak Menon     | deepak.menon@saffronworks.example    | Saffron Works
dormant     |  45 | 610 | 1090 | press    | Julia Steiner    | julia.steiner@alpenblick.example     | Alpenblick
dormant     |  35 | 330 |  900 | trade    | Paolo Ricci      | paolo@ricci-impianti.example         | Ricci Impianti
dormant     |  60 | 460 | 1060 | research | Ágnes Tóth       | agnes.toth@danubegrid.example        | Danube Grid
dormant     |  14 | 290 |  800 | client   | Robert Kim       | robert.kim@hanokhomes.example        | Hanok Homes
dormant     |  30 | 280 |  850 | investor | Salma Idrissi    | salma@atlas-solaire.example          | Atlas Solaire
new         |   0 |   1 |    1 | friend   | Amara Diallo     | amara.diallo@citylight.example       | Citylight
new         |   0 |   1 |    1 | trade    | Henrik Solberg   | henrik@fjellvarme.example            | Fjellvarme
new         |   0 |   1 |    1 | client   | Lucía Ferrer     | lucia.ferrer@barriosolar.example     | Barrio Solar
new         |   0 |   8 |    9 | research | Zainab Yusuf     | zainab.yusuf@terrafirma.example      | Terra Firma Labs
new         |   0 |  19 |   20 | trade    | Oliver Grant     | oliver.grant@pennine.example         | Pennine Controls
vendor      |   7 |   3 |  480 | trade    | Gavin Tulloch    | gavin.tulloch@packfold.example       | Packfold
cold caller |  80 |  20 |  400 | trade    | Chloe Barnes     | chloe.barnes@talentbridge.example    | Talentbridge
cold caller |  60 |  11 |  250 | trade    | Rohan Mehta      | rohan.mehta@scalewise.example        | Scalewise
cold caller |  30 |  40 |   75 | trade    | Dmitri Volkov    | dmitri.volkov@parsec-leads.example   | Parsec Leads
cold caller |  90 |  70 |   80 | trade    | Stefan Krüger    | stefan.krueger@kontorhaus.example    | Kontorhaus
no answer   |   0 | 130 |  130 | research | Elisabeth Roth   | elisabeth.roth@institut-nord.example | Institut Nord
no answer   |   0 | 260 |  260 | trade    | Kenji Mori       | kenji.mori@hikaritech.example        | Hikari Tech
seen only   |   0 |   0 |    0 | client   | Ulrike Sommer    | ulrike.sommer@ostwind.example        | Ostwind Energie
seen only   |   0 |   0 |    0 | client   | Jan Petersen     | jan.petersen@ostwind.example         | Ostwind Energie
seen only   |   0 |   0 |    0 | client   | Marcus Bell      | marcus.bell@aldermere.example        | Aldermere Foods
seen only   |   0 |   0 |    0 | trade    | Wim Claes        | wim@claes-metering.example           | Claes Metering
seen only   |   0 |   0 |    0 | trade    | Teresa Silva     | teresa.silva@porto-obras.example     | Porto Obras
seen only   |   0 |   0 |    0 | research | Joel Abara       | joel.abara@uni-weser.example         | Universität Weser
seen only   |   0 |   0 |    0 | trade    | Karin Holt       | karin.holt@fagerlund.example         | Fagerlund
"""

PARTINGS = {
    "Marta Kowalczyk": "Charging points in the north yard",
    "Ben Achterberg": "The reading list, as promised",
    "Leila Farahani": "Your view on heat pumps",
    "Peter Nakamura": "Trade fair in Lyon",
    "Camille Laurent": "Open studio evening",
    "Samuel Osei": "Air quality on the second ward",
    "Viktor Horváth": "First readings from the substation",
    "Isabel Romero": "Photos from the retrofit",
    "Thandiwe Nkosi": "Panel on open building data",
    "Lars Eriksen": "Cold-chain trial",
    "Nadia Petrova": "Portraits for the website",
    "Hugo Fontaine": "Back from Marseille",
    "Adaeze Nwosu": "Back from leave, and catching up",
}
MEETS = {"Priya Raman", "Tomasz Wójcik", "Sofia Marchetti", "Noor Haddad", "Leila Farahani", "Camille Laurent"}
CIRCLES = {
    "Ingrid Baumann": ("Ulrike Sommer",),
    "Viktor Horváth": ("Jan Petersen",),
    "Hannah Goldberg": ("Teresa Silva",),
    "Samuel Osei": ("Marcus Bell",),
}


def _cast() -> tuple[Character, ...]:
    rows = [[cell.strip() for cell in line.split("|")] for line in SCRIPT.strip().splitlines()]
    boxes = {name: (name, address) for *_, name, address, _ in rows}
    return tuple(
        Character(
            plays=Plays(plays),
            every=float(every),
            last=float(last),
            since=float(since),
            theme=theme,
            name=name,
            address=address,
            firm=firm,
            parting=PARTINGS.get(name, ""),
            meets=name in MEETS,
            circle=tuple(boxes[other] for other in CIRCLES.get(name, ())),
        )
        for plays, every, last, since, theme, name, address, firm in rows
    )


OWNER = Character(Plays.CLOSE, 0, 0, 0, "studio", "Ines Halvorsen", "ines@halvorsenpike.example", "Halvorsen & Pike")
CAST = _cast()
BY_NAME = {character.name: character for character in CAST}


def playing(*parts: Plays) -> tuple[Character, ...]:
    """Those of the cast who play one of these parts, in the order of the script."""
    return tuple(character for character in CAST if character.plays in parts)
