"""Custodian files: what they hold (`rows`), how to recognize one (`registry`), how to write ours (`writing`).

Pure: values in, values out. No framework, no database, no clock.
"""
