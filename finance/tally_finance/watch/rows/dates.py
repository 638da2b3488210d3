"""Alerts about dates (4xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import ALLOWS, BLOCKS, URGENT, WARNING, Row

# fmt: off
RECEIPT_EXPIRES = Row(
    401, WARNING, ALLOWS, "仓单将到期",
    "the receipt's term ends at {at}",
    "仓单储存期将于{at}届满",
    "Have it extended or replaced before the term ends.",
)
PLEDGE_EXPIRES = Row(
    402, WARNING, ALLOWS, "质押将到期",
    "the secured loan matures at {at}",
    "所担保贷款将于{at}到期",
    "Ask for repayment or agree an extension.",
)
FILING_EXPIRES = Row(
    403, WARNING, ALLOWS, "登记将到期",
    "the registry filing ends at {at}",
    "动产融资登记将于{at}到期",
    "Extend the filing before it ends: a lapse loses the rank.",
)
INSURANCE_EXPIRES = Row(
    404, WARNING, ALLOWS, "保险将到期",
    "the insurance ends at {at}",
    "保险将于{at}到期",
    "Ask for the renewed policy with the lender as first beneficiary.",
)
CALIBRATION_EXPIRES = Row(
    405, WARNING, ALLOWS, "检定将到期",
    "the certificate ends at {at}",
    "检定证书将于{at}到期",
    "Have the instrument verified in time.",
)
QUALITY_EXPIRES = Row(
    406, WARNING, ALLOWS, "质检将过期",
    "the quality of the goods was found for a time that ends at {at}",
    "质检结果有效期将于{at}届满",
    "Have samples taken and tested in time: goods age (grain, liquor, chemicals).",
)
RECEIPT_EXPIRED = Row(
    411, URGENT, BLOCKS, "仓单已到期",
    "the receipt's term ended at {at}",
    "仓单储存期已于{at}届满",
    "Have it replaced; it can be neither endorsed nor newly pledged.",
)
PLEDGE_EXPIRED = Row(
    412, URGENT, BLOCKS, "质押已到期",
    "the secured loan matured at {at}",
    "所担保贷款已于{at}到期",
    "Collect, extend in writing, or declare default.",
)
FILING_EXPIRED = Row(
    413, URGENT, BLOCKS, "登记已到期",
    "the registry filing ended at {at}",
    "动产融资登记已于{at}到期",
    "File anew at once, and search for what was filed since.",
)
INSURANCE_EXPIRED = Row(
    414, URGENT, BLOCKS, "保险已到期",
    "the insurance ended at {at}",
    "保险已于{at}到期",
    "Place a hold; nothing is lent on goods without cover.",
)
CALIBRATION_EXPIRED = Row(
    415, WARNING, BLOCKS, "检定已过期",
    "the certificate ended at {at}",
    "检定证书已于{at}过期",
    "What is weighed since counts with twice the uncertainty; have it verified.",
)
QUALITY_EXPIRED = Row(
    416, WARNING, BLOCKS, "质检已过期",
    "the quality of the goods was found for a time that ended at {at}",
    "质检结果有效期已于{at}届满",
    "Nothing is lent on a quality that nobody vouches for: have samples taken and tested.",
)
# fmt: on
