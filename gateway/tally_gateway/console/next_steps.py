"""What an operator does next, in words: the most urgent first. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from tally_gateway.console.sentences import both
from tally_gateway.console.state import DeviceState, GatewayState, Step

OFF_S: Final = 300
"""A clock this far off moves readings into another quarter of an hour."""
BEHIND_S: Final = 3_600
FULL_OUTBOX: Final = 100
"""Statements; a device of many meters has dozens on their way at a settlement, and more after an outage alone."""
SOON_S: Final = 14 * 86_400
SPACE_SOON_S: Final = 30 * 86_400


def many(count: int, one: str, more: str) -> str:
    """A count and its noun: 1 device, 2 devices."""
    return f"{count} {one if count == 1 else more}"


_ORDER: Final = {"bad": 0, "doubt": 1, "good": 2}


def steps_of(state: GatewayState) -> tuple[Step, ...]:
    """What to do, or one step that says that there is nothing to do."""
    found = [*_of_service(state), *_of_keys(state), *_of_streams(state), *_of_refusals(state), *_of_plan(state)]
    if not found:
        devices = many(len(state.devices), "device", "devices")
        anchored = "" if state.anchors.every_s is None else " and is anchored"
        text = f"Nothing to do: {devices}, telemetry flows{anchored}."
        return (Step("fine", "good", text, f"无需处理：{len(state.devices)} 台终端，数据上报正常。"),)
    return tuple(sorted(found, key=lambda step: _ORDER[step.tone]))


def _of_service(state: GatewayState) -> Iterator[Step]:
    for fault in state.faults:
        yield Step("fault", "bad", f"The gateway says: {fault}.", f"网关告警：{both(fault).chinese}。", "log")
    lasts = state.log.space_lasts_s
    if lasts is not None and lasts < SPACE_SOON_S:
        days = lasts // 86_400
        text = f"The disk is full in {many(days, 'day', 'days')} at the present rate. Make room, or add a disk."
        yield Step("space", "doubt", text, f"按当前速度，磁盘将在 {days} 天后写满，请扩容。", "log")


def _of_keys(state: GatewayState) -> Iterator[Step]:
    if not state.sites:
        text = "No authority is entered: nobody can enrol a key. Add [[authority]] to gateway.toml."
        yield Step(
            "no-authority", "bad", text, "尚未配置计量主管方，无法登记密钥。请在 gateway.toml 中添加 [[authority]]。"
        )
    for site in state.sites:
        if site.site is None:
            text = f"{site.issuer} has not stated a site plan yet. Bring the list of meters in."
            yield Step(
                "no-plan", "doubt", text, f"{site.issuer} 尚未发布场所计量方案，请导入计量点清单。", "onboarding"
            )
    if any(site.site is not None for site in state.sites):
        without = [point for point in state.points if point.serial is None]
        if without:
            text = f"Metering points without a meter by the log: {len(without)}. State the facts of each meter."
            chinese = f"{len(without)} 个计量点尚无安装记录，请申报计量器具信息。"
            # A list of meters is for many; one alone has a form.
            one = f"operations/install?point={quote(without[0].point, safe='')}"
            yield Step("no-meter", "doubt", text, chinese, "onboarding" if len(without) > 1 else one)
        mute = [point for point in state.points if not point.speakers]
        if mute:
            text = f"Metering points that no key speaks for: {len(mute)}. Enrol a device."
            yield Step(
                "no-key", "doubt", text, f"{len(mute)} 个计量点没有已登记的终端密钥，请办理登记。", "operations/enrol"
            )


def _of_streams(state: GatewayState) -> Iterator[Step]:
    devices = [device for device in state.devices if device.standing not in ("replaced", "revoked")]
    forked = [device for device in devices if device.forks]
    if forked:
        text = f"Keys that signed two histories (copied, or an old backup): {len(forked)}. Revoke or rotate them."
        chinese = f"{len(forked)} 台终端出现分叉（密钥被复制或恢复了旧备份），请吊销或更换密钥。"
        yield Step("forked", "bad", text, chinese, "devices?show=forked")
    for standing, english, chinese in (
        (
            "silent",
            "Devices silent past their cadence: {}. Look at power, network and the agent.",
            "台终端超过采集周期未上报，请检查供电、网络与采集程序。",
        ),
        ("never", "Devices enrolled that never spoke: {}. Start their agents.", "台终端已登记但从未上报。"),
    ):
        count = sum(device.standing == standing for device in devices)
        if count:
            yield Step(standing, "doubt", english.format(count), f"{count} {chinese}", f"devices?show={standing}")
    holes = [device for device in devices if device.missing]
    if holes:
        count = sum(device.missing for device in holes)
        text = (
            f"Statements missing below what has come: {count}, of {many(len(holes), 'device', 'devices')}. "
            "Look whether outboxes drain."
        )
        chinese = f"{len(holes)} 台终端共缺失 {count} 条陈述，请确认终端缓存是否正在补传。"
        yield Step("holes", "doubt", text, chinese, "devices?show=holes")
    yield from _of_outboxes(devices)


def _of_outboxes(devices: Sequence[DeviceState]) -> Iterator[Step]:
    full = [one for one in devices if one.outbox is not None and one.outbox > FULL_OUTBOX]
    if full:
        most = max(one.outbox or 0 for one in full)
        text = (
            f"Devices with more than {FULL_OUTBOX} statements in their outboxes: {len(full)}, the most {most:,}. They "
            "drain by themselves; where a number stays, look at what was refused, then at the line and the agent."
        )
        chinese = (
            f"{len(full)} 台终端缓存积压超过 {FULL_OUTBOX} 条陈述，最多 {most:,} 条：通常会自动补传；"
            "如长期不降，请依次检查拒收记录、通信线路与采集程序。"
        )
        yield Step("outbox", "doubt", text, chinese, "devices?show=outbox")
    off = [one for one in devices if one.offset_s is not None and (one.offset_s > OFF_S or one.offset_s < -5)]
    # What comes an hour late out of an empty outbox waited nowhere: the clock is wrong.
    draining = [one for one in off if one.behind_s is not None and one.behind_s > BEHIND_S and one.outbox != 0]
    if draining:
        text = f"Devices that send what is over an hour old: {len(draining)}. Outboxes drain, or clocks are wrong."
        chinese = f"{len(draining)} 台终端正在上报一小时以前的数据：缓存补传中，或时钟有误。"
        yield Step("behind", "doubt", text, chinese, "devices?show=clock")
    off = [one for one in off if one not in draining]
    if off:
        text = f"Devices whose clocks are off: {len(off)}. Give them a time server."
        yield Step("clock", "doubt", text, f"{len(off)} 台终端时钟偏差较大，请配置校时。", "devices?show=clock")


def _of_refusals(state: GatewayState) -> Iterator[Step]:
    since = state.log.now - 86_400
    fresh = [one for one in state.refusals if one.last_at is not None and one.last_at >= since]
    unknown = [one for one in fresh if one.reason in ("unknown_key", "unknown_authority")]
    if unknown:
        clients = len({one.client for one in unknown})
        text = f"Clients whose keys are not enrolled: {clients}. Enrol them, then let them resend."
        chinese = f"{clients} 个客户端使用了未登记的密钥，请先登记，再让其重发。"
        yield Step("unknown-key", "doubt", text, chinese, "refusals?reason=unknown_key")
    other = [one for one in fresh if one not in unknown]
    if other:
        text = f"Clients that were refused something in the last day: {len({one.client for one in other})}. See why."
        chinese = f"最近一天有 {len({one.client for one in other})} 个客户端的消息被拒收，请查看原因。"
        yield Step("refused", "doubt", text, chinese, "refusals")


def _of_plan(state: GatewayState) -> Iterator[Step]:
    now = state.log.now
    for site in state.sites:
        if site.renew_by is None or site.renew_by > now + SOON_S:
            continue
        if site.renew_by <= now:
            text = f"The plan of {site.site} has run out: nothing is complete until the authority renews it."
            yield Step(
                "plan-stale",
                "bad",
                text,
                f"{site.site} 的计量方案已过期，须由主管方续期，否则不能证明完整。",
                "operations/renew",
            )
        else:
            days = (site.renew_by - now) // 86_400
            text = f"The plan of {site.site} runs out in {many(days, 'day', 'days')}. Let the authority renew it."
            yield Step(
                "plan-soon",
                "doubt",
                text,
                f"{site.site} 的计量方案将在 {days} 天后到期，请主管方续期。",
                "operations/renew",
            )
    expiring = [
        point
        for point in state.points
        if point.certificate_expires_at is not None and point.certificate_expires_at <= now + SOON_S
    ]
    if expiring:
        text = f"Calibration certificates that have run out, or do within two weeks: {len(expiring)}."
        chinese = f"{len(expiring)} 只计量器具的检定证书已过期或将在两周内到期。"
        yield Step("calibration", "doubt", text, chinese, "operations/calibrate")
