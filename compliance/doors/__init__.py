"""Doors: one declaration makes a page in the browser, an endpoint of the API, and a line of docs/doors.md.

`door` says what a door is, `registry` knows them all, `changes` is for what needs a second person, `pages` and
`endpoints` open them in the browser and for programs, `addresses` gives them their URLs.
"""
