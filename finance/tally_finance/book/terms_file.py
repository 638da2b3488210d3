"""A facility's terms as TOML (授信条款). Exact numbers, no floats.

facility = "F-1"
borrower = "64 hexadecimal digits"        # registry id
limit = 10000000
warning = 0.8                             # loan to value: 警戒线
liquidation = 0.9                         # 平仓线
yearly_rate = 0.0435                      # Act/360
penalty = 1.5                             # times the rate, from maturity on (罚息)
matures = 2027-03-01
pledging = "static"                       # or "dynamic"
search_age_s = 172800                     # how long a search of the registry counts
utc_offset_s = 28800                      # where its days begin
reserve = 0                               # 扣减项

[[goods]]
commodity = "copper"
advance = 0.7                             # 起始质押率
grade = 1                                 # 升贴水
price_age_s = 86400
quantity_age_s = 604800
cap = 5000000                             # on one lot (optional)
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.book.loan_events import FacilityOpened, GoodsTerms, Pledging
from tally_finance.errors import BookError

_PLEDGING: Final = {"static": Pledging.STATIC, "dynamic": Pledging.DYNAMIC}
_MAX_AGE_S: Final = 366 * 86_400
_MAX_OFFSET_S: Final = 14 * 3600


def load(file: Path) -> FacilityOpened:
    """The terms of a file. Raises ConfigError naming file and key."""
    try:
        root = Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    try:
        opened = FacilityOpened(
            facility=root.text("facility"),
            borrower=root.octets("borrower", 32),
            limit=root.amount("limit"),
            goods=tuple(_goods(each) for each in root.tables("goods")),
            warning=root.share("warning"),
            liquidation=root.share("liquidation"),
            yearly_rate=root.share("yearly_rate"),
            penalty=root.amount("penalty"),
            matures=root.day("matures"),
            pledging=root.one_of("pledging", _PLEDGING),
            search_age_s=root.integer("search_age_s", 1, _MAX_AGE_S),
            utc_offset_s=root.integer("utc_offset_s", -_MAX_OFFSET_S, _MAX_OFFSET_S),
            reserve=root.amount("reserve", Decimal(0)),
        )
    except BookError as error:
        raise ConfigError(f"{file}: {error}") from None
    root.done()
    return opened


def _goods(table: Table) -> GoodsTerms:
    cap = table.optional_number("cap")
    return GoodsTerms(
        commodity=table.text("commodity"),
        advance=table.share("advance"),
        grade=Decimal(table.number("grade", 1)),
        price_age_s=table.integer("price_age_s", 1, _MAX_AGE_S),
        quantity_age_s=table.integer("quantity_age_s", 1, _MAX_AGE_S),
        cap=None if cap is None else Decimal(cap),
    )
