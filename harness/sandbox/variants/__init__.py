"""Services that keep the contract, but make other choices where the document leaves one; a module for each theme."""

from harness.sandbox.registry import VARIANTS
from harness.sandbox.variants import (
    analytics,
    company,
    instants,
    lives,
    operations,
    pace,
    payloads,
    replies,
    shells,
    streams,
    urls,
)

__all__ = [
    "VARIANTS",
    "analytics",
    "company",
    "instants",
    "lives",
    "operations",
    "pace",
    "payloads",
    "replies",
    "shells",
    "streams",
    "urls",
]
