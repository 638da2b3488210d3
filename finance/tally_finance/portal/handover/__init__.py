"""Handover (证据交接): grants that an owner signs, sealed bundles, and what a reader makes of one."""
