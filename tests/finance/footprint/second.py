"""A second replayer, written from docs/formats/trace.md alone: nothing of the project is imported here."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from hashlib import sha256
from typing import Any


def canonical(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def written(value: Fraction) -> str:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while (value * 10**places).denominator > 1:
        places += 1
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def root_up(value: Fraction, step: Fraction) -> Fraction:
    n = math.isqrt(math.floor(value / step**2))
    while (n * step) ** 2 < value:
        n += 1
    return n * step


def part(unit: str) -> str:
    return f"({unit})" if "/" in unit or "^" in unit else unit


def product_unit(a: str, b: str) -> str:
    if "1" in (a, b):
        return b if a == "1" else a
    for one, other in ((a, b), (b, a)):
        if other.endswith("/" + part(one)):
            above = other[: -len(part(one)) - 1]
            return above[1:-1] if above[0] == "(" else above
    assert a == b, (a, b)
    return part(a) + "^2"


def replay(data: bytes) -> dict[str, Any]:
    item = json.loads(data)
    assert item["format"] == "tallystick trace 1"
    assert canonical(item) == data
    values: dict[str, Any] = {}
    units: dict[str, str] = {}
    for step in item["steps"]:
        name = step.pop("id")
        assert sha256(canonical(step)).hexdigest() == name
        args, u = [values[one] for one in step["args"]], [units[one] for one in step["args"]]
        match step["op"]:
            case "input" | "factor":
                value: Any = Fraction(step["value"])
            case "series-input":
                value = [Fraction(one) for one in step["value"]]
            case "sum":
                value = sum(args)
            case "difference":
                value = args[0] - args[1]
            case "product":
                value = args[0] * args[1]
            case "quotient":
                value = args[0] / args[1]
            case "minimum":
                value = min(args)
            case "maximum":
                value = max(args)
            case "round":
                value = round(args[0] / args[1]) * args[1]
            case "round-up":
                value = math.ceil(args[0] / args[1]) * args[1]
            case "round-down":
                value = math.floor(args[0] / args[1]) * args[1]
            case "root-up":
                value = root_up(*args)
            case "series-sum":
                value = [sum(each) for each in zip(*args, strict=True)]
            case "series-difference":
                value = [a - b for a, b in zip(*args, strict=True)]
            case "series-product":
                value = [a * b for a, b in zip(*args, strict=True)]
            case "series-minimum":
                value = [min(each) for each in zip(*args, strict=True)]
            case "series-total":
                value = sum(args[0])
        match step["op"]:
            case "input" | "factor" | "series-input":
                unit = step["unit"]
            case "product" | "series-product":
                unit = product_unit(*u)
            case "quotient":
                unit = "1" if u[0] == u[1] else u[0] if u[1] == "1" else f"{part(u[0])}/{part(u[1])}"
            case "root-up":
                unit = u[1]
                assert u[0] == (part(unit) + "^2" if unit != "1" else "1")
            case _:
                unit = u[0]
                assert set(u) == {unit}
        assert unit == step["unit"]
        said = [written(one) for one in value] if isinstance(value, list) else written(Fraction(value))
        made = isinstance(value, list) and step["op"] != "series-input"
        assert step["value"] == (f"sha256:{sha256(canonical(said)).hexdigest()}" if made else said), step
        values[name], units[name] = value, unit
    return {name: values[step] for name, step in item["results"].items()}
