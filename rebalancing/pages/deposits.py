"""What deposit would cure a household's drift, and what an amount that somebody asks about would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clients import figures
from compliance.refusals import BadInput
from rebalancing.household_forms import WhatIf
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import deposits
from rebalancing.proposals.deposits import Cure, Effect


@dataclass(frozen=True, slots=True)
class Deposits:
    """The part of the household's page. `refusal` says why what was asked cannot be computed."""

    cures: tuple[str, ...]
    form: WhatIf
    effect: Effect | None
    told: tuple[str, ...]
    refusal: str


def of(portfolio: Portfolio, asked: Mapping[str, str]) -> Deposits:
    """What would cure the drift, with the answer to a question where one is asked."""
    accounts = [(one.id, one.name or one.id) for one in portfolio.household.accounts if one.tradable]
    is_asked = "amount" in asked
    form = WhatIf(accounts, asked) if is_asked else WhatIf(accounts)
    found, refusal = None, ""
    if is_asked and form.is_valid():
        try:
            found = deposits.effect(
                portfolio, account=form.cleaned_data["account"], amount=form.signed_amount()
            )
        except BadInput as refused:
            refusal = str(refused)
    return Deposits(
        cures=tuple(sentence for cure in deposits.cures(portfolio) for sentence in cure_sentences(cure)),
        form=form,
        effect=found,
        told=tuple(_told(found)) if found else (),
        refusal=refusal,
    )


def cure_sentences(cure: Cure) -> Iterator[str]:
    """The answer in words: bands first, then targets, then where the money could go."""
    where = f"{cure.name}: " if cure.name else ""
    if cure.into_bands == 0:
        yield f"{where}every class is inside its band, so no deposit is needed for that."
    elif cure.into_bands is None:
        named = f", while {', '.join(cure.in_the_way)} is held" if cure.in_the_way else ""
        yield f"{where}no deposit brings every class inside its band without a sale{named}."
    else:
        yield f"{where}a deposit of {figures.money(cure.into_bands)} would bring every class inside its band, with nothing sold."
    if cure.to_targets is not None and cure.to_targets:
        yield f"{where}{figures.money(cure.to_targets)} would bring every class to its target."
    if cure.spare:
        yield f"{where}{figures.money(cure.spare)} of cash that is there already is spent first."
    able = [one.name for one in cure.into if not one.cannot_buy]
    if able:
        yield f"{where}it could be invested in {figures_of(able)}."
    for one in cure.into:
        if one.cannot_buy:
            yield f"{where}not all of it in {one.name}, where {figures_of(one.cannot_buy)} cannot be bought."


def figures_of(names: tuple[str, ...] | list[str]) -> str:
    """`A, B or C`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _told(effect: Effect) -> Iterator[str]:
    name = effect.account.name or effect.account.id
    if effect.amount > 0:
        yield f"{figures.money(effect.amount)} into {name} buys what is furthest below target; nothing is sold."
    else:
        yield f"{figures.money(-effect.amount)} out of {name}: {figures.money(effect.from_cash)} of it is there in cash; nothing is bought."
    if effect.left_in_cash:
        yield f"{figures_of(effect.left_in_cash)} cannot be bought in {name}; that part stays in cash."
    outside = effect.outside
    yield (
        f"{figures_of(outside)} would stand outside {'its band' if len(outside) == 1 else 'their bands'}."
        if outside
        else "Every class would stand inside its band."
    )
