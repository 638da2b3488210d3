"""What `tallystick finance export html` and `pdf` do."""

from __future__ import annotations

import argparse
