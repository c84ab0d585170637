"""What an endpoint may be told about: topics, each with the nouns of the trail's actions that belong to it.

An action is told to the endpoints that chose its noun's topic. A new noun is told to nobody until it is named here, or
under `UNTOLD` with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compliance.actions import Action


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that an endpoint may be told about."""

    code: str
    label: str
    nouns: frozenset[str]


def _topic(code: str, label: str, nouns: str) -> Topic:
    return Topic(code, label, frozenset(nouns.split()))


TOPICS = (
    _topic(
        "proposals",
        "Proposals and decisions",
        "proposal approvals review comment consent override change batch",
    ),
    _topic(
        "orders",
        "Orders, fills and breaks",
        "release block orders order order_layout trading fill break trade_error lot_letter",
    ),
    _topic("files", "Files and workbooks", "file workbook"),
    _topic(
        "record",
        "The record of clients",
        "household account person people tax_unit tax_profile advisor book coverage lot basis_election transfer "
        "restatement stated_gains estimated_tax outside_account client_restriction employer_plan cash_need cash_rule "
        "distribution_terms distribution_figure life_event hold hold_override insider insider_window product_approval "
        "arranged_trade",
    ),
    _topic("policies", "Policies and models", "policy policy_template model"),
    _topic(
        "market",
        "Securities, prices and the market",
        "security wash_group asset_class price fund_distribution fund_policy quote halt volatility_level "
        "corporate_action market_condition issuer",
    ),
    _topic("letters", "What clients are told", "summary letter"),
    _topic("scans", "Scans, alarms and promises", "scan alarm promises"),
    _topic("trail", "The audit trail", "trail checkpoint record restore"),
    _topic(
        "access",
        "Sign-ins, roles, tokens and refused attempts",
        "user invitation sessions password factor role token examiner access",
    ),
    _topic("settings", "The firm's settings and connections", "setting fix_session"),
)
BY_CODE = {topic.code: topic for topic in TOPICS}
CHOICES = tuple((topic.code, topic.label) for topic in TOPICS)
UNTOLD = frozenset(
    {"webhook", "digest", "view", "demo", "fix_message", "event", "approval", "data", "queue_item"}
)
"""What no endpoint is told: webhooks themselves, habits, who looked at what or works it, messages of a connection, demonstrations."""
LOOKED = frozenset(action.value for action in Action if action.value.endswith(".viewed"))
"""Who opened what is for the trail and for compliance alone."""


def told_about(codes: Iterable[str], action: str) -> bool:
    """Whether an endpoint with these topics is told of an action."""
    noun = action.partition(".")[0]
    return action not in LOOKED and any(noun in BY_CODE[code].nouns for code in codes if code in BY_CODE)
