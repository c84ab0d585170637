"""The reasons to wait: measured rules that hold back or question a trade that something calls for, and what ends each."""
