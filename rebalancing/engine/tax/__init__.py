"""The tax law: rates, tables, holding periods, wash sales, lot selection, basis. Knows no household."""
