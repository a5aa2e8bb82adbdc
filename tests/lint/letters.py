"""Good texts written one by one, full of words that are names of other leads and of their companies.

Every text is good for any lead of its language. The leads are all in one campaign, so that whatever a text says may be
taken for another lead: "Will you be in Rome in May?", "ein klares Signal", "a Zoom call next Monday".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.lint.corpus import Good
from upscale_connect.models import Lead

SENDER = "Northwind Advisory"

#: First name, last name, company. Most of them are words, months, places or products as well.
_PEOPLE = """
Mark Hunt Notion|Will Power Apple|Grace Noble Target|Bill Cash Signal|Chase Young Next|Hope Winters Box|Rich Field Slack
Faith Bond Zoom|Frank Black Monday.com|Summer Knight Google|May Flowers Base|Drew Sharp Close|Joy Love Front
Pat Long Drift|Ray Bright Segment|Rose Garden Loom|Jack Frost Shell|Dale Rivers Gap|Art Miller Oracle|Max Best Square
Iris Stone Meta|Rob Banks Stripe|Carol Bell Figma|Grant Wood HubSpot|Sandy Beach Salesforce|Sunny Day Microsoft
Frank Stern Kraft|Ernst Markt Netz AG|Mai Sommer Brücke GmbH|Heide Wald Wolf|Rosa Winter Sonne GmbH|Wolf Stark Licht
Angelika König Siemens|Viktor Glück Zeit Verlag|Pierre Roche Orange|Claire Fontaine Free|Aurore Petit Total
Constant Legrand Carrefour|Prudence Bonnet Casino|Rose Blanc Printemps|Marine Leroy Air Liquide|France Martin Engie
Paz Luna Sol|Luz Blanca Mercado Libre|Angel Cruz Santander|Dolores Reyes Norte|Domingo Castillo Cabify|Pilar Rico Puente
Consuelo Campo Mesa|Leon Torres Casa|Wil Groen Action|Floor Kok Bol|Roos Visser Coolblue|Storm Berg Ziggo
Bart Zee Markt BV|Sterre Bos Rabobank|Jan Boom Eneco|Wim Smit Albert Heijn
"""
PEOPLE = [one.split(" ", 2) for line in _PEOPLE.strip().splitlines() for one in line.split("|")]
#: In the order of the people: how many belong to each language.
_COUNTS = {"english": 26, "german": 8, "french": 8, "spanish": 8, "dutch": 8}

LETTERS: dict[str, tuple[str, ...]] = {
    "english": (
        "Hi {first}, will you be in Rome next May? I would love to hear how {company} chose its base.",
        "Hi {first}, mark my words: the next box to tick is data quality. How far is {company}?",
        "{first}, your talk hit the target. We chase the same signal at Northwind Advisory, with less grace.",
        "Hello {first}, I hope this finds you well. The bill for bad data lands on sales in the long run.",
        "Hey {first}! Quick one: do you run your notes in Notion, Google Docs, or a good old box of paper?",
        "Hi {first}, happy to jump on a Zoom call on Monday, or to keep it to Slack if that is easier.",
        "Dear {first}, to be frank, I had given up hope of a clear field guide until I read yours.",
        "Hi {first}, a rich source, your post. It will stay in my drawer, next to the one on the oil gap.",
        "Hi {first}, loved your piece “What Comes Next for Apple and Google”. Where does {company} stand?",
        "{first}, saw your essay 'Close the Gap: A Target Is Not a Signal' and nodded all the way through it.",
        "Hi {first}, the front page said summer, the numbers say winter. How does {company} read the drift?",
        "Good morning {first}, I had the joy of hearing your colleague speak. May I ask one thing about it?",
        "Hi {first}, most teams we meet live in Salesforce or HubSpot. Does {company} bridge the two by hand?",
        "Hi {first}. Faith in forecasts is low these days. Yours at {company} seem to hold. What is the trick?",
        "Hi {first}, I used to work at Microsoft, and what you say on segment sizes rings a bell.",
        "Hi {first}, a friend at Oracle pointed me to your thread on pricing. Art, not science, I agree.",
        "Hi {first}! Love the new site. The square logo is bold. Was it drawn in Figma?",
        "Hello {first}, it is a long road from a shell script to a product. {company} took it in a year.",
        "{first}, thanks for the add! No pitch. I collect stories of people who close deals without chasing.",
        "Hi {first}, I grant you that: nobody needs one more tool. What did {company} stop paying for last year?",
        "Hi {first}, short and sweet: who owns carbon data at {company}? I may have a page that helps.",
        "Hi {first}, on a sunny day in Austin I heard the London story of {company}. Is it true about the bell?",
        "Hey {first}, congrats on the raise. In stripe-free prose: what will you do first with it?",
        "Hi {first}, I am in Dallas from Monday to Friday. Coffee on me, if you are around. No slides.",
        "Hi {first}, we have May, June and July to get ready for the new rules. Is {company} on track?",
        "Hi {first} — noticed you moved to {company} from the public sector. What surprised you most?",
        "Hi {first}, you wrote that ‘Hope Is Not a Strategy’. I wrote it on our wall. Thank you for that.",
        "Dear {first}, our paths crossed at SaaStr; you asked about the Max plan. Here is the answer: yes, in April.",
        "Hi {first}, three words on {company}: clear, calm, rich in detail. May I send you three questions?",
        "Hi {first}, as a Best Practice (their capitals) it reads well. As advice for {company}, less so?",
        "Hi {first}, we built our base on AWS and Stripe, and would do half of it again. You?",
        "Hi {first}, Black Friday is near. Does {company} freeze releases, or is that a thing of the past?",
        "Hi {first}, I saw the Head of Growth role at {company}. Will the next hire sit in Victoria or abroad?",
        "Hi {first}, from one Jack of all trades to another: how do you keep Monday mornings free?",
        "Hi {first}, your view in the Financial Times (“Rob Peter, Pay Paul”) was the best bit of the page.",
        "Hi {first}, happy New Year! Did the Grace Period rule reach {company}, or was that press drift?",
        "Hi {first}, you don’t know me, but your note on Meta Ads saved us a quarter of the bill. Thanks.",
        "Hi {first}. Long shot. Would a 10-minute chat on hiring be welcome? If not, no reply needed.",
        "Hi {first}, all the best with the Day One launch at {company}. It will be a joy to watch.",
        "Hi {first}, is the Power BI rollout at {company} done? We wrote down what we would not do twice.",
    ),
    "german": (
        "Hallo {first}, ein klares Signal im Markt: {company} wächst. Was war der Schlüssel?",
        "Hallo {first}, im Mai und im Sommer sind alle im Urlaub. Passt Ihnen ein Austausch im Herbst?",
        "Guten Tag {first}, die Brücke zwischen Vertrieb und Technik fehlt fast überall. Bei {company} auch?",
        "Liebe Grüße aus Köln, {first}! Ihr Beitrag zum Netz der Zukunft hat mir viel Kraft gegeben.",
        "Hallo {first}, bringt Licht ins Dunkel: Ihr Artikel über Preise. Das war den ganzen Tag wert.",
        "Hallo {first}, wir haben zum Glück Zeit bis Montag. Reicht Ihnen ein kurzer Zoom-Termin?",
        "Hallo {first}, der Winter war lang, und der König ist der Kunde. So stand es auch bei {company}.",
        "Hallo {first}, frank und frei gefragt: Wie misst {company} die Qualität der Daten?",
        "Guten Tag {first}, das Target lag bei zwei Prozent, die Box ist aufgegangen. Respekt!",
        "Hallo {first}, kein Wolf im Schafspelz, nur eine Frage: Wer kümmert sich bei {company} um CO₂-Daten?",
        "Hallo {first}, stark, wie {company} den Wald vor lauter Bäumen sieht. Hätten Sie Lust auf einen Kaffee?",
        "Hallo {first}, die Sonne scheint, die Rosen blühen, und Ihr Vortrag bleibt im Kopf. Danke dafür.",
        "Sehr geehrte Damen und Herren bei {company}, liebe {first}, Ihr Ansatz hat uns überzeugt.",
        "Hallo {first}, mit Ernst gesagt: Ihr Text über Stellenanzeigen ist der beste am Markt.",
        "Moin {first}, kurze Frage aus Hamburg: Nutzt {company} noch Excel oder schon Notion?",
        "Hallo {first}, Ihre Stelle im Netz klingt spannend. Wir von Northwind Advisory helfen in der Zeit davor.",
        "Hallo {first}, Respekt für den Stern im Logo und das Signal dahinter. Wer hatte die Idee?",
        "Hallo {first}, Viele Wege führen nach Rom. Welchen nimmt {company}, wenn es um Slack und Teams geht?",
        "Hallo {first}, der Artikel „Der Markt im Winter“ ging bei uns herum. Darf ich eine Frage dazu stellen?",
        "Hallo {first}, Glück ist kein Plan. Was ist Ihrer bei {company}? Beste Grüße, Alex",
        "Hallo {first}, eine Frage zur Heide: War das Foto aus der Lüneburger Gegend? Schön jedenfalls.",
        "Hallo {first}, bei Siemens habe ich gelernt, dass Netze altern. Sieht man das bei {company} auch so?",
    ),
    "french": (
        "Bonjour {first}, une idée claire, au carrefour du marketing et de la vente : bravo à {company}.",
        "Bonjour {first}, au printemps tout semble libre. Auriez-vous un moment en mai pour en parler ?",
        "Bonjour {first}, au total, trois équipes sur quatre n’ont pas de base fiable. Et chez {company} ?",
        "Bonjour {first}, votre article m’a beaucoup plu. Pierre qui roule n’amasse pas mousse, dit-on.",
        "Bonjour {first}, la France entière parle de {company}. Comment gardez-vous ce calme constant ?",
        "Bonjour Madame, bonjour {first}, la prudence est de mise, mais votre pari est le bon.",
        "Bonjour {first}, feu orange ou feu vert ? Votre note sur les prix ne laisse pas de doute.",
        "Bonjour {first}, une petite question, sans engagement : qui suit les données carbone chez {company} ?",
        "Bonjour {first}, ce n’est pas un casino, et pourtant… Votre billet sur le risque est précieux.",
        "Bonjour {first}, on se parle lundi sur Zoom ou sur Teams ? Je m’adapte. Belle journée !",
        "Bonjour {first}, j’ai lu « La Rose et le Réseau » d’une traite. Merci pour ce récit.",
        "Bonjour {first}, vos mots sur la marine marchande étaient justes. Total respect, comme on dit.",
        "Bonjour {first}, chez Northwind Advisory, nous voyons la même chose. Seriez-vous ouvert à un échange ?",
        "Cher {first}, à l’aurore d’une nouvelle année, tous mes vœux à vous et à {company}.",
        "Bonjour {first}, le Grand Paris change. {company} aussi ? Au plaisir de vous lire, Alex",
        "Bonjour {first}, j’ai connu {company} grâce à Google, et vous grâce à votre plume.",
        "Bonjour {first}, Free Work, Total Refresh, Air Force : vos noms de projets me font sourire !",
        "Bonjour {first}, un mot pour vous remercier. Votre conseil sur HubSpot a changé notre mois de mars.",
    ),
    "spanish": (
        "Hola {first}, con la luz y el sol de mayo todo parece fácil. ¿Cómo lo vive {company}?",
        "Hola {first}, en paz y sin prisa: ¿quién lleva los datos de clientes en {company}?",
        "Hola {first}, el mercado es libre, el tiempo no. ¿Le parece bien una charla breve el lunes?",
        "Hola {first}, su artículo fue un pilar para nosotros. Gracias de corazón.",
        "Hola {first}, sin dolores de cabeza: así describe un amigo el cambio en {company}.",
        "Buenos días {first}, del norte al sur se habla de {company}. ¿Qué viene después?",
        "Hola {first}, el domingo leí su texto en la mesa de casa. Un puente entre ventas y producto.",
        "Estimado {first}, es un consuelo ver un campo tan claro. Enhorabuena a {company}.",
        "Hola {first}, ¿usan Notion o Slack en {company}? Hicimos una guía corta, sin letra pequeña.",
        "Hola {first}, leí «La Casa y el Puente» y pensé en su equipo. ¿Una llamada por Zoom?",
        "Hola {first}, en Northwind Advisory vemos lo mismo cada semana. ¿Le interesaría comparar?",
        "Hola {first}, qué rico debate el del martes. Gracias por su mesa redonda, fue la mejor.",
        "Querida {first}, Dios mediante nos vemos en Madrid. ¡Un abrazo y mucha suerte con {company}!",
        "Hola {first}, la Casa Blanca habla de aranceles. ¿Cómo se prepara {company}?",
        "Hola {first}, trabajé en Santander tres años. Su visión de la banca me suena mucho.",
        "Hola {first}, breve: me gustó la claridad con la que {company} explica sus precios.",
    ),
    "dutch": (
        "Hoi {first}, in actie komen is één ding, blijven staan in de storm een ander. Knap van {company}.",
        "Hallo {first}, de markt is wild. Hoe houdt {company} de rust? Ik ben benieuwd.",
        "Beste {first}, dank voor je verhaal over de zee en het bos. Het bleef hangen.",
        "Hoi {first}, kort: wie zorgt bij {company} voor de data? Ik heb misschien iets dat helpt.",
        "Beste {first}, ik wil niet storen. Eén vraag over je artikel, als het mag?",
        "Hoi {first}, een bos rozen voor het team van {company}! Wat een kwartaal.",
        "Hallo {first}, maandag via Zoom of Teams? Het mag ook per mail. Groet, Alex",
        "Beste {first}, wij van Northwind Advisory zien dit elke week. Herken je het bij {company}?",
        "Hoi {first}, je praatje ‘De Boom en de Bol’ was het beste van de dag. Is er een opname?",
        "Dag {first}, het is groen, het groeit, en het heet {company}. Hoe doen jullie dat?",
        "Hoi {first}, ik werkte jaren bij Rabobank, dus je punt over risico raakte me.",
        "Hallo {first}, gefeliciteerd met de prijs! De vloer was voor jou, en terecht.",
        "Hoi {first}, smaakt naar meer, die reeks over koken en kiezen. Dank je wel!",
        "Beste {first}, in mei ben ik in Utrecht. Zin in koffie? Geen slides, beloofd.",
    ),
}

#: Written when the rules were finished, and never used to change them.
LATER: dict[str, tuple[str, ...]] = {
    "english": (
        "Hi {first}, our CEO, Bill Knight, asked me to write: would {company} join a small round on pricing?",
        "Hi {first}, quick question about {company}. Do you sell through Amazon, Shopify, or both?",
        "Hello {first}, I moved to Berlin last August and people keep telling me to meet you.",
        "{first} - saw the Forbes list. Under 30 and running growth at {company}? Respect.",
        "Hi {first}, I read Seth Godin over the weekend, and thought of your post on trust.",
        "Hi {first}, Apple picked the same week for its launch. Bold of {company} not to move.",
        "Hey {first}, the team told me you love Miro boards. Here is mine, ugly and honest.",
        "Hi {first}, is it Grace Hopper on your desk in that photo? My hero too.",
        "Hi {first}, after the Meta layoffs hiring got easier. Is that true at {company} as well?",
        "Hi {first}, I will be at Web Summit, Stand B12, from Tuesday on. Coffee?",
        "Hi {first}, we just left HubSpot. What does {company} run on today?",
        "Dear {first}, spring in New York, and every second talk is on AI. Yours was not. Thank you.",
        "Hi {first}, we help firms like Target and Nike with returns. Could {company} use the same?",
        "Hi {first}, love the name {company}. Is there a story behind it, or was it a late Friday?",
    ),
    "german": (
        "Hallo {first}, danke fürs Vernetzen! Wie plant {company} das Jahr nach der Messe?",
        "Hallo {first}, unsere Kollegin Frau Stern meinte, Sie seien die richtige Person für Preise.",
        "Hallo {first}, der Weg von der Idee zum Produkt dauert. Bei {company} ging es schnell. Wie?",
        "Guten Morgen {first}, mit viel Kraft und wenig Zeit: so beschrieb ein Kunde seinen Alltag.",
        "Hallo {first}, Signal oder Rauschen? Ihr Beitrag dazu war der klarste seit Langem.",
        "Hallo {first}, wir treffen uns am Montag in der Box, unserem Raum in München. Kommen Sie dazu?",
    ),
    "french": (
        "Bonjour {first}, merci pour la mise en relation. Quel est le plus grand défi de {company} cette année ?",
        "Bonjour {first}, j’étais à Marseille quand j’ai vu votre annonce. Bravo à toute l’équipe !",
        "Bonjour {first}, Orange et Free changent leurs tarifs. Est-ce un sujet pour {company} ?",
        "Bonjour {first}, vous citez Victor Hugo dans votre profil : c’est rare, et bienvenu.",
        "Bonjour {first}, notre directrice, Claire Petit, serait ravie d’échanger avec vous.",
    ),
    "spanish": (
        "Hola {first}, gracias por conectar. ¿Cuál es la meta de {company} para este año?",
        "Hola {first}, estuve en Sevilla en abril y todos hablaban de {company}.",
        "Hola {first}, mi jefa, Pilar, me pidió que le escribiera sobre el evento de junio.",
        "Hola {first}, veo que {company} usa Salesforce. ¿Les funciona bien con equipos pequeños?",
    ),
    "dutch": (
        "Hoi {first}, leuk dat we verbonden zijn! Waar staat {company} eind dit jaar?",
        "Hoi {first}, ik las je stuk op een bankje aan zee. Floor en ik hebben erom gelachen.",
        "Hallo {first}, werken jullie bij {company} al met Notion, of nog in Excel?",
    ),
}


def make_people() -> dict[str, list[Lead]]:
    """The leads of the campaign, by language."""
    leads = [
        Lead(str(number), "", f"li:in:{number}", company, first, last)
        for number, (first, last, company) in enumerate(PEOPLE)
    ]
    chosen, start = {}, 0
    for language, count in _COUNTS.items():
        chosen[language] = leads[start : start + count]
        start += count
    assert start == len(leads)
    return chosen


def write_letters(each: int, letters: Mapping[str, Sequence[str]]) -> Iterator[Good]:
    """Every text for so many leads of its language."""
    for language, people in make_people().items():
        for number, text in enumerate(letters[language]):
            for turn in range(each):
                lead = people[(number * 5 + turn * 3) % len(people)]
                yield Good(lead, "first_follow_up", text.format(first=lead.first_name, company=lead.company))
