"""The client, async."""

from .client import AsyncFactory
from .errors import FactoryError, NotFound, ServerBusy
from .models import Product, Report
from .services import AsyncProducts, AsyncReports

__all__ = [
    "AsyncFactory",
    "AsyncProducts",
    "AsyncReports",
    "FactoryError",
    "NotFound",
    "Product",
    "Report",
    "ServerBusy",
]
