"""Tests of pages that verify: the verifier in JavaScript, reports, the viewer, and what they are made of."""
