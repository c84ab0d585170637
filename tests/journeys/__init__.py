"""The product as stories, from the first file to the client's letter. Newcomers read these first."""
