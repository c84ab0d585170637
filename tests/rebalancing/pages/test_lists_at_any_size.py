"""A list asks the database the same number of questions for thirty-six households as for a hundred, and so do homes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.bench import firm, pages
from tests.clock import SUNDAY_NOON, set_clock

pytestmark = pytest.mark.django_db

FEW, MANY = (36, 4), (100, 9)
"""Households, and how many of the flagged ones have a proposal. Of 36 each of the two advisors has some that lack something."""
LISTS = (
    "clients:household_list", "clients:hold_list", "rebalancing:proposal_list", "rebalancing:readiness", "rebalancing:drift",
    "rebalancing:tax_ledger_list", "rebalancing:distribution_list", "rebalancing:record",
)  # fmt: skip


@contextmanager
def a_firm(households: int, proposals: int) -> Iterator[dict[str, Any]]:
    """The bench's firm for as long as somebody looks at it; then nothing of it is left."""
    before = transaction.savepoint()
    set_clock(SUNDAY_NOON - timedelta(hours=1))
    firm.fill(households)
    set_clock(SUNDAY_NOON)
    firm.propose(proposals)
    yield pages.people()
    transaction.savepoint_rollback(before)


def asked(user: Any, names: tuple[str, ...]) -> dict[str, int]:
    """How many queries each of these pages sends, once it is warm."""
    client = Client()
    client.force_login(user)
    found = {}
    for name in names:
        address = reverse(name)
        assert client.get(address).status_code == 200, name
        with CaptureQueriesContext(connection) as sent:
            client.get(address)
        found[name] = len(sent)
    return found


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("compliance", (*LISTS, "advisory:home", "compliance:queue")),
        ("advisor", LISTS),
        ("trader", ("advisory:home",)),
    ],
)
def test_a_hundred_households_ask_as_many_questions_as_thirty_six(role: str, names: tuple[str, ...]) -> None:
    with a_firm(*FEW) as people:
        few = asked(people[role], names)
    with a_firm(*MANY) as people:
        many = asked(people[role], names)

    assert many == few
