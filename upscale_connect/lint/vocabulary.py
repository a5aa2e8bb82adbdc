"""Words that are names as well, and what stands beside a name. All of them as `fold_words` gives them."""

from __future__ import annotations

#: First names that are words, places or months as well: alone they tell nothing about a person.
_COMMON = (
    "adam ai alexa alma amber angel april art arthur asia august aurora aurore austin ava bar bea beau bella belle "
    "berlin bill blanca blue bo boom bos brad brook brooklyn cairo camden carlo carmel carol charity charlotte "
    "chase chelsea christian chuck claire clara claude clay cliff cole constant consuelo cruz crystal daisy dakota "
    "dale dallas dan dawn dean destiny devon diamond dolores domingo don dorn drew duke earl eden engel ernst "
    "esperanza eve faith falk fern fidel fleur floor flora florence ford forest franca france frank gay gene "
    "genesis georgia ginger glen gloria grace grant guy harmony harvey hazel heath heather heide holly honor hope "
    "hunter india iris israel ivy jack jade jasper jean jersey jesus jewel job jordan josh journey joy june justice "
    "kai kelly kent kern king klee lane laurel leon lincoln linde lion london long love luna luz lynn madison mai "
    "major marine mark martin mason max may melody mercedes mercy milagros miles mission misty mo modest moon my "
    "nice nieves norm olive pat patience paz pearl penny perle petra phoenix pierce pierre pilar poppy prince "
    "prudence rain rand ray reed reese remedios rich rico river rob robin rocky roman roos rosario rose royal ruby "
    "rusty sage salvador sam sandy savannah serenity skip sky sol soledad sonne star stella sterling stern sterre "
    "stone storm summer sunny sydney taylor ted tiffany trinity trip tucker turner valentin venus vera victor "
    "victoria violette virginia wade watson wayne wil will wolf wren zion"
)
COMMON = frozenset(_COMMON.split())

#: Companies and products that stand in messages to anybody: "a Zoom call", "brands like Nike".
_KNOWN = (
    "action adobe airbnb airtable amazon android apollo apple asana asos audi aws azure base bing bmw bolt box "
    "calendly canva chatgpt claude clay close confluence copilot discord docusign drift dropbox ebay etsy excel "
    "expensify facebook figma ford free front gap gemini github gitlab gmail gong google gucci hubspot ikea "
    "instagram intercom intuit jira lego linear linkedin loom mailchimp make mesa meta microsoft miro mural netflix "
    "next nike notion office openai oracle orange outlook palm paypal pinterest pipedrive porsche postgres python "
    "quora reddit revolut salesforce sap segment shell shopify siemens signal skype slack snap snapchat snowflake "
    "sony spotify square stripe substack tableau target teams telegram tesla tiktok toast total trello twilio "
    "twitter typeform uber unity visa walmart whatsapp wise wordpress workday xing yahoo youtube zalando zapier "
    "zendesk zoom"
)
KNOWN = frozenset(_KNOWN.split())

#: Words before a place where somebody works, or something that belongs to it.
_EMPLOYING = (
    "at avec bei bij by chez con da de di em en from hos join joined joining leaving left na of presso van von with"
)
EMPLOYING = frozenset(_EMPLOYING.split())

#: What stands before a word of the language, and hardly before the name of a company or a person.
_DETERMINERS = (
    "a al am an ans any au aufs aux beim ce ces cet cette das dat dein deine deinen deiner del dem den der des deze "
    "die diese diesem diesen dieser dieses dit du each een ein eine einem einen einer eines el esta estas este "
    "estos every furs het ihr ihre ihrem ihren ihrer im ins je jede jeder jedes jouw jullie kein keine keinem "
    "keinen keiner la las le les leur los ma mein meine meinen meiner mes mi mis mon no notre onze sa ses some son "
    "su sus ta tes these this those ton tu tus ubers un una unas une unos unser unsere unseren unserer vom vos "
    "votre zum zur"
)
DETERMINERS = frozenset(_DETERMINERS.split())

#: What a company does where it is the subject.
_ACTING = (
    "a arbeitet builds busca came can cherche comes crece does doet es est fait fue goes grew groeit grows hace had "
    "handles has hat heeft hires is ist keeps kommt launched maakt macht makes raised recrute runs seems shows "
    "sucht tiene treats tut wachst war was will wird works zoekt"
)
ACTING = frozenset(_ACTING.split())

#: Words before a place where something is kept or done: a product.
_PLACING = "about auf dans in into like on onto op over sobre sur to uber use used uses using via"
PLACING = frozenset(_PLACING.split())

#: Enough of these make a text German.
_GERMAN = "auf bei das der die eine fur ich ihr ihre im ist mit nicht sie und von was wie wir zu zum zur"
GERMAN = frozenset(_GERMAN.split())

#: Words that make no company known by themselves.
_GENERIC = (
    "inc llc ltd limited gmbh ag sa sarl sas bv nv ab oy as plc corp corporation company co group holding holdings "
    "the and und et y of solutions services consulting digital technologies technology systems software partners "
    "labs studio media global international agency ventures capital team"
)
GENERIC = frozenset(_GENERIC.split())
