"""The reviewers' side over HTTP: reports that are computed again before they are kept, and opinions on them."""
