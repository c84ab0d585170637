"""The doors of this floor: fetch what this person may see, call one verb, answer."""
