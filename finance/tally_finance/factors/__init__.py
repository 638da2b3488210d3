"""Emission factors (排放因子) as data: what there is, where each one comes from, and by which rule one is chosen."""
