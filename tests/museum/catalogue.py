"""Every case, in the order of the page."""

from __future__ import annotations

from tests.museum.case import Case
from tests.museum.defects import (
    agrivault_anybody,
    agrivault_default,
    agrivault_expire,
    agrivault_loan,
    agrivault_twice,
    erc3643_forced,
    erc3643_frozen,
    fisco_amount,
    fisco_expired,
    fisco_freeze,
    fisco_liquidate,
    fisco_one_sided,
    fisco_owner,
    fisco_quantity,
    fisco_release,
    tinlake_recover,
    tinlake_stale,
    tradetrust_holder,
    tradetrust_nominee,
    tradetrust_pause,
)
from tests.museum.frauds import (
    foshan,
    hin_leong,
    qingdao,
    qinhuangdao,
    rotterdam,
    sealed_boxes,
    shanghai_steel,
)

CASES: tuple[Case, ...] = tuple(
    module.CASE
    for module in (
        qingdao,
        shanghai_steel,
        foshan,
        qinhuangdao,
        rotterdam,
        sealed_boxes,
        hin_leong,
        fisco_freeze,
        fisco_owner,
        fisco_quantity,
        fisco_one_sided,
        fisco_release,
        fisco_liquidate,
        fisco_expired,
        fisco_amount,
        agrivault_loan,
        agrivault_anybody,
        agrivault_expire,
        agrivault_default,
        agrivault_twice,
        tradetrust_nominee,
        tradetrust_holder,
        tradetrust_pause,
        erc3643_frozen,
        erc3643_forced,
        tinlake_recover,
        tinlake_stale,
    )
)
