"""The firm's settings: what each one is (`setting`), which there are (`catalog`), and which value is in force on a day
(`firm_settings`).

Every setting is declared once, in the module of its subject: `firm_facts`, `desk_figures`, `price_figures`,
`policy_defaults`, and `rule_figures` for the thresholds of the rule book.
"""
