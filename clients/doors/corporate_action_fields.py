"""Which fields belong to which kind of corporate action, and what each asks for there."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from clients.registers.corporate_action_terms import (
    CAPTIONS,
    FOR_CASH,
    MAY_BE_TAXABLE,
    MERGERS,
    NEEDS,
    TAKES,
    WHOLE_RATIO,
    Kind,
)

ABOUT: Mapping[Kind, str] = {
    Kind.SPLIT: "Holders get more shares of the same security. The basis and its days stay.",
    Kind.REVERSE_SPLIT: "Holders get fewer shares of the same security. The basis and its days stay.",
    Kind.STOCK_DIVIDEND: "Holders get further shares of the same security. The basis is spread over all of them.",
    Kind.CASH_MERGER: "All shares are taken for cash; the whole gain is recognized on that day.",
    Kind.STOCK_MERGER: "All shares become shares of another security, with their basis and days.",
    Kind.MIXED_MERGER: "All shares become shares of another security and cash; a gain is recognized up to the cash.",
    Kind.SPIN_OFF: "Holders keep their shares and get shares of another security, with a part of the basis.",
    Kind.SYMBOL_CHANGE: "Only the name changes; nothing becomes of any lot.",
    Kind.CUSIP_CHANGE: "Only the number changes; nothing becomes of any lot.",
    Kind.RETURN_OF_CAPITAL: "Cash that lowers the basis; what is above the basis is a gain.",
    Kind.CASH_IN_LIEU: "Fractions of a share are paid out; what they cost is taken off the basis.",
    Kind.TENDER: "Each holder may accept or not: the custodian’s file shows who did, and nothing is applied to lots before.",
    Kind.DELISTING: "The security trades no more at its exchange; nothing becomes of any lot.",
    Kind.LIQUIDATION: "All shares are redeemed for cash; the whole gain is recognized on that day.",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in CAPTIONS},
    "ratio": ("shares_new", "shares_old"),
    "new_security": ("receives",),
    "is_taxable": ("is_taxable",),
}
"""The fields of the form by what the terms call them."""
_ASKED: tuple[tuple[frozenset[Kind], str, str, str], ...] = (
    (frozenset({Kind.SPLIT}), "shares_new", "Shares after", "4, where 1 share becomes 4."),
    (frozenset({Kind.SPLIT}), "shares_old", "For so many before", "1, where 1 share becomes 4."),
    (frozenset({Kind.REVERSE_SPLIT}), "shares_new", "Shares after", "1, where 10 shares become 1."),
    (frozenset({Kind.REVERSE_SPLIT}), "shares_old", "For so many before", "10, where 10 shares become 1."),
    (frozenset({Kind.STOCK_DIVIDEND}), "shares_new", "Shares after", "105, where a dividend of 5% is paid on 100 shares."),
    (frozenset({Kind.STOCK_DIVIDEND}), "shares_old", "For so many before", "100, where 100 shares become 105."),
    (MERGERS, "shares_new", "New shares", "Of the security that is received: 3, where 10 shares become 3 of it."),
    (MERGERS, "shares_old", "For so many old shares", "10, where 10 shares become 3 of the new security."),
    (frozenset({Kind.SPIN_OFF}), "shares_new", "New shares", "Of the security that is received: 1, where holders get 1 for each 4 they keep."),
    (frozenset({Kind.SPIN_OFF}), "shares_old", "For so many shares held", "4, where holders get 1 for each 4 they keep."),
    (MERGERS | {Kind.SPIN_OFF}, "receives", "New security", "The symbol of what is received. Add the security first where it is not on record."),
    (FOR_CASH, "cash", "Cash for each share", "Dollars a share, before anything is withheld."),
    (frozenset({Kind.MIXED_MERGER}), "cash", "Cash for each share", "Dollars for each old share, beside the new shares."),
    (frozenset({Kind.TENDER}), "cash", "Cash for each share accepted", "Dollars a share that the offer pays."),
    (frozenset({Kind.RETURN_OF_CAPITAL}), "cash", "Returned for each share", "Dollars a share. Form 8937 or 1099-DIV, box 3, has it."),
    (frozenset({Kind.CASH_IN_LIEU}), "lieu_price", "Price paid for a whole share", "A fraction is paid at its part of it."),
    (WHOLE_RATIO, "lieu_price", "Price paid in place of fractions", "For a whole share after it. Leave it empty where fractions are kept."),
    (MERGERS | {Kind.SPIN_OFF}, "lieu_price", "Price paid in place of fractions", "For a whole new share. Leave it empty where fractions are kept."),
    (frozenset({Kind.MIXED_MERGER}), "value", "Value of a new share that day", "It says how much gain is recognized. Needed before anybody agrees; it may follow."),
    (MAY_BE_TAXABLE - {Kind.MIXED_MERGER}, "value", "Value of a new share that day", "Only where it is taxable: the basis that the new shares begin with."),
    (frozenset({Kind.SYMBOL_CHANGE}), "new_symbol", "New symbol", "It is put on the security’s own page, or comes with the file that has it; until then nothing in it is traded."),
    (frozenset({Kind.CUSIP_CHANGE}), "new_cusip", "New CUSIP", "Nine characters, as the custodian’s files will have them."),
)  # fmt: skip


def leave(form: forms.Form, kind: Kind) -> None:
    """Leave on a form what belongs to a kind, in its words. What was typed for another kind stays and is refused."""
    belongs = TAKES[kind] | ({"is_taxable"} if kind in MAY_BE_TAXABLE else set())
    for name, fields in FIELDS.items():
        for field in fields:
            if name not in belongs and form[field].data in (None, "", False):
                del form.fields[field]
            elif name in NEEDS[kind]:
                form.fields[field].required = True
                form.fields[field].error_messages["required"] = f"This kind of action needs {CAPTIONS[name]}."
    for kinds, field, label, told in _ASKED:
        if kind in kinds and field in form.fields:
            form.fields[field].label, form.fields[field].help_text = label, told
