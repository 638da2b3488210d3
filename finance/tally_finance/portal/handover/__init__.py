"""Handover (数据移交): grants that an owner signs, sealed bundles, and what a reader makes of one."""
