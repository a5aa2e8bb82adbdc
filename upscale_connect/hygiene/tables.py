"""Small tables of our own. What is missing in them is left as it is."""

from __future__ import annotations

_CREDENTIALS = (
    "MBA PhD MSc BSc MA BA MS BS BEng MEng MPhil MPA MPH MD DDS DMD JD LLM LLB LLD Esq CPA CFA CFP CMA CIA CISA "
    "CISM CISSP PMP PgMP PMI-ACP CSM CSPO PSM SPHR PHR SHRM-CP SHRM-SCP RN BSN MSN NP PE EIT RA AIA LEED ACCA ACA "
    "FCA FCCA CIPD FCIPD MCIPD CIM FCIM CEng CPsychol DBA EdD PsyD DPhil Dipl.-Ing. MRICS FRICS FRSA OBE MBE CBE "
    "ITIL Jr Sr II III IV"
)
#: Degree or certificate without dots, in capitals → as it is usually written.
CREDENTIALS = {word.replace(".", "").upper(): word.replace(".", "") for word in _CREDENTIALS.split()}

_TITLES = (
    "dr prof professor mr mrs ms miss mx sir dame lord lady rev reverend fr hon capt col gen lt sgt maj ing "
    "dipl-ing mag dott dottor dottoressa avv arch herr frau doktor mme mlle monsieur madame me maitre sr sra srta "
    "don dona eng"
)
TITLES = frozenset(_TITLES.split())

#: What follows `Dr.` and belongs to it.
FACULTIES = frozenset(
    ("med", "phil", "jur", "rer", "nat", "oec", "pol", "habil", "hc", "h", "c", "vet", "dent", "theol")
)

_PARTICLES = (
    "de da do dos das del della der den des di du la le van von vom zu zum zur ten ter te y e al el bin ibn bint af av"
)
PARTICLES = frozenset(_PARTICLES.split())

#: Legal forms in small letters, without dots and commas; of up to three words.
LEGAL_FORMS = frozenset(
    (
        *(
            "inc",
            "incorporated",
            "llc",
            "l l c",
            "ltd",
            "limited",
            "corp",
            "corporation",
            "co",
            "company",
            "plc",
            "llp",
        ),
        *(
            "lp",
            "pllc",
            "pc",
            "co ltd",
            "co limited",
            "pty ltd",
            "(pty) ltd",
            "pty limited",
            "pty",
            "pte ltd",
            "pvt ltd",
            "private limited",
        ),
        *("gmbh", "ggmbh", "mbh", "ag", "ug", "ug (haftungsbeschränkt)", "kg", "kgaa", "ohg", "gbr", "se", "eg", "ev"),
        *(
            "gmbh & co kg",
            "& co kg",
            "& co kgaa",
            "& co ohg",
            "ag & co kg",
            "gmbh & cie kg",
            "sa",
            "sas",
            "sarl",
            "sasu",
            "eurl",
            "s a",
            "s a s",
        ),
        *(
            "snc",
            "scop",
            "sca",
            "srl",
            "s r l",
            "spa",
            "s p a",
            "sl",
            "slu",
            "s l",
            "sc",
            "sa de cv",
            "s de rl",
            "ltda",
        ),
        *(
            "eireli",
            "me",
            "bv",
            "b v",
            "nv",
            "n v",
            "vof",
            "cv",
            "ab",
            "as",
            "asa",
            "a/s",
            "aps",
            "oy",
            "oyj",
            "hf",
            "ehf",
        ),
        *("sp z oo", "spzoo", "sro", "s r o", "as", "kft", "zrt", "nyrt", "doo", "d o o", "ad", "ood", "eood", "srl"),
        *("kk", "k k", "gk", "bhd", "sdn bhd", "tbk", "pt", "oü", "uab", "sia"),
    )
)
#: Words and abbreviations as well: a legal form only with dots, behind a comma, or (the second) in capitals.
WITH_DOTS = frozenset(("me", "pc", "sc", "cv", "pt", "ad", "hf", "gk"))
IN_CAPITALS = frozenset(("as", "ab", "sa", "ag", "se", "eg", "ev"))
#: Names that end like a legal form and are known by all of it.
KEPT_WHOLE = frozenset(
    ("the limited", "bed bath & co", "tiffany & co", "mckinsey & company", "bain & company", "the company")
)

#: Sites that say nothing about the company: mail providers, social networks, directories.
NOBODYS_WEBSITES = frozenset(
    (
        *(
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "yahoo.com",
            "yahoo.co.uk",
        ),
        *("icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "proton.me"),
        *(
            "protonmail.com",
            "mail.com",
            "mail.ru",
            "yandex.ru",
            "qq.com",
            "163.com",
            "orange.fr",
            "free.fr",
            "laposte.net",
        ),
        *("libero.it", "linkedin.com", "facebook.com", "fb.com", "twitter.com", "x.com", "instagram.com", "tiktok.com"),
        *("youtube.com", "youtu.be", "xing.com", "pinterest.com", "t.me", "wa.me", "linktr.ee", "crunchbase.com"),
    )
)
TRACKING = frozenset(
    ("gclid", "fbclid", "msclkid", "dclid", "yclid", "igshid", "ref", "trk", "li_fat_id", "gad_source")
)
