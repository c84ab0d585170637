"""The tax ledger: what each return has realized, lot piece by lot piece, and which wash windows are open."""
