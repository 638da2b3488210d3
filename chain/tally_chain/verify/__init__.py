"""Verification of a bundle, step by step, without IO. Verdict-critical."""
