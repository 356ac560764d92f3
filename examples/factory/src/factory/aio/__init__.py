"""The client, async."""

from .client import AsyncFactory
from .correlation import correlated, current_id
from .errors import FactoryError, NotFound, ServerBusy, ServerFailed, TooSlow, Unreachable
from .models import Product, Report
from .policy import RetryPolicy
from .services import AsyncProducts, AsyncReports

__all__ = [
    "AsyncFactory",
    "AsyncProducts",
    "AsyncReports",
    "FactoryError",
    "NotFound",
    "Product",
    "Report",
    "RetryPolicy",
    "ServerBusy",
    "ServerFailed",
    "TooSlow",
    "Unreachable",
    "correlated",
    "current_id",
]
