"""The sheets of facts beside the household's own, each group with the module that makes its rows."""

from __future__ import annotations

from clients.workbooks import distribution_plans, tax_fact_plans
from clients.workbooks.distribution_layout import DISTRIBUTION_FIGURES, DISTRIBUTION_TERMS
from clients.workbooks.tax_fact_layout import TAX_FACT_SHEETS

FACTS = (((DISTRIBUTION_TERMS, DISTRIBUTION_FIGURES), distribution_plans), (TAX_FACT_SHEETS, tax_fact_plans))
