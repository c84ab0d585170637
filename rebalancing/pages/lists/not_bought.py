"""Why a household cannot buy what it should: plans of employers without a menu, and funds that nobody has marked. Each as the
code of its reason, a sentence, and where it is cured. It is measured all the same, and what is sold stays in cash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clients.households.employer_plans import Menu
from clients.models import Security
from compliance.rules import complex_product
from rebalancing.pages.lists.cures import Cure, Cures

Told = tuple[str, str, Cure]


def of_menus(household: Any, cures: Cures, menus: Mapping[int, Menu]) -> Iterator[Told]:
    """Accounts of employers' plans in which nothing may be bought."""
    for account in household.open_accounts:
        menu = menus.get(account.pk)
        if menu is None or menu.securities:
            continue
        sentence = f"{account} is of an employer's plan that is not on record, so nothing is bought there."
        name, link, key = "clients:account_plan", "Say which plan", account.public_id
        if menu.plan is not None:
            sentence = f"The menu of {menu.plan} is empty, so nothing is bought in {account}."
            name, link, key = "clients:plan_fund_add", "Put its funds on the menu", menu.plan.public_id
        yield "no_menu", sentence, cures.at(name, link, household=household, public_id=key)


def of_products(household: Any, cures: Cures, offered: Collection[Security]) -> Iterator[Told]:
    """What its model buys and has a name like a complex product, where nobody has said whether it is one."""
    for security in sorted(offered, key=lambda one: one.symbol):
        if complex_product.is_complex(security.product, name=security.name) is None:
            sentence = (
                f"{security} sounds like a complex product and nobody has marked it, so it is not bought."
            )
            cure = cures.at("clients:security_edit", "Mark it", household=household, security=security.pk)
            yield "unmarked_product", sentence, cure
