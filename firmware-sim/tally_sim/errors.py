"""The errors of this package.

SimError                        everything that the simulator raises on purpose
├── LoadError                   a file of measured values is not what it should be; the text names file and row
│   └── LoadChoiceError         a column or a time zone was named that there is not
├── MeterError                  a simulated meter was set up in a way that no meter can be
├── ProfileError                a plant's profile is not what it should be; the text names file and key
├── InjectionError              a fault or an attack was asked for that this plant can not have
└── DeviceError                 a simulated device was asked for what no device signs
"""

from __future__ import annotations


class SimError(Exception):
    """Base of every error that the simulator raises on purpose."""


class LoadError(SimError):
    """A file of measured values is not what it should be."""


class LoadChoiceError(LoadError):
    """A column or a time zone was named that there is not."""


class MeterError(SimError):
    """A simulated meter was set up in a way that no meter can be."""


class ProfileError(SimError):
    """A plant's profile is not what it should be."""


class InjectionError(SimError):
    """A fault or an attack was asked for that this plant can not have."""


class DeviceError(SimError):
    """A simulated device was asked for what no device signs."""
