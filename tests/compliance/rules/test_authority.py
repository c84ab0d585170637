"""PTC-01 to 04 and 47: may we trade here at all, and who may say yes?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from compliance.rules.facts.case import Authority, Consent, Hold
from compliance.rules.findings.severity import Severity
from compliance.rules.policy_review import months_after, review_severity
from tests.compliance.rules.cases import HEALTHY, MONDAY, at, severity, with_account, with_policy, worst
from tests.spec.drawn import rows


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    "row",
    rows(
        """
        version | hash       | by  | channel | given_at         | level
        4       | hash of v4 | Ana | email   | 2026-11-23 10:58 | PASS
        3       | hash of v4 | Ana | email   | 2026-11-23 10:58 | BLOCK
        4       | hash of v3 | Ana | email   | 2026-11-23 10:58 | BLOCK
        4       | hash of v4 |     | email   | 2026-11-23 10:58 | BLOCK
        4       | hash of v4 | Ana |         | 2026-11-23 10:58 | BLOCK
        4       | hash of v4 | Ana | email   | 2026-11-23 11:01 | BLOCK
        """
    ),
)
def test_ptc_01_consent_must_be_to_exactly_this_proposal(row: dict[str, str]) -> None:
    consent = Consent(
        account="joint",
        proposal_version=int(row["version"]),
        proposal_hash=row["hash"],
        given_by=row["by"],
        given_at=at(row["given_at"]),
        channel=row["channel"],
    )
    case = with_account(authority=Authority.NON_DISCRETIONARY)

    assert severity("PTC-01", replace(case, consents=(consent,))) is Severity[row["level"]]
    assert severity("PTC-01", replace(case, consents=(replace(consent, account="other"),))) is Severity.BLOCK


@pytest.mark.parametrize(
    "row",
    rows(
        """
        granted    | ended      | level
        2024-01-02 |            | PASS
        2026-11-23 |            | PASS
        2026-11-24 |            | BLOCK
        2024-01-02 | 2026-11-24 | PASS
        2024-01-02 | 2026-11-23 | BLOCK
        """
    ),
)
def test_ptc_01_discretion_covers_the_trade_day(row: dict[str, str]) -> None:
    case = with_account(discretion_from_on=day(row["granted"]), discretion_until_on=day(row["ended"]))

    assert severity("PTC-01", case) is Severity[row["level"]]


def test_ptc_01_says_which_version_the_client_agreed_to() -> None:
    consent = Consent(
        account="joint",
        proposal_version=3,
        proposal_hash="hash of v3",
        given_by="Ana",
        given_at=at("2026-11-20 15:00"),
        channel="portal",
    )
    case = replace(with_account(authority=Authority.NON_DISCRETIONARY), consents=(consent,))

    assert worst("PTC-01", case).sentence == (
        "For Ana's joint account the client agreed to version 3 of this proposal, which is not the version "
        "in hand."
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        signed     | effective  | ended      | closed     | level
        2023-12-15 | 2024-01-02 |            |            | PASS
        2023-12-15 | 2024-01-02 | 2026-11-01 |            | BLOCK
        2023-12-15 | 2024-01-02 | 2026-11-23 |            | BLOCK
        2023-12-15 | 2024-01-02 | 2026-11-24 |            | PASS
        2023-12-15 | 2024-01-02 |            | 2026-10-30 | BLOCK
        2023-12-15 | 2026-11-24 |            |            | BLOCK
        2026-11-24 | 2024-01-02 |            |            | BLOCK
        2026-11-23 | 2026-11-23 |            |            | PASS
        """
    ),
)
def test_ptc_02_the_agreement_covers_the_trade_day(row: dict[str, str]) -> None:
    case = with_account(
        agreement_signed_on=day(row["signed"]),
        agreement_effective_on=day(row["effective"]),
        agreement_terminated_on=day(row["ended"]),
        closed_on=day(row["closed"]),
    )

    assert severity("PTC-02", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind              | from       | until      | level
        deceased_owner    | 2026-11-02 |            | BLOCK
        cash_up_front     | 2026-08-25 | 2026-11-23 | BLOCK
        cash_up_front     | 2026-08-24 | 2026-11-22 | PASS
        transfer_out      | 2026-11-24 |            | PASS
        """
    ),
)
def test_ptc_03_a_hold_in_force_stops_the_account(row: dict[str, str]) -> None:
    hold = Hold(kind=row["kind"], from_on=date.fromisoformat(row["from"]), until_on=day(row["until"]))

    assert severity("PTC-03", with_account(holds=(hold,))) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        last review | trade      | level
        2025-09-30  | 2026-11-23 | WARN
        2025-11-23  | 2026-11-23 | PASS
        2025-11-22  | 2026-11-23 | WARN
        2025-05-23  | 2026-11-23 | WARN
        2025-05-22  | 2026-11-23 | OVERRIDE
        2025-08-31  | 2027-02-28 | WARN
        2025-08-31  | 2027-03-01 | OVERRIDE
        """
    ),
)
def test_ptc_04_the_age_of_the_review_decides(row: dict[str, str]) -> None:
    reviewed, on = date.fromisoformat(row["last review"]), date.fromisoformat(row["trade"])
    assert review_severity(approved=True, last_review_on=reviewed, on=on) is Severity[row["level"]]
    assert review_severity(approved=False, last_review_on=reviewed, on=on) is Severity.BLOCK
    if on == MONDAY:
        assert severity("PTC-04", with_policy(reviewed_on=reviewed)) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        last review | next review | level
        2026-03-02  | 2026-11-23  | PASS
        2026-03-02  | 2026-11-22  | WARN
        2026-03-02  |             | PASS
        2025-05-22  | 2026-11-22  | OVERRIDE
        """
    ),
)
def test_ptc_04_the_agreed_day_of_the_next_review_counts_too(row: dict[str, str]) -> None:
    policy = with_policy(
        reviewed_on=date.fromisoformat(row["last review"]), next_review_on=day(row["next review"])
    )

    assert severity("PTC-04", policy) is Severity[row["level"]]


def test_ptc_04_months_end_where_the_month_ends() -> None:
    assert months_after(date(2025, 8, 31), 18) == date(2027, 2, 28)
    assert months_after(date(2025, 12, 31), 12) == date(2026, 12, 31)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        preparers | approver | roles      | level
        ana       | rui      | reviewer   | PASS
        ana       | rui      | compliance | PASS
        ana       | ana      | reviewer   | BLOCK
        ana rui   | rui      | reviewer   | BLOCK
        ana       | max      | advisor    | BLOCK
        ana       | max      |            | BLOCK
        """
    ),
)
def test_ptc_47_the_approver_is_somebody_else_with_a_role(row: dict[str, str]) -> None:
    case = replace(
        HEALTHY,
        preparers=frozenset(row["preparers"].split()),
        approver=row["approver"],
        approver_roles=frozenset(row["roles"].split()),
    )

    assert severity("PTC-47", case) is Severity[row["level"]]
