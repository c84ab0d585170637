"""The arithmetic: frozen values and pure functions.

No Django, no clock, no environment. The only files read are the dated tables that ship inside this
package (`tables/`). Reading order: `money`, `tax.holding_periods`,
`tax.lot_selection`, `tax.wash_sales`, `tax.federal_tax`, then `documents.household`.
"""
