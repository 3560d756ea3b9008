"""Whose fault it is, and the exit code that says so."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What every command and locustfile of the harness ends with."""

    OK = 0
    BROKEN = 1  # the SUT broke the contract, or an SLO; or the baseline of known failures no longer holds
    USAGE = 2  # the user's input
    UNUSABLE = 3  # the SUT or the environment could not be reached or used
    NO_VERDICT = 4  # something stated was unexercised or inconclusive; the run is invalid
    HARNESS = 5  # a fault of ours
    INTERRUPTED = 130  # by Ctrl-C, and the gate also by SIGTERM


class HarnessError(Exception):
    """An error with a message for the user; by itself, a fault of the harness."""

    exit_code = ExitCode.HARNESS


class UsageError(HarnessError):
    """What the user gave can't be used: a flag, a scenario, a profile, an audio file."""

    exit_code = ExitCode.USAGE


class UnusableError(HarnessError):
    """The SUT, or the environment around it, can't be reached or used, so that nothing can be judged."""

    exit_code = ExitCode.UNUSABLE
