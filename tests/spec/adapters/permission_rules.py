"""The compliance rules about who may trade, on whose word, and what is decided again."""

from __future__ import annotations

from datetime import timedelta

from compliance.rules import (
    account_hold,
    agreement,
    allocation_statement,
    client_restriction,
    discretion,
    firm_list,
    four_eyes,
    locked_lot,
    model_version,
    policy_review,
    profile_age,
    stale_proposal,
)
from compliance.rules.facts.case import ListedIssuer, Listing, Side
from compliance.rules.findings.severity import Severity, highest
from rebalancing.engine.market import calendars
from tests.spec.adapters.reading import first, number, only
from tests.spec.adapters.rule_answers import HOLDS, LONG_AGO, Json, answer, day, moment


def ptc_01(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    starts = day(first(inputs, "discretion_from", "authority_from", "granted"))
    ends = day(first(inputs, "discretion_until", "authority_until", "discretion_ended", "revoked"))
    in_force = inputs["authority"] == "discretionary"
    if on is not None:
        in_force = in_force and (starts is None or starts <= on) and (ends is None or on < ends)
    consent = inputs.get("consent") or {}
    same_version = consent.get("proposal_version") == inputs.get("proposal_version")
    same_hash = consent.get("proposal_hash") == inputs.get("proposal_hash")
    consented = same_version if "proposal_version" in consent else "proposal_hash" in consent
    return answer(discretion.authority_severity(discretion=in_force, consented=consented and same_hash))


def ptc_02(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date", "trade_on"))
    assert on is not None
    signed = first(inputs, "signed", "agreement_signed", "signed_on", otherwise=LONG_AGO)
    effective = first(inputs, "effective", "effective_date", "agreement_effective", otherwise=LONG_AGO)
    ended = day(first(inputs, "terminated", "terminated_on", "agreement_terminated", "termination_date"))
    closed = day(first(inputs, "closed", "account_closed", "closed_on"))
    if inputs.get("account_status") == "closed":
        closed = closed or on
    return answer(
        agreement.agreement_severity(
            signed_on=day(signed), effective_on=day(effective), ended_on=ended, closed_on=closed, on=on
        )
    )


def ptc_03(inputs: Json) -> Json:
    holds = first(inputs, "holds", "hold", "flags", "hold_flags")
    if isinstance(holds, str):
        holds = [holds]
    if isinstance(holds, dict):
        holds = [name for name, is_set in holds.items() if is_set]
    if holds is None and (flags := [name for name in HOLDS if name in inputs]):
        holds = [name for name in flags if inputs[name] is True]
    return answer(account_hold.hold_severity(holds))


def ptc_04(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    assert on is not None
    reviewed = day(inputs.get("last_review"))
    approved = first(inputs, "approved", "ips_approved", "ips_exists", "ips_present", otherwise=True)
    return answer(
        policy_review.review_severity(
            approved=bool(approved),
            last_review_on=reviewed,
            on=on,
            warn_months=int(first(inputs, "warn_months", otherwise=policy_review.WARN_MONTHS.default)),
            override_months=int(
                first(inputs, "override_months", otherwise=policy_review.OVERRIDE_MONTHS.default)
            ),
        )
    )


def ptc_05(inputs: Json) -> Json:
    on = day(first(inputs, "as_of", "trade_date"))
    assert on is not None
    profile = first(inputs, "profile_date", "profile_confirmed", "profile_confirmed_on", "last_profile")
    taxes = first(inputs, "tax_profile_date", "tax_profile", "tax_profile_confirmed", "tax_profile_on")
    if taxes is None and "tax_profile_year" in inputs:
        taxes = f"{inputs['tax_profile_year']}-12-31"
    return answer(
        highest(
            profile_age.age_severity(confirmed_on=day(given), on=on, months=months)
            for given, months in (
                (profile, profile_age.PROFILE_MONTHS.default),
                (taxes, profile_age.TAX_PROFILE_MONTHS.default),
            )
            if given is not None
        )
    )


def ptc_07(inputs: Json) -> Json:
    on = day(first(inputs, "trade_date", "as_of"))
    assert on is not None
    only(inputs, "side", "buy", "sell")  # Either side is barred alike.
    watched = inputs.get("list") in ("watch", "watch_list") or inputs.get("watch") is True
    lines = []
    for name, listing in (("restricted", Listing.RESTRICTED), ("watch", Listing.WATCH)):
        if inputs.get(f"{name}_from"):
            lines.append(
                ListedIssuer(
                    listing=Listing.WATCH if watched else listing,
                    from_on=day(inputs[f"{name}_from"]) or on,
                    until_on=day(inputs.get(f"{name}_to")),
                    security=inputs["security"],
                )
            )
    for name, listing in (("restricted_list", Listing.RESTRICTED), ("watch_list", Listing.WATCH)):
        if inputs["security"] in (inputs.get(name) or ()):
            lines.append(ListedIssuer(listing=listing, from_on=on, security=inputs["security"]))
    if watched and not lines:
        lines.append(ListedIssuer(listing=Listing.WATCH, from_on=on, security=inputs["security"]))
    return answer(firm_list.listing_severity(line.listing for line in lines if line.in_force(on)))


def ptc_08(inputs: Json) -> Json:
    side = Side(inputs["side"])
    facts = {str(first(inputs, name, otherwise="")) for name in ("security", "issuer", "sector", "symbol")}
    facts |= set(first(inputs, "screens", "tags", otherwise=()))
    excluded = {str(one) for one in first(inputs, "excluded", "exclusions", "restrictions", otherwise=())}
    kept = {str(one) for one in first(inputs, "do_not_sell", "keep", otherwise=())}
    sides = [Side.BUY] * bool(facts & excluded) + [Side.SELL] * bool(facts & kept)
    return answer(client_restriction.restriction_severity(side=side, restricted_sides=sides))


def ptc_09(inputs: Json) -> Json:
    locks = first(inputs, "locks", "lock", "lot_lock", "lot_locks", otherwise=())
    lots = first(inputs, "lots", "lots_used", otherwise=())
    found = [locks] if isinstance(locks, str) else list(locks or ())
    for lot in lots:
        if isinstance(lot, dict):
            one = first(lot, "locks", "lock", "locked")
            found += [str(one)] if one and not isinstance(one, list) else list(one or ())
    return answer(locked_lot.lock_severity(found))


def ptc_12(inputs: Json) -> Json:
    assigned = first(inputs, "assigned_model", "model_assigned", "account_model", "approved_model")
    used = first(inputs, "proposal_model", "model_used", "built_on")
    return answer(model_version.model_severity(assigned=assigned, used=used))


def ptc_46(inputs: Json) -> Json:
    released = moment(inputs["block_order_released"])
    assert released is not None
    return answer(
        allocation_statement.statement_severity(
            released_at=released, statement_at=moment(inputs.get("allocation_statement"))
        )
    )


def ptc_47(inputs: Json) -> Json:
    preparers = first(inputs, "preparers", "preparer")
    roles = set(inputs.get("approver_roles") or ())
    # The examples call the role that may approve "approver"; ours is the reviewer.
    ours = {"reviewer" if role == "approver" else role for role in roles}
    required = set(first(inputs, "required_roles", "needed_roles", otherwise=()))
    if inputs.get("required_role"):
        required = {inputs["required_role"]}
    needed = {"reviewer" if role == "approver" else role for role in required}
    return answer(
        four_eyes.four_eyes_severity(
            preparers={preparers} if isinstance(preparers, str) else set(preparers or ()),
            approver=inputs.get("approver"),
            approver_roles=ours,
            needed_roles=needed or four_eyes.APPROVING_ROLES,
        )
    )


def ptc_48(inputs: Json) -> Json:
    built = day(first(inputs, "built", "built_on", "built_at", "build_date"))
    on = day(
        first(inputs, "released", "released_on", "released_at", "release_date", "now", "as_of", "trade_date")
    )
    severities = []
    if built is not None and on is not None:
        calendar = calendars.new_york()
        span = (built + timedelta(days=n) for n in range((on - built).days + 1))
        age = stale_proposal.trading_days_between(
            built_on=built, on=on, trading_days=[one for one in span if calendar.is_session(one)]
        )
        severities.append(stale_proposal.age_severity(trading_days_old=age))
    for names, scale in (
        (("price_move", "max_price_move"), 1),
        (("price_move_pct", "max_price_move_pct"), 100),
    ):
        moved = first(inputs, *names)
        if moved is not None:
            severities.append(stale_proposal.move_severity(price_move=number(moved) / scale))
    if first(inputs, "positions_reconciled", "reconciled", otherwise=True) is not True:
        severities.append(Severity.BLOCK)
    return answer(highest(severities))
