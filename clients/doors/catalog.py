"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from clients.doors import (
    accounts,
    bindings,
    books,
    cash_flows,
    clean_files,
    client_restrictions,
    employer_plans,
    files,
    firm_list,
    groupings,
    holds,
    households,
    life_events,
    lots,
    model_portfolios,
    people,
    policies,
    policy_templates,
    prices,
    securities,
    tax_units,
    workbooks,
)
from compliance.doors.door import Door, NoDoor

DOORS: tuple[Door | NoDoor, ...] = (
    *accounts.DOORS,
    *bindings.DOORS,
    *books.DOORS,
    *cash_flows.DOORS,
    *client_restrictions.DOORS,
    *employer_plans.DOORS,
    *files.DOORS,
    clean_files.LOAD_CLEAN,
    *firm_list.DOORS,
    *groupings.DOORS,
    *holds.DOORS,
    *households.DOORS,
    *life_events.DOORS,
    *lots.DOORS,
    *model_portfolios.DOORS,
    *people.DOORS,
    *tax_units.DOORS,
    *workbooks.DOORS,
    *policies.DOORS,
    *policy_templates.DOORS,
    *prices.DOORS,
    *securities.DOORS,
)
