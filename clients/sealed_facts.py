"""The decided rows of the record that were sealed later: books, yearly tax profiles, restrictions, employers' plans,
facts of required distributions, what people said of restatements.
"""

from __future__ import annotations

from compliance.audit_trail.seals import Kind

KINDS = (
    Kind(
        "corporate_action_agreed",
        "clients_actionagreement",
        ("id", "action_id", "asked_by_id", "agreed_by_id", "agreed_at", "evidence"),
    ),
    Kind(
        "restatement_seen",
        "clients_restatement",
        (
            *(
                "id",
                "public_id",
                "account_id",
                "security_id",
                "lot_id",
                "gain_id",
                "source_file_id",
                "as_of_on",
            ),
            *(
                "is_past_day",
                "cause",
                "was_quantity",
                "quantity",
                "was_acquired_on",
                "acquired_on",
                "was_basis",
            ),
            *("basis", "was_disallowed", "disallowed", "was_term", "term", "found_at"),
            *("seen_by_id", "seen_at", "seen_as", "seen_note"),
        ),
        # Decided once somebody has said what it was; said again, it is sealed again. Until then it goes with its file.
        where="t.seen_at IS NOT NULL",
        called="t.public_id",
        later=True,
    ),
    Kind(
        "book",
        "clients_bookentry",
        ("id", "user_id", "part", "starts_on", "ends_on"),
        # Whole books change hands, and what has not begun is taken back: each change seals the household's again.
        whole="t.household_id",
        later=True,
        restated=True,
    ),
    Kind(
        "tax_profile",
        "clients_taxprofile",
        (
            *(
                "id",
                "public_id",
                "tax_unit_id",
                "tax_year",
                "filing_status",
                "state",
                "rate_short",
                "rate_long",
            ),
            *("rate_investment", "wages", "taxable_interest", "qualified_dividends", "other_income"),
            *("deduction", "state_rate", "short_term_before", "long_term_before", "short_term_carryover"),
            *("long_term_carryover", "distributions_expected", "gain_budget", "confirmed_on"),
        ),
        called="t.public_id",
        later=True,
        restated=True,
    ),
    Kind(
        "client_restriction",
        "clients_clientrestriction",
        (
            *("id", "public_id", "household_id", "kind", "account_id", "lot_id", "security_id", "issuers"),
            *("sector", "asset_class_id", "weight_cap", "reason", "asked_by", "asked_on", "document"),
            *("starts_on", "ends_on", "made_by_id", "made_at", "replaces_id"),
        ),
        open=("cancelled_by_id", "cancelled_at", "cancel_reason", "expired_at"),
        called="t.public_id",
    ),
    Kind(
        "client_restriction_cancelled",
        "clients_clientrestriction",
        ("cancelled_by_id", "cancelled_at", "cancel_reason"),
        where="t.cancelled_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "client_restriction_expired",
        "clients_clientrestriction",
        ("expired_at",),
        where="t.expired_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "employer_plan",
        "clients_employerplan",
        ("id", "public_id", "code", "name", "source", "made_by_id", "made_at"),
        open=("retired_by_id", "retired_at", "retire_reason"),
        called="t.public_id",
    ),
    Kind(
        "employer_plan_retired",
        "clients_employerplan",
        ("retired_by_id", "retired_at", "retire_reason"),
        where="t.retired_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "plan_fund",
        "clients_planfund",
        (
            *("id", "public_id", "plan_id", "security_id", "starts_on", "ends_on", "closed_on"),
            *("weight_min", "entered_by_id", "entered_at", "replaces_id"),
        ),
        open=("ended_by_id", "ended_at", "end_reason"),
        called="t.public_id",
    ),
    Kind(
        "plan_fund_ended",
        "clients_planfund",
        ("ended_by_id", "ended_at", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "plan_account",
        "clients_planaccount",
        ("id", "account_id", "plan_id", "entered_by_id", "entered_at"),
        open=("ended_by_id", "ended_at", "end_reason"),
    ),
    Kind(
        "plan_account_ended",
        "clients_planaccount",
        ("ended_by_id", "ended_at", "end_reason"),
        where="t.ended_at IS NOT NULL",
    ),
    Kind(
        "distribution_terms",
        "clients_distributionterms",
        (
            *(
                "id",
                "public_id",
                "account_id",
                "inherited_from",
                "decedent_born_on",
                "died_on",
                "beneficiary",
            ),
            *("spouse_choice", "still_working", "retired_on", "owns_five_percent", "source"),
            *("entered_by_id", "entered_at", "replaces_id"),
        ),
        open=("ended_by_id", "ended_at", "end_reason"),
        called="t.public_id",
    ),
    Kind(
        "distribution_terms_ended",
        "clients_distributionterms",
        ("ended_by_id", "ended_at", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "distribution_figure",
        "clients_distributionfigure",
        (
            *("id", "public_id", "person_id", "account_id", "kind", "year", "plan", "place", "taken_on"),
            *("amount", "divisor", "source", "entered_by_id", "entered_at", "replaces_id"),
        ),
        open=("ended_by_id", "ended_at", "end_reason"),
        called="t.public_id",
    ),
    Kind(
        "distribution_figure_ended",
        "clients_distributionfigure",
        ("ended_by_id", "ended_at", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
)
