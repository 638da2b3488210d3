"""Tests of the whole: real processes, a real broker, real files, and what is left when they are killed or starved."""
