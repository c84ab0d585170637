"""The whole firm read as arrays, its weights in one kernel, and the households that are settled without a full reading."""
