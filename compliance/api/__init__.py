"""This floor's doors for programs, and the manners that every door of the API shares."""
