"""Days, settlement, order sizes and what a cash account may not do."""
