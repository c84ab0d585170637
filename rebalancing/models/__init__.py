"""The tables of the pipeline. Shape and constraints; the verbs live beside this folder, by noun."""

from rebalancing.models.frontiers import FrontierPoint
from rebalancing.models.orders import BatchFile, Order, OrderBatch, OrderLot
from rebalancing.models.proposals import Proposal, ProposedLot, ProposedOrder, Revision, SkippedTrade
from rebalancing.models.scans import Reading, ScanItem, ScanRun
from rebalancing.models.summaries import ClientSummary, Letter

__all__ = (
    "BatchFile",
    "ClientSummary",
    "FrontierPoint",
    "Letter",
    "Order",
    "OrderBatch",
    "OrderLot",
    "Proposal",
    "ProposedLot",
    "ProposedOrder",
    "Reading",
    "Revision",
    "ScanItem",
    "ScanRun",
    "SkippedTrade",
)
