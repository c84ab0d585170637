"""The arithmetic: frozen values and pure functions.

No Django, no clock, no environment. The only files read are the dated tables that ship inside this
package (`tables/`). Reading order: `money`, `holding_periods`, `lots`, `wash_sales`, `taxes`.
"""
