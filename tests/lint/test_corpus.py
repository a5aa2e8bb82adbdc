"""How often a good text gets a finding, and how often texts that were swapped get none."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.lint.corpus import SENDER, Good, make_leads, make_texts
from upscale_connect.lint import DEFAULT_RULES, LintSettings, Surroundings, lint
from upscale_connect.models import Lead

#: Leads of one campaign. Ten campaigns make a thousand texts.
CAMPAIGN, CAMPAIGNS = 100, 10
SETTINGS = LintSettings(DEFAULT_RULES, limits={"connection_request": 1000})


def campaign(seed: int) -> tuple[list[Good], Surroundings]:
    chance = random.Random(seed)
    leads = make_leads(CAMPAIGN, chance)
    surroundings = Surroundings(SENDER)
    for lead in leads:
        surroundings.add(lead)
    return list(make_texts(leads, chance)), surroundings


@pytest.mark.promise(row="G9")
def test_good_texts_are_left_alone() -> None:
    """The rate stands in the docs: at most one text in a hundred."""
    found: Counter[str] = Counter()
    shown = []
    for seed in range(CAMPAIGNS):
        goods, surroundings = campaign(seed)
        for good in goods:
            findings = lint(good.text, good.type, good.lead, surroundings, SETTINGS)
            if findings:
                found.update({finding.rule for finding in findings})
                shown.append((good.lead, good.text, findings))
    assert len(shown) <= CAMPAIGN * CAMPAIGNS / 100, (found, shown[:20])


@pytest.mark.promise(row="G9")
def test_swapped_texts_are_found() -> None:
    """Each text beside the next lead: what names a person or a company by name must not pass."""
    missed = []
    for seed in range(CAMPAIGNS):
        goods, surroundings = campaign(seed)
        for good, wrong in zip(goods, [*goods[1:], goods[0]], strict=True):
            if tells_apart(good, wrong.lead):
                findings = lint(good.text, good.type, wrong.lead, surroundings, SETTINGS)
                if not findings:
                    missed.append((wrong.lead, good.text))
    assert len(missed) <= CAMPAIGN * CAMPAIGNS / 100, missed[:20]


def tells_apart(good: Good, other: Lead) -> bool:
    """Whether a person could see from the text alone that it is not for this lead."""
    names = {good.lead.first_name, good.lead.last_name}
    return bool(names - {other.first_name, other.last_name}) and good.lead.company != other.company
