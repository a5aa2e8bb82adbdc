"""What a sink erases."""

from __future__ import annotations

from tests.testing.portal_sink import PortalSink, PortalSinkSuite
from upscale_connect import Delivery, WriteResult

from .register import wrong


@wrong("K31", PortalSinkSuite)
class ForgetsTheReceiptOnly(PortalSink):
    def erase_one(self, delivery: Delivery) -> WriteResult:
        shown = self.call("GET", self.path(delivery)).json()
        result = super().erase_one(delivery)
        if result.outcome == "written":
            self.call("PUT", self.path(delivery), {"messages": shown["messages"], "receipt": ""})
        return result


@wrong("K32", PortalSinkSuite)
class ErasesWhoeverIsThere(PortalSink):
    def erase_one(self, delivery: Delivery) -> WriteResult:
        result = super().erase_one(delivery)
        if result.outcome == "conflict":
            self.call("PUT", self.path(delivery), {"messages": {}, "receipt": ""})
        return result


@wrong("K33", PortalSinkSuite)
class CallsNothingErased(PortalSink):
    def erase_one(self, delivery: Delivery) -> WriteResult:
        result = super().erase_one(delivery)
        return delivery.written() if result.outcome == "unchanged" else result


@wrong("K34", PortalSinkSuite)
class CallsARefusalErased(PortalSink):
    def erase_one(self, delivery: Delivery) -> WriteResult:
        result = super().erase_one(delivery)
        return delivery.written() if "400" in result.why else result
