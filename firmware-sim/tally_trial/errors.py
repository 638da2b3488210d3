"""Errors of this part.

TallyError
└── TrialError                what a trial can not go on with
    └── TrialUsageError       a profile, fault, attack or folder that is none
"""

from __future__ import annotations

from tally_edge.errors import TallyError


class TrialError(TallyError):
    """What a trial can not go on with."""


class TrialUsageError(TrialError):
    """A profile, fault, attack or folder that is none: nothing was done."""
