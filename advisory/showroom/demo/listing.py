"""The securities of the fictional market. Every ticker begins with ZZ, and no such company or fund exists."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D

from clients.custodians.kinds import SecurityKind, SecurityStatus
from clients.custodians.rows import SecurityRow

CLASSES = (
    ("us_stock", "US stocks"),
    ("us_small", "US small companies"),
    ("intl_stock", "International stocks"),
    ("emerging", "Emerging markets"),
    ("reit", "Real estate"),
    ("us_bond", "US bonds"),
    ("muni", "Municipal bonds"),
    ("tips", "Inflation-protected bonds"),
    ("commodities", "Gold and commodities"),
    ("cash", "Cash"),
)
"""Asset classes in the order of every page."""

SWEEP = "ZZMM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A security and how its price moves.

    `growth` is the yearly change of the log price up to a year ago, `last_year` the change since then,
    `volatility` the yearly standard deviation; `driver` names the class whose factor it follows and
    `share` how much of its variance that explains. `yields` are ordinary, qualified, exempt and gain.
    """

    symbol: str
    name: str
    kind: SecurityKind = SecurityKind.ETF
    weights: tuple[tuple[str, D], ...]
    price: D
    growth: float
    last_year: float
    volatility: float
    driver: str
    share: float = 0.98
    yields: tuple[str, str, str, str] = ("0", "0", "0", "0")
    issuer: str = ""
    sector: str = ""
    wash_group: str = ""
    replacements: tuple[str, ...] = ()
    half_spread_bps: str = "2"
    volume: int = 3_000_000
    expense_ratio: str | None = None
    collectible: bool = False

    @property
    def yearly_yield(self) -> D:
        """The total yearly yield, as a fraction of value."""
        return sum((D(part) for part in self.yields), D(0))

    @property
    def is_fund_share(self) -> bool:
        """Whether fractions of a share are bought and sold, as in a mutual fund."""
        return self.kind is SecurityKind.MUTUAL_FUND

    def row(self) -> SecurityRow:
        """The security as a line of our own file."""
        ordinary, qualified, exempt, gain = (D(part) for part in self.yields)
        return SecurityRow(
            symbol=self.symbol,
            name=self.name,
            kind=self.kind,
            cusip=None,
            asset_class_weights=self.weights,
            issuer=self.issuer or None,
            sector=self.sector or None,
            wash_group=self.wash_group or None,
            replacements=self.replacements,
            status=SecurityStatus.TRADABLE,
            half_spread_bps=D(self.half_spread_bps),
            volume_daily_average=D(self.volume),
            fractional=self.is_fund_share,
            increment=D("0.001") if self.is_fund_share else D(1),
            settlement_days=1,
            expense_ratio=D(self.expense_ratio) if self.expense_ratio else None,
            yield_ordinary=ordinary,
            yield_qualified=qualified,
            yield_exempt=exempt,
            yield_gain=gain,
            collectible=self.collectible,
        )


def _fund(
    symbol: str,
    name: str,
    held: str,
    price: str,
    path: tuple[float, float, float],
    yields: tuple[str, str, str, str],
    *,
    wash: str,
    instead: tuple[str, ...] = (),
    cost: str = "0.0005",
    kind: SecurityKind = SecurityKind.ETF,
    spread: str = "2",
    volume: int = 3_000_000,
    collectible: bool = False,
) -> Listed:
    """A fund of one class, or of several written as `us_stock:0.6;us_bond:0.4`."""
    parts = [part.split(":") for part in held.split(";")]
    growth, last_year, volatility = path
    return Listed(
        symbol=symbol,
        name=name,
        kind=kind,
        weights=tuple((part[0], D(part[1]) if len(part) > 1 else D(1)) for part in parts),
        price=D(price),
        growth=growth,
        last_year=last_year,
        volatility=volatility,
        driver=parts[0][0],
        yields=yields,
        wash_group=wash,
        replacements=instead,
        sector="Diversified",
        half_spread_bps="0" if kind is SecurityKind.MUTUAL_FUND else spread,
        volume=volume,
        expense_ratio=cost,
        collectible=collectible,
    )


def _stock(
    symbol: str, name: str, sector: str, price: str, path: tuple[float, float, float], income: str = "0.012"
) -> Listed:
    growth, last_year, volatility = path
    return Listed(
        symbol=symbol,
        name=name,
        kind=SecurityKind.STOCK,
        weights=(("us_stock", D(1)),),
        price=D(price),
        growth=growth,
        last_year=last_year,
        volatility=volatility,
        driver="us_stock",
        share=0.45,
        yields=("0", income, "0", "0"),
        issuer=name,
        sector=sector,
        wash_group=f"share-{symbol.lower()}",
        half_spread_bps="3",
        volume=4_000_000,
    )


_US, _SMALL, _INTL, _EM = (0.11, 0.13, 0.16), (0.085, -0.06, 0.21), (0.06, -0.09, 0.16), (0.05, 0.05, 0.20)
_REIT, _BOND, _MUNI = (0.05, -0.11, 0.19), (0.002, -0.025, 0.05), (0.004, -0.005, 0.04)
_TIPS, _GOLD = (0.008, -0.045, 0.055), (0.08, 0.21, 0.15)
_Y_US, _Y_INTL, _Y_BOND = ("0.001", "0.012", "0", "0"), ("0.008", "0.02", "0", "0"), ("0.038", "0", "0", "0")
_Y_REIT, _Y_MUNI, _Y_TIPS = ("0.033", "0.004", "0", "0"), ("0", "0", "0.029", "0"), ("0.03", "0", "0", "0")
_MUTUAL = SecurityKind.MUTUAL_FUND

LISTED: tuple[Listed, ...] = (
    _fund("ZZTM", "Evermoor Total Market ETF", "us_stock", "268.40", _US, _Y_US, wash="us-total-evermoor",
          instead=("ZZLC", "ZZBM")),
    _fund("ZZLC", "Tallowfield Large Cap ETF", "us_stock", "412.10", (0.114, 0.135, 0.16), _Y_US,
          wash="us-large-tallowfield", instead=("ZZTM", "ZZBM")),
    _fund("ZZBM", "Pinwheel Broad Market ETF", "us_stock", "88.25", (0.109, 0.128, 0.16), _Y_US,
          wash="us-broad-pinwheel", instead=("ZZTM", "ZZLC")),
    _fund("ZZTX", "Evermoor Total Market Index Fund", "us_stock", "131.72", _US, _Y_US,
          wash="us-total-evermoor", instead=("ZZLC",), kind=_MUTUAL),
    _fund("ZZES", "Greenlantern US Sustainable ETF", "us_stock", "96.30", (0.105, 0.12, 0.165), _Y_US,
          wash="us-esg-greenlantern", instead=("ZZEP",), cost="0.0012"),
    _fund("ZZEP", "Pinwheel US Better Practice ETF", "us_stock", "54.18", (0.104, 0.118, 0.165), _Y_US,
          wash="us-esg-pinwheel", instead=("ZZES",), cost="0.0015"),
    _fund("ZZDV", "Tallowfield Dividend Growers ETF", "us_stock", "142.75", (0.085, 0.08, 0.14),
          ("0", "0.028", "0", "0"), wash="us-dividend-tallowfield", instead=("ZZDG",), cost="0.0008"),
    _fund("ZZDG", "Evermoor Steady Dividend ETF", "us_stock", "77.40", (0.083, 0.078, 0.14),
          ("0", "0.027", "0", "0"), wash="us-dividend-evermoor", instead=("ZZDV",), cost="0.0008"),
    _fund("ZZSM", "Evermoor Small Company ETF", "us_small", "118.92", _SMALL, _Y_US,
          wash="us-small-evermoor", instead=("ZZSC",), cost="0.0007"),
    _fund("ZZSC", "Tallowfield Small Cap Blend ETF", "us_small", "63.55", (0.083, -0.058, 0.21), _Y_US,
          wash="us-small-tallowfield", instead=("ZZSM",), cost="0.0009"),
    _fund("ZZIX", "Evermoor International Developed ETF", "intl_stock", "61.35", _INTL, _Y_INTL,
          wash="intl-evermoor", instead=("ZZIN",), cost="0.0006"),
    _fund("ZZIN", "Tallowfield World ex US ETF", "intl_stock", "72.80", (0.058, -0.085, 0.16), _Y_INTL,
          wash="intl-tallowfield", instead=("ZZIX",), cost="0.0007"),
    _fund("ZZIE", "Greenlantern International Sustainable ETF", "intl_stock", "45.05", (0.057, -0.08, 0.165),
          _Y_INTL, wash="intl-esg-greenlantern", instead=("ZZIN",), cost="0.0018"),
    _fund("ZZEM", "Evermoor Emerging Markets ETF", "emerging", "48.70", _EM, _Y_INTL,
          wash="emerging-evermoor", instead=("ZZEA",), cost="0.0009", spread="4"),
    _fund("ZZEA", "Pinwheel Emerging Economies ETF", "emerging", "33.15", (0.049, 0.048, 0.20), _Y_INTL,
          wash="emerging-pinwheel", instead=("ZZEM",), cost="0.0011", spread="4"),
    _fund("ZZRE", "Evermoor Real Estate ETF", "reit", "84.60", _REIT, _Y_REIT, wash="reit-evermoor",
          instead=("ZZRX",), cost="0.0012"),
    _fund("ZZRX", "Tallowfield Property Trusts ETF", "reit", "39.85", (0.049, -0.108, 0.19), _Y_REIT,
          wash="reit-tallowfield", instead=("ZZRE",), cost="0.0013"),
    _fund("ZZBD", "Evermoor Total Bond ETF", "us_bond", "72.48", _BOND, _Y_BOND, wash="bond-evermoor",
          instead=("ZZAG",), cost="0.0003", spread="1", volume=6_000_000),
    _fund("ZZAG", "Tallowfield Aggregate Bond ETF", "us_bond", "97.15", (0.002, -0.024, 0.05), _Y_BOND,
          wash="bond-tallowfield", instead=("ZZBD",), cost="0.0003", spread="1", volume=6_000_000),
    _fund("ZZBX", "Evermoor Total Bond Index Fund", "us_bond", "9.71", _BOND, _Y_BOND, wash="bond-evermoor",
          instead=("ZZAG",), kind=_MUTUAL),
    _fund("ZZMU", "Evermoor Municipal Bond ETF", "muni", "50.62", _MUNI, _Y_MUNI, wash="muni-evermoor",
          instead=("ZZMN",), cost="0.0005"),
    _fund("ZZMN", "Pinwheel National Municipal ETF", "muni", "26.14", (0.004, -0.006, 0.04), _Y_MUNI,
          wash="muni-pinwheel", instead=("ZZMU",), cost="0.0007"),
    _fund("ZZTP", "Evermoor Inflation Protected ETF", "tips", "108.20", _TIPS, _Y_TIPS, wash="tips-evermoor",
          instead=("ZZTI",), cost="0.0004"),
    _fund("ZZTI", "Tallowfield Real Return Bond ETF", "tips", "24.66", (0.008, -0.044, 0.055), _Y_TIPS,
          wash="tips-tallowfield", instead=("ZZTP",), cost="0.0006"),
    _fund("ZZAU", "Lanternhall Gold Trust", "commodities", "61.90", _GOLD, ("0", "0", "0", "0"),
          wash="gold-lanternhall", cost="0.0025", collectible=True),
    _fund("ZZBF", "Evermoor Balanced Fund", "us_stock:0.6;us_bond:0.4", "47.83", (0.07, 0.07, 0.10),
          ("0.016", "0.007", "0", "0.008"), wash="balanced-evermoor", kind=_MUTUAL, cost="0.0011"),
    _fund("ZZTF", "Pinwheel Retirement 2045 Fund", "us_stock:0.5;intl_stock:0.3;us_bond:0.18;cash:0.02",
          "21.44", (0.075, 0.04, 0.125), ("0.008", "0.011", "0", "0.004"), wash="target-2045-pinwheel",
          kind=_MUTUAL, cost="0.0014"),
    Listed(symbol=SWEEP, name="Lanternhall Government Money Fund", kind=SecurityKind.MONEY_MARKET,
           weights=(("cash", D(1)),), price=D(1), growth=0.0, last_year=0.0, volatility=0.0, driver="cash",
           yields=("0.042", "0", "0", "0"), half_spread_bps="0", expense_ratio="0.0018"),
    _stock("ZZNV", "Northvale Harbor Machines", "Industrials", "184.30", (0.15, 0.22, 0.28)),
    _stock("ZZPX", "Pixelbarrow Software", "Technology", "402.75", (0.24, 0.31, 0.33), "0.004"),
    _stock("ZZLM", "Lumen Orchard Foods", "Consumer staples", "71.20", (0.05, -0.04, 0.17), "0.026"),
    _stock("ZZQC", "Quillcopper Mining", "Materials", "38.95", (0.03, -0.24, 0.35), "0.02"),
    _stock("ZZBV", "Bellvane Biologics", "Health care", "128.60", (0.09, -0.18, 0.31), "0.008"),
    _stock("ZZTR", "Tarnriver Energy", "Energy", "92.15", (0.04, 0.09, 0.30), "0.035"),
    _stock("ZZSV", "Stovepipe Stores", "Consumer discretionary", "55.40", (0.07, -0.12, 0.27), "0.011"),
    _stock("ZZGD", "Gablewick Bank", "Financials", "63.80", (0.08, 0.15, 0.25), "0.027"),
    _stock("ZZFL", "Fallowleaf Tobacco", "Tobacco", "47.10", (0.0, 0.03, 0.20), "0.062"),
    _stock("ZZHB", "Helmbright Maritime", "Industrials", "29.85", (0.06, 0.11, 0.29), "0.014"),
    _stock("ZZCL", "Cloudlarder Data", "Technology", "156.45", (0.19, 0.18, 0.34), "0.002"),
    _stock("ZZWT", "Wellturn Water", "Utilities", "44.25", (0.05, 0.02, 0.16), "0.031"),
)  # fmt: skip

BY_SYMBOL = {one.symbol: one for one in LISTED}
STOCKS = tuple(one.symbol for one in LISTED if one.kind is SecurityKind.STOCK)
