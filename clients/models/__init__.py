"""The tables of the record. Columns, constraints and properties of a row; no verbs."""

from clients.models.accounts import Account, AccountBinding, FormerNumber, Hold
from clients.models.books import Coverage
from clients.models.corporate_actions import ActionAccount, ActionAgreement, ActionLot, CorporateAction
from clients.models.corrections import LotCorrection
from clients.models.distributions import DistributionFigure, DistributionTerms
from clients.models.employer_plans import EmployerPlan, PlanAccount, PlanFund
from clients.models.events import CashFlow, CashFlowRule, LifeEvent
from clients.models.files import CustodianFile, FileAccount, FileChange
from clients.models.holdings import CashBalance, LotListing, LotPiece, Position, TaxLot, Transaction
from clients.models.households import BookEntry, Household, Person
from clients.models.market_facts import (
    FundDistribution,
    FundTradingPolicy,
    Quote,
    TradingHalt,
    VolatilityLevel,
)
from clients.models.number_changes import NumberChange
from clients.models.policies import Policy, PolicyRestriction, PolicyTarget
from clients.models.policy_documents import PolicySection, PolicySignature, PolicyTemplate
from clients.models.portfolios import (
    ModelClass,
    ModelPortfolio,
    ModelVersion,
    Sleeve,
    SleeveMember,
    TakenPart,
)
from clients.models.restatements import Restatement
from clients.models.restrictions import ClientRestriction
from clients.models.securities import (
    AssetClass,
    ClassWeight,
    FormerSymbol,
    Price,
    Replacement,
    Security,
    SecurityDecision,
    WashGroup,
)
from clients.models.tax_facts import BasisElection, EstimatedTax, LotOrigin, OutsideAccount, StatedGains
from clients.models.tax_units import RealizedGain, TaxProfile, TaxUnit
from clients.models.trading_facts import ArrangedTrade, Insider, InsiderWindow, ProductApproval
from clients.models.transfers import Transfer, TransferMovement
from clients.models.workbooks import Workbook, WorkbookHousehold

__all__ = (
    "Account",
    "AccountBinding",
    "ActionAccount",
    "ActionAgreement",
    "ActionLot",
    "ArrangedTrade",
    "AssetClass",
    "BasisElection",
    "BookEntry",
    "CashBalance",
    "CashFlow",
    "CashFlowRule",
    "ClassWeight",
    "ClientRestriction",
    "CorporateAction",
    "Coverage",
    "CustodianFile",
    "DistributionFigure",
    "DistributionTerms",
    "EmployerPlan",
    "EstimatedTax",
    "FileAccount",
    "FileChange",
    "FormerNumber",
    "FormerSymbol",
    "FundDistribution",
    "FundTradingPolicy",
    "Hold",
    "Household",
    "Insider",
    "InsiderWindow",
    "LifeEvent",
    "LotCorrection",
    "LotListing",
    "LotOrigin",
    "LotPiece",
    "ModelClass",
    "ModelPortfolio",
    "ModelVersion",
    "NumberChange",
    "OutsideAccount",
    "Person",
    "PlanAccount",
    "PlanFund",
    "Policy",
    "PolicyRestriction",
    "PolicySection",
    "PolicySignature",
    "PolicyTarget",
    "PolicyTemplate",
    "Position",
    "Price",
    "ProductApproval",
    "Quote",
    "RealizedGain",
    "Replacement",
    "Restatement",
    "Security",
    "SecurityDecision",
    "Sleeve",
    "SleeveMember",
    "StatedGains",
    "TakenPart",
    "TaxLot",
    "TaxProfile",
    "TaxUnit",
    "TradingHalt",
    "Transaction",
    "Transfer",
    "TransferMovement",
    "VolatilityLevel",
    "WashGroup",
    "Workbook",
    "WorkbookHousehold",
)
