"""The doors to the firm's settings: the page, a form for each group, taking a scheduled change back, and the API."""
