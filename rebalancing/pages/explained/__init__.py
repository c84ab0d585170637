"""An approval explained: one value that the page, the printed pack and its JSON are all made from."""
