"""The tables of the pipeline. Columns and constraints; the verbs are in the modules beside this folder."""

from rebalancing.models.approval_batches import ApprovalBatch, ApprovalBatchRow
from rebalancing.models.blocks import Block, BlockReplacement, Release, ReleaseRow, TradingStop
from rebalancing.models.breaks import Break, ErrorAccountEntry, Reconciled, TradeError
from rebalancing.models.fills import Allocation, AllocationPart, ExecutedLot, Fill
from rebalancing.models.fix import FixHeartbeat, FixInbox, FixOutbox, FixSession
from rebalancing.models.frontiers import Comparison, Frontier, FrontierPlan, FrontierPoint
from rebalancing.models.model_changes import ImpactItem, ImpactRun
from rebalancing.models.monitors import Acknowledgement, Alarm
from rebalancing.models.order_layouts import OrderLayout
from rebalancing.models.orders import BatchFile, Order, OrderBatch, OrderLot
from rebalancing.models.overrides import HoldOverride
from rebalancing.models.proposals import Proposal, ProposedLot, ProposedOrder, Revision, SkippedTrade
from rebalancing.models.replays import ReplayRun
from rebalancing.models.scans import Reading, ScanItem, ScanRun
from rebalancing.models.summaries import ClientSummary, Letter, SummaryDue

__all__ = (
    "Acknowledgement",
    "Alarm",
    "Allocation",
    "AllocationPart",
    "ApprovalBatch",
    "ApprovalBatchRow",
    "BatchFile",
    "Block",
    "BlockReplacement",
    "Break",
    "ClientSummary",
    "Comparison",
    "ErrorAccountEntry",
    "ExecutedLot",
    "Fill",
    "FixHeartbeat",
    "FixInbox",
    "FixOutbox",
    "FixSession",
    "Frontier",
    "FrontierPlan",
    "FrontierPoint",
    "HoldOverride",
    "ImpactItem",
    "ImpactRun",
    "Letter",
    "Order",
    "OrderBatch",
    "OrderLayout",
    "OrderLot",
    "Proposal",
    "ProposedLot",
    "ProposedOrder",
    "Reading",
    "Reconciled",
    "Release",
    "ReleaseRow",
    "ReplayRun",
    "Revision",
    "ScanItem",
    "ScanRun",
    "SkippedTrade",
    "SummaryDue",
    "TradeError",
    "TradingStop",
)
