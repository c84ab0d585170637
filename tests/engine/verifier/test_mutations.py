"""The verifier against forgery: one thing changed in a good plan, and it must refuse to sign.

Each kind of corruption is tried on plans of random households wherever it applies; all must be refused.
"""

from __future__ import annotations

import random

import pytest

from rebalancing.engine.verifier import verification
from tests.engine.verifier.corrupting import good_plans
from tests.engine.verifier.corruptions import CORRUPTIONS


def test_there_are_at_least_forty_kinds_of_corruption():
    assert len(CORRUPTIONS) >= 40


def test_the_plans_to_be_corrupted_are_all_signed():
    refused = [
        (h.id, verdict.faults) for h, p in good_plans() if not (verdict := verification.verify(h, p)).signed
    ]

    assert refused == []


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_one_corruption_is_always_refused(kind):
    rng = random.Random(kind)
    tried, signed = 0, []
    for household, plan in good_plans():
        corrupted = CORRUPTIONS[kind](household, plan, rng)
        if corrupted is None:
            continue
        tried += 1
        if verification.verify(*corrupted).signed:
            signed.append(household.id)

    assert tried > 0, "this corruption applied to no plan"
    assert signed == []


def test_a_signature_belongs_to_one_household_and_one_plan():
    (household, plan), (other, _), *_ = good_plans()

    signed = verification.verify(household, plan).signature
    assert signed == verification.verify(household, plan).signature
    assert signed not in {verification.verify(*each).signature for each in good_plans()[1:]}
    assert not verification.verify(other, plan).signed
