"""What people call the fields of a lead in the first line of their files, in several languages."""

from __future__ import annotations

import re
from functools import cache

from ..identity import fold_words

#: Words in front of a field's name that say nothing about which field it is.
_FILLERS = (
    "lead leads contact contacts prospect person persons personal people primary current candidate member user "
    "kontakt contacto contatto contato"
)

#: API name → headers without spaces, the most usual first. The order is that in which columns are given away.
_HEADERS: dict[str, str] = {
    "lead_linkedin": (
        "leadlinkedin linkedin linkedinurl linkedinprofile linkedinprofileurl linkedinprofil linkedinlink "
        "linkedinaddress linkedinpage linkedincontactprofileurl personlinkedinurl personlinkedin profileurl "
        "profillinkedin perfillinkedin profilolinkedin urllinkedin lienlinkedin linkedinprofiel liurl liprofile "
        "publicprofileurl linkedinpublicurl publiclinkedinurl"
    ),
    "automation_tool_lead_id": (
        "automationtoolleadid leadid contactid recordid prospectid personid externalid crmid id uuid guid "
        "kontaktid datensatzid identifiant identifiantcontact idcontacto idcontatto idcontato"
    ),
    "first_name": (
        "firstname givenname forename fname first vorname rufname prenom nombre primernombre nombredepila nome "
        "primeironome voornaam imie fornamn fornavn etunimi jmeno krestnijmeno ad isim keresztnev prenume имя "
        "名 名字 ファーストネーム"
    ),
    "last_name": (
        "lastname surname familyname lname last nachname familienname zuname nom nomdefamille apellido apellidos "
        "primerapellido cognome sobrenome apelido ultimonome achternaam familienaam nazwisko efternamn etternavn "
        "efternavn sukunimi prijmeni soyad soyadi soyisim vezeteknev numedefamilie фамилия 姓 姓氏"
    ),
    "lead_company": (
        "leadcompany company companyname organization organisation organizationname organisationname employer "
        "employername account accountname business businessname firm firma firmenname unternehmen "
        "unternehmensname arbeitgeber gesellschaft entreprise nomdelentreprise societe raisonsociale empresa "
        "nombredelaempresa nomedaempresa compania companhia azienda nomeazienda societa ragionesociale bedrijf "
        "bedrijfsnaam werkgever organisatie nazwafirmy foretag foretagsnamn virksomhed virksomhet bedrift yritys "
        "spolecnost sirket companie компания 会社 会社名 公司 公司名称"
    ),
    "lead_company_website_url": (
        "leadcompanywebsiteurl website websiteurl companywebsite companywebsiteurl companyurl companysite "
        "companydomain domain domainname domaine dominio webdomain web url homepage webseite internetseite "
        "firmenwebsite firmenwebseite siteweb siteinternet sitioweb paginaweb sitoweb site stronawww "
        "stronainternetowa hemsida hjemmeside nettside kotisivut webovestranky websitebedrijf сайт ウェブサイト 网站"
    ),
    "lead_specified_url": "leadspecifiedurl specifiedurl researchurl researchpage",
    "automation_tool_customer_id": "automationtoolcustomerid customerid",
    "automation_tool_campaign_id": "automationtoolcampaignid campaignid",
}

#: The API's fields that a column may hold.
FIELDS = tuple(_HEADERS)

#: In German and Dutch, `Name` beside a first name is the last name; alone it may be the whole name.
PERHAPS_LAST_NAME = ("name", "naam")


@cache
def names_of(api_name: str) -> tuple[str, ...]:
    """The headers of a field as `fold` gives them, the most usual first."""
    return tuple(fold(header) for header in _HEADERS[api_name].split())


def fold(header: str) -> str:
    """A header without case, accents, spaces and punctuation: `Prénom` and `prenom` are the same."""
    return "".join(_words(header))


def fold_bare(header: str) -> str:
    """`fold` without words such as `Lead` or `Contact` in front or behind."""
    fillers = _FILLERS.split()
    return "".join(word for word in _words(header) if word not in fillers)


def _words(header: str) -> list[str]:
    return fold_words(re.sub(r"([a-z])([A-Z])", r"\1 \2", header))
