"""The errors of this package.

SimError                        everything that the simulator raises on purpose
├── LoadError                   a file of measured values is not what it should be; the text names file and row
└── MeterError                  a simulated meter was set up in a way that no meter can be
"""

from __future__ import annotations


class SimError(Exception):
    """Base of every error that the simulator raises on purpose."""


class LoadError(SimError):
    """A file of measured values is not what it should be."""


class MeterError(SimError):
    """A simulated meter was set up in a way that no meter can be."""
