"""Opening an untrusted file: pure readers that know sheets and cells, and nothing of the layout or the record."""
