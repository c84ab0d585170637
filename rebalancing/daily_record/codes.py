"""Names of triggers and holds for people, by their stable codes; a code without a name of its own is read as words."""

from __future__ import annotations

NAMES = {
    "out_of_band": "Class outside its band",
    "tracking_error": "Risk apart from the target",
    "cash_due": "Cash due out",
    "losses": "Losses worth harvesting",
    "replaced_securities": "Security taken out of the model",
    "calendar": "Calendar of the policy",
    "life_event": "Life event",
    "policy_pending": "Policy or model pending",
    "year_end_gains": "Gains at the year’s end",
    "wash_window": "Wash-sale window",
    "distribution_coming": "Fund distribution coming",
    "almost_long_term": "Almost long-term",
}


def name_of(code: str) -> str:
    """`hold_legal` is read as “Hold: legal”."""
    if code in NAMES:
        return NAMES[code]
    if code.startswith("hold_"):
        return f"Hold: {code.removeprefix('hold_').replace('_', ' ')}"
    return code.replace("_", " ").capitalize()
