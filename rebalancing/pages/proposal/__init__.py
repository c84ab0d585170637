"""The proposal page, section by section; the API serializes the same sections."""
