"""The doors of the record: how its facts are made, changed and retired, a file for each noun."""
