"""Good texts: varied, in four languages, such as a person would send. None of them deserves a finding."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from upscale_connect.models import Lead

SENDER = "Northwind Advisory"

_FIRST = (
    "Jane Mark Anna-Maria Łukasz José Siobhán Will Grace Jordan May Ahmed Priya Wei Olga Tom Max Chloé Björn Ines "
    "Paul Rosa Art Dawn Hunter Jean-Luc Sofía Yuki Nkechi Piotr Elif Henrik Zoë Ali Bea Charlotte Austin Sydney "
    "Victoria Jade"
)
FIRST = _FIRST.split()
_LAST = (
    "Doe Stone Smith O'Neill García Müller van_der_Berg Nowak Tanaka Okafor Rossi Dubois Svensson Kaya Brown Young "
    "King Hill Long Page Price Rich Day Field Cook Baker Fischer Weber Moreau Silva"
)
LAST = _LAST.split()
_COMPANIES = (
    "Globex GmbH|Pied Piper|Initech|Hooli Inc.|Target|Box|The Summer Company|Blue Ocean Partners|"
    "Datenwerk AG|Lumière SARL|Grupo Sol|Umbrella Group Ltd|Wayne Enterprises|Stark Industries|Soylent Corp|"
    "Vandelay Industries|Base|Notion|Square|Acme Rockets|Big Rock Capital|Nordlicht Energie|Fjord Systems|"
    "Campo Verde|Maison Blanche|Oak & Sons|7Seas|a2b Logistics"
)
COMPANIES = _COMPANIES.split("|")

ENGLISH = (
    (
        "Hi {first}, I came across {company} while reading about {topic}.",
        "Hello {first}! Your post about {topic} made me think.",
        "Hey {first} - saw that {company} is growing its {topic} side.",
        "Dear {first}, congratulations on the recent launch at {company}.",
        "{first}, how {company} treats {topic} caught my eye.",
        "Hi {first}, we met briefly at a talk on {topic} in London last May.",
        "Good morning {first}, your team at {company} seems to take {topic} seriously.",
        "Hi {first} {last}, thanks for connecting.",
        "Hi there, {company} came up twice this week when people spoke of {topic}.",
    ),
    (
        "Most leaders I speak with will tell you the same: it takes longer than anyone plans.",
        "It struck me how few firms are on target with it, and yours seems to be.",
        "Your work at {company} shows that it can be simple.",
        "We at {sender} help with exactly that, without a long project.",
        "The move to a new base in Austin cannot have been easy, even with a team like yours.",
        "One question stayed with me: do you do this in house, or with a partner?",
        "I noted the 40% rise you mention; that is rich in lessons for the rest of us.",
        "There is a short page on it that a few people in your position found useful.",
        "In the long run a clear field of play matters more than price.",
        "If I read your site rightly, the summer release was the turning point 🙂",
    ),
    (
        "Would you be open to a short exchange?",
        "Happy to share what we have seen, if that is of use.",
        "Either way, keep up the good work.",
        "Would it be worth a quick chat next week?",
        "Best regards,\nAlex from {sender}",
        "No reply needed if this is not the right time.",
        "Curious to hear your view!",
    ),
)
GERMAN = (
    (
        "Hallo {first}, über {topic} bin ich auf {company} gestoßen.",
        "Guten Tag Herr {last}, Ihr Beitrag zu {topic} hat mir gefallen.",
        "Liebe {first}, herzlichen Glückwunsch zum Wachstum von {company}.",
        "Hi {first}, {company} macht bei {topic} vieles anders.",
    ),
    (
        "Ihre Arbeit bei {company} zeigt, wie es gehen kann.",
        "Viele unserer Kunden stehen vor derselben Frage: selbst machen oder vergeben?",
        "Wir von {sender} begleiten genau das, ohne langes Projekt.",
        "Besonders der Schritt im Mai war mutig – und offenbar richtig.",
    ),
    ("Hätten Sie Lust auf einen kurzen Austausch?", "Ich freue mich auf Ihre Meinung.", "Viele Grüße aus Köln"),
)
FRENCH = (
    (
        "Bonjour {first}, j’ai découvert {company} en lisant un article sur {topic}.",
        "Bonjour Madame {last}, votre présentation sur {topic} m’a marqué.",
        "Cher {first}, bravo pour la croissance de {company} !",
    ),
    (
        "Votre travail chez {company} donne envie d’en savoir plus.",
        "Chez {sender}, nous aidons sur ce point précis.",
        "C’est rare de voir une équipe aussi claire là-dessus.",
    ),
    ("Seriez-vous ouvert à un court échange ?", "Au plaisir d’échanger.", "Belle journée !"),
)
SPANISH = (
    (
        "Hola {first}, conocí {company} al leer sobre {topic}.",
        "Estimado {first}, enhorabuena por lo que hace {company}.",
        "Buenos días {first}, me gustó su visión de {topic}.",
    ),
    (
        "Su trabajo en {company} demuestra que se puede hacer bien.",
        "En {sender} ayudamos justo en eso, sin proyectos largos.",
        "Pocos equipos lo explican con tanta claridad.",
    ),
    ("¿Le parecería bien una breve charla?", "Quedo atento a su opinión.", "¡Un saludo!"),
)
_TOPICS = (
    "hiring|data quality|supply chains|the energy market|customer support|open source|sales tooling|"
    "compliance|machine learning|remote work|AI|B2B marketing|cloud costs|carbon accounting|pricing"
)
TOPICS = _TOPICS.split("|")


@dataclass(frozen=True, slots=True)
class Good:
    lead: Lead
    type: str
    text: str


def make_leads(count: int, chance: random.Random) -> list[Lead]:
    """Different people; no two share a first name and a last name."""
    pairs = [(first, last.replace("_", " ")) for first in FIRST for last in LAST]
    chosen = chance.sample(pairs, count)
    return [
        Lead(str(number), "", f"li:in:{number}", chance.choice(COMPANIES), first, last)
        for number, (first, last) in enumerate(chosen)
    ]


def make_texts(leads: list[Lead], chance: random.Random) -> Iterator[Good]:
    for lead in leads:
        openings, bodies, ends = chance.choice((ENGLISH, ENGLISH, ENGLISH, GERMAN, FRENCH, SPANISH))
        kind = chance.choice(("connection_request", "first_follow_up", "share_material"))
        body = " ".join(chance.sample(bodies, 1 if kind == "connection_request" else 2))
        text = f"{chance.choice(openings)} {body} {chance.choice(ends)}"
        filled = text.format(
            first=lead.first_name, last=lead.last_name, company=lead.company, topic=chance.choice(TOPICS), sender=SENDER
        )
        yield Good(lead, kind, filled)
