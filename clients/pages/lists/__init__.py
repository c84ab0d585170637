"""Firm-wide lists of the record's facts: accounts, money due, holds, life events. Each is one `RecordList`."""
