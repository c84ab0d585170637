"""The sections of the desk, by role, and the few links of a person's own menu.

A section is listed here once, with the roles that work in it. What a person may see inside is decided by each
app's `access`; this only hides sections the person cannot open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from compliance.doors import registry
from compliance.people.roles import STAFF_ROLES, Role

DESK: frozenset[str] = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the masthead. `key` is the letter that follows `g` on the keyboard.

    `also` are addresses outside the section's own that belong to it. Whoever has more sections than fit a row finds those that
    are `seldom` opened behind "More".
    """

    label: str
    url_name: str
    roles: frozenset[str]
    key: str = ""
    also: tuple[str, ...] = ()
    seldom: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    key: str = ""
    is_current: bool = False
    is_behind: bool = False
    """Whether it stands behind "More"."""


ROW_MAX = 14
"""Sections that fit beside each other on a laptop."""


SECTIONS = (
    Section("Home", "advisory:home", DESK | {Role.ADMINISTRATOR}, key="h"),
    Section(
        "Examination", "rebalancing:examinations", frozenset({Role.EXAMINER}), key="h", also=("/replays/",)
    ),
    Section("My portfolio", "rebalancing:portal", frozenset({Role.CLIENT}), key="h"),
    Section(
        "Households",
        "clients:household_list",
        DESK,
        key="o",
        also=(
            *("/policies/", "/accounts/", "/lots/", "/cash-needs/", "/recurring-cash-needs/", "/holds/"),
            *(
                "/client-restrictions/",
                "/distribution-figures/",
                "/distribution-terms/",
                "/employer-plans/",
                "/insiders/",
                "/insider-windows/",
                "/product-approvals/",
                "/arranged-trades/",
                "/life-events/",
                "/hold-overrides/",
                "/readiness/",
                "/restatements/",
                "/transfers/",
                "/number-changes/",
                "/required-distributions/",
                "/tax-profiles/",
                "/tax-units/",
                "/tax-ledgers/",
                "/tax-payments/",
                "/stated-gains/",
                "/outside-accounts/",
                "/basis-elections/",
            ),
        ),
    ),
    Section(
        "Proposals", "rebalancing:proposal_list", DESK, key="p", also=("/approvals/", "/approval-batches/")
    ),
    Section("Compliance queue", "compliance:queue", frozenset({Role.COMPLIANCE}), key="q"),
    Section(
        "Blotter",
        "rebalancing:blotter",
        frozenset({Role.TRADER, Role.COMPLIANCE}),
        key="b",
        also=("/batches/", "/releases/", "/blocks/", "/orders/", "/trading-stops/"),
    ),
    Section(
        "FIX sessions",
        "rebalancing:fix_sessions",
        frozenset({Role.TRADER, Role.COMPLIANCE, Role.ADMINISTRATOR}),
        key="f",
        also=("/order-layouts/",),
        seldom=True,
    ),
    Section(
        "Breaks", "rebalancing:break_list", DESK, key="k", also=("/trade-errors/", "/fills/", "/executions/")
    ),
    Section(
        "Imports",
        "clients:import_list",
        frozenset({Role.TRADER, Role.COMPLIANCE}),
        key="i",
        also=("/workbooks/",),
    ),
    Section("Workbooks", "clients:workbook_list", frozenset({Role.ADMINISTRATOR}), key="w"),
    Section("Set-up", "advisory:getting_started", frozenset({Role.ADMINISTRATOR}), key="t"),
    Section("Drift", "rebalancing:drift", DESK, key="d"),
    Section("Scans", "rebalancing:scan_list", DESK, key="s", also=("/record/",)),
    Section("Monitors", "rebalancing:monitors", DESK, key="n", seldom=True),
    Section("Models", "clients:model_list", DESK, key="m"),
    Section("What if", "rebalancing:what_if", DESK, key="y", seldom=True),
    Section(
        "Securities",
        "clients:security_list",
        DESK,
        key="u",
        also=(
            "/prices/",
            "/asset-classes/",
            "/fund-distributions/",
            "/corporate-actions/",
            "/fund-policies/",
            "/quotes/",
            "/halts/",
            "/volatility-levels/",
        ),
        seldom=True,
    ),
    Section(
        "Firm settings",
        "compliance:settings",
        frozenset({Role.COMPLIANCE, Role.ADMINISTRATOR}),
        also=("/promises/", "/how-we-rebalance/"),
        seldom=True,
    ),
    Section(
        "People",
        "advisory:person_list",
        frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE}),
        key="e",
        also=("/books/", "/coverage/"),
        seldom=True,
    ),
    Section("Webhooks", "advisory:webhooks", frozenset({Role.ADMINISTRATOR}), key="v"),
    Section("Audit trail", "compliance:audit_list", DESK | {Role.ADMINISTRATOR, Role.EXAMINER}, key="a"),
    Section(
        "Examiners",
        "rebalancing:examinations",
        frozenset({Role.COMPLIANCE}),
        key="x",
        also=("/examiners/",),
        seldom=True,
    ),
)

OWN_LINKS = (
    ("Notifications", "advisory:notices"),
    ("Change password", "account_change_password"),
    ("Second factors", "mfa_index"),
    ("Sessions", "sessions"),
    ("API tokens", "advisory:tokens"),
)


FOR_STAFF = frozenset({"advisory:tokens", "advisory:notices"})


def sections_for(role_names: frozenset[str], path: str) -> tuple[Link, ...]:
    """The sections these roles work in, the one that holds `path` marked as current."""
    found = [
        (section, url)
        for section in SECTIONS
        if section.roles & role_names and (url := url_of(section.url_name))
    ]
    # The longest matching address wins; otherwise the home page would always be current.
    held = [
        (len(place), url) for section, url in found for place in (url, *section.also) if _holds(place, path)
    ]
    current = max(held, default=(0, None))[1]
    is_full = len(found) > ROW_MAX
    return tuple(
        Link(
            section.label,
            url,
            section.key,
            is_current=url == current,
            is_behind=is_full and section.seldom,
        )
        for section, url in found
    )


def may_open(user: Any, name: str) -> bool:
    """Whether the page or form with this URL name opens for this person's roles; a page of no section opens for all."""
    asked: list[frozenset[str]] = [
        *(frozenset(map(str, door.roles)) for door in registry.doors() if door.browser == name),
        *(section.roles for section in SECTIONS if section.url_name == name),
    ]
    return not asked or any(user.has_role(Role(role)) for roles in asked for role in roles)


def own_links(role_names: frozenset[str]) -> tuple[Link, ...]:
    """The pages of a person's own sign-in that their roles open."""
    staffed = STAFF_ROLES & role_names
    return tuple(
        Link(label, url)
        for label, name in OWN_LINKS
        if (url := url_of(name)) and (staffed or name not in FOR_STAFF)
    )


def url_of(name: str) -> str:
    """The URL, or nothing if that app's URLs are not mounted."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
