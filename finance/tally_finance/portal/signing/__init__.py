"""Flows that bind: what a party begins, signs with its own key, and has sent; and how a person signs in the page."""
