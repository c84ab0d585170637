"""Monitors of the common mistakes: pure rules over columns, their facts from the record, and the alarms they raise."""
