"""Unbound accounts are proposed by tail, owner, positions and value, and confirmed in one list."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from clients.custodians.rows import PositionRow
from clients.imports import binding_proposals
from clients.imports.binding_proposals import Candidates, Fit
from clients.models import Account, CustodianFile, FileAccount
from compliance.audit_trail import audit
from tests import cast
from tests.clients.custodians.reading import SAMPLES
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import loaded, received, the_millers
from tests.pages import as_, page_of

pytestmark = pytest.mark.django_db

SAMPLE = "schwab-positions.csv"
LIST = "/imports/bindings/"


@pytest.fixture
def tom() -> Client:
    return as_(cast.tom())


def fit(**given: Any) -> Fit:
    one = Account(pk=given.pop("pk", 1))
    usual: dict[str, Any] = {
        "same_tail": False,
        "owner_words": (),
        "same_positions": 0,
        "positions_count": 3,
        "near_value": False,
    }
    return Fit(account=one, **{**usual, **given})


DRAWN: list[tuple[str, list[Fit], int | None]] = [
    ("nothing fits", [], None),
    ("only an owner", [fit(owner_words=("Mia",))], None),
    ("the only tail", [fit(same_tail=True)], 1),
    ("two of one tail", [fit(same_tail=True), fit(pk=2, same_tail=True)], None),
    (
        "two of one tail, one owner",
        [fit(same_tail=True, owner_words=("Mia",)), fit(pk=2, same_tail=True)],
        1,
    ),
    ("positions and owner, no tail", [fit(same_positions=3, owner_words=("Mia",))], 1),
    ("value alone", [fit(near_value=True)], None),
    (
        "equally good",
        [fit(same_positions=2, near_value=True), fit(pk=2, same_positions=2, near_value=True)],
        None,
    ),
]


@pytest.mark.parametrize(("_", "fits", "proposed"), DRAWN, ids=[one[0] for one in DRAWN])
def test_one_account_is_proposed_where_it_fits_best(_: str, fits: list[Fit], proposed: int | None) -> None:
    ranked = sorted(fits, key=lambda one: one.rank, reverse=True)

    found = binding_proposals._proposed(ranked, fits)

    assert (found.account.pk if found else None) == proposed


def at_schwab(tail: str) -> CustodianFile:
    """The Millers at Schwab, their first account ending in `tail`, and a position file that masks it."""
    the_millers()
    rows = {
        kind: [row.replace("11110001", f"1111{tail}").replace(",house,", ",schwab,") for row in rows]
        for kind, rows in MILLERS.items()
    }
    loaded(bundle(**rows))
    return received((SAMPLES / SAMPLE).read_bytes(), name=SAMPLE)


def tail_of(file: bytes) -> str:
    from datetime import date

    from clients.custodians import recognition

    (seen,) = recognition.read(SAMPLE, file, date(2026, 11, 20)).accounts_seen
    return "".join(letter for letter in seen.mask or "" if letter.isdecimal())[-3:]


def test_the_account_of_the_same_tail_is_proposed_and_bound_from_the_list(tom: Client) -> None:
    tail = tail_of((SAMPLES / SAMPLE).read_bytes())
    file = at_schwab(f"0{tail}")

    page = page_of(tom.get(LIST))
    (row,) = page.rows
    proposed = [(one.label, one.evidence) for one in row.choices if one.is_proposed]
    assert proposed == [(f"Miller: Taxable ····0{tail}", "same tail")]
    assert page.proposed_count == 1

    done = tom.post(LIST, {"action": "bind", row.field: row.choices[0].value})

    bound = CustodianFile.objects.get(pk=file.pk).accounts.get()
    assert (done.status_code, bound.state) == (302, FileAccount.State.READY)
    assert "account.bound" in [event.action for event in audit.trail(about=bound.account)]
    assert page_of(tom.get(LIST)).heading == "Every account is bound"


def test_an_account_that_several_files_name_alike_is_asked_about_once(tom: Client) -> None:
    content = (SAMPLES / SAMPLE).read_bytes()
    first = at_schwab(f"0{tail_of(content)}")
    second = received(content.replace(b"04:20 PM", b"04:25 PM"), name="again.csv")

    (row,) = page_of(tom.get(LIST)).rows
    tom.post(LIST, {"action": "bind", row.field: row.choices[0].value})

    assert row.others == ("again.csv",)
    states = FileAccount.objects.filter(file__in=[first, second]).values_list("state", flat=True)
    assert set(states) == {FileAccount.State.READY}


def test_an_account_that_does_not_fit_is_found_by_a_posted_search(tom: Client) -> None:
    at_schwab("0001")

    nothing = page_of(tom.get(LIST)).rows[0]
    found = page_of(tom.post(LIST, {"action": "search", "text": "IRA"})).rows[0]
    empty = tom.post(LIST, {"action": "search", "text": ""})

    assert [one.label for one in nothing.choices] == []
    assert [(one.label, one.evidence) for one in found.choices] == [
        ("Miller: IRA ····0002", "found by the search")
    ]
    assert empty.status_code == 422


def test_programs_read_the_same_offers(tom: Client) -> None:
    tail = tail_of((SAMPLES / SAMPLE).read_bytes())
    file = at_schwab(f"0{tail}")

    (row,) = tom.get(f"/api/v1/custodian-files/{file.public_id}/bindings/").json()["results"]

    assert [(one["label"], one["is_proposed"]) for one in row["choices"]] == [
        (f"Miller: Taxable ····0{tail}", True)
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"row-1": "ac_000000000000"},
        {"row-999999999999999999999": "x"},
        {"row-x": "x"},
        {"row-": ""},
        {"row-1; DROP TABLE": "x"},
    ],
)
def test_what_no_page_offers_binds_nothing(tom: Client, given: dict[str, str]) -> None:
    at_schwab("0001")

    assert tom.post(LIST, {"action": "bind", **given}).status_code == 422
    assert FileAccount.objects.get(state="unbound").account is None


@pytest.mark.parametrize(("who", "status"), [("tom", 200), ("cora", 403), ("ana", 403), ("carl", 403)])
def test_only_the_desk_binds(who: str, status: int) -> None:
    assert as_(getattr(cast, who)()).get(LIST).status_code == status


def test_words_of_the_owner_in_the_files_label_speak_for_an_account() -> None:
    at_schwab("0001")
    account = Account.objects.get(number_last4="0002")
    candidates = Candidates.of([account])
    rows: list[PositionRow] = []

    found = binding_proposals._fit(
        FileAccount(mask="...999", label="Mia M. Miller IRA"), rows, account, candidates
    )

    assert (found.evidence, found.kinds) == ("owner Mia Miller", 1)
    assert candidates.shares[account.pk].keys() == {"ZUS", "ZBD"}
