"""Names of triggers and holds for people, by their stable codes; a code without a name of its own is read as words."""

from __future__ import annotations

NAMES = {
    "out_of_hard_range": "Class outside its hard limits",
    "out_of_band": "Class outside its band",
    "sleeve_out_of_band": "Part of a class outside its band",
    "tracking_error": "Risk apart from the target",
    "cash_due": "Cash due out",
    "cash_arrived": "Cash came in",
    "cash_income": "Dividends and interest",
    "cash_idle": "Cash lies idle",
    "required_distribution": "Required distribution",
    "losses": "Losses worth harvesting",
    "replaced_securities": "Security taken out of the model",
    "sharp_fall": "Sharp fall of the market",
    "record_changed": "Change of the record",
    "calendar": "Calendar of the policy",
    "life_event": "Life event",
    "policy_pending": "Policy or model pending",
    "year_end_gains": "Gains at the year’s end",
    "wash_window": "Wash-sale window",
    "distribution_coming": "Fund distribution coming",
    "almost_long_term": "Almost long-term",
    "tax_exceeds_benefit": "Tax above benefit",
    "withdrawal_soon": "Withdrawal soon",
    "disorderly_market": "Disorderly market",
    "cost_above_benefit": "Cost above benefit",
    "data_not_fit": "Data not fit to trade",
}


def name_of(code: str) -> str:
    """`hold_legal` is read as “Hold: legal”."""
    if code in NAMES:
        return NAMES[code]
    if code.startswith("hold_"):
        return f"Hold: {code.removeprefix('hold_').replace('_', ' ')}"
    return code.replace("_", " ").capitalize()
