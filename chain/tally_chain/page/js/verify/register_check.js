/** Step 7: registers rise, times are covered, and quantities follow. Mirrors `verify/register_check.py`. */

import { FactsEvent } from "../authority.js";
import { Code, WARNING } from "../codes.js";
import { compareNumbers, decimal, difference, product, total } from "../exact.js";
import { Ledger } from "../findings.js";
import { shortHex } from "../octets.js";
import { compareText } from "../text.js";
import { checkRange, settledSamples } from "./between_check.js";
import { restated } from "./corrections.js";
import { holesAsPlanned, uncovered } from "./coverage.js";
import { changesBetween, checkFacts, exchangedAt } from "./facts_check.js";
import { Basis } from "./figures.js";

/** A fall counts as a rollover when what it would mean is at most a tenth of the register's range. */
const ROLLOVER_SHARE = 10;

/** @typedef {import("./payloads.js").Sample} Sample */

/**
 * The check of one metering point over a period [from, to) from its readings.
 *
 *     7.1 meter facts are in force, and readings carry their registers and units
 *     7.2 settlements and readings tell the same registers
 *     7.3 a cumulative register never falls, but by a rollover that its range explains, and never leaves that range
 *     7.4 readings lie no further apart than the cadence, or a declared gap covers the time between
 *     7.5 an exchange splits the period at the registers that the authority read
 *     7.6 corrections restate the quantity
 */
export class PointCheck {
  constructor(planned, evidence, facts, period, ledger) {
    Object.assign(this, { planned, evidence, facts, period, ledger });
    this.point = planned.point;
  }

  /** A figure for every register of the meter facts in force at the period's end. */
  figures() {
    const inForce = checkFacts(this.point, this.facts, this.period, this.ledger);
    if (inForce === null) return [];
    const known = new Map(inForce.registers.map((register) => [register.register, register]));
    this.checkOwnRecord();
    for (const [name, units] of this.units()) {
      if (known.has(name) && units.size === 1 && units.has(known.get(name).unit)) continue;
      this.ledger.add(Code.UNIT_WRONG, this.touches(name), `in ${[...units].sort(compareText).join(", ")}`);
    }
    const figures = [];
    for (const register of known.values()) {
      if (register.per_event) continue; // evidence of single events; nothing is summed, and silence says nothing
      const inside = this.merged(register.register).filter(({ at }) => this.isInside(at));
      if (!inside.length) {
        const touches = this.touches(register.register);
        this.ledger.add(Code.UNCOVERED_INTERVAL, touches, "the whole period", { times: [this.period] });
      } else {
        figures.push(register.cumulative ? this.quantity(register, inside) : this.state(register, inside));
      }
    }
    return figures;
  }

  isInside(at) {
    return this.period[0] <= at && at <= this.period[1];
  }

  checkOwnRecord() {
    const own = [...this.evidence.ownRecord].filter((at) => this.isInside(at)).length;
    if (own) this.ledger.add(Code.OWN_RECORD, this.point, `readings of ${own} times`);
  }

  /** The units that readings and settlements give each register. */
  units() {
    const units = new Map(Array.from(this.evidence.units, ([name, read]) => [name, new Set(read)]));
    for (const { settlement } of this.evidence.settlements) {
      for (const { register, unit } of settlement.registers) {
        if (!units.has(register)) units.set(register, new Set());
        units.get(register).add(unit);
      }
    }
    return units;
  }

  touches(register) {
    return `${this.point}/${register}`;
  }

  /** Readings and settled registers as one series; two values at one time are a finding. @returns {Sample[]} */
  merged(register) {
    const merged = new Map();
    const take = (samples, conflict) => {
      for (const sample of samples) {
        if (!merged.has(sample.at)) merged.set(sample.at, sample);
        if (compareNumbers(merged.get(sample.at).value, sample.value) === 0) continue;
        const times = [[sample.at, sample.at]];
        this.ledger.add(conflict, this.touches(register), `at ${sample.at}`, { times });
      }
    };
    take(this.evidence.samples.get(register) ?? [], Code.CONFLICTING_READINGS);
    take(settledSamples(this.evidence, register), Code.SETTLEMENT_DISAGREES);
    return Array.from(merged.values()).sort((one, other) => one.at - other.at);
  }

  state(register, samples) {
    this.coverage(register.register, samples); // a level read long ago is no state at the end
    const newest = samples.at(-1);
    const silent = holesAsPlanned([newest.at, this.period[1]], this.facts.cadences(this.point)).length > 0;
    return {
      point: this.point,
      register: register.register,
      unit: register.unit,
      from: newest.at,
      to: newest.at,
      quantity: decimal(newest.value),
      restated: null,
      basis: silent ? Basis.INCOMPLETE : Basis.STATE,
      first: newest.place,
      last: newest.place,
      samples: samples.length,
    };
  }

  quantity(register, samples) {
    const basis = this.coverage(register.register, samples);
    let { quantity, sound } = this.sum(register, samples);
    if (samples.length === 1) {
      const times = [[samples[0].at, samples[0].at]];
      const touches = this.touches(register.register);
      this.ledger.add(Code.UNCOVERED_INTERVAL, touches, "one reading is no difference", { times });
      sound = false;
    }
    return {
      point: this.point,
      register: register.register,
      unit: register.unit,
      from: samples[0].at,
      to: samples.at(-1).at,
      quantity,
      restated: this.restated(register, quantity, samples),
      basis: sound ? basis : Basis.INCOMPLETE,
      first: samples[0].place,
      last: samples.at(-1).place,
      samples: samples.length,
    };
  }

  /** The quantity over the samples, and whether nothing in it is lost. */
  sum(register, samples) {
    let quantity = decimal(0);
    let { spans, sound } = this.spans(register, samples);
    for (const span of spans) {
      const ofMeter = span.facts.registers.find((known) => known.register === register.register);
      const { risen, sound: rises } = this.risen(ofMeter ?? register, span.samples);
      quantity = total(quantity, product(risen, span.facts.multiplier));
      sound &&= rises;
    }
    return { quantity, sound };
  }

  /**
   * The samples, cut where the meter or its ratio changed, each part closed with the registers read there. Also whether
   * every change says what the register showed: without that, what lies around it is lost, and no part reaches over it.
   */
  spans(register, samples) {
    const stated = this.facts.metersAt(this.point);
    let current = (this.facts.factsAt(this.point, this.period[0]) ?? stated[0]).facts;
    const spans = [];
    let { rest, sound } = this.opened(register, samples);
    for (const change of changesBetween(stated, this.period)) {
      const { facts } = change;
      const at = facts.effective_at;
      const { closing, opening } = this.readAt(register, facts, current);
      if (closing === null || opening === null) {
        this.notRead(register);
        sound = false;
      } else if (facts.event === FactsEvent.EXCHANGE) {
        const times = [[at, at]]; // both parts are counted
        this.ledger.add(Code.EXCHANGE, this.point, `${current.serial} by ${facts.serial}`, { times });
      }
      const place = this.placeOf(change);
      const cut = countUntil(rest, at);
      const old = rest.slice(0, cut);
      if (facts.serial !== current.serial && old.length > 1 && old.at(-1).at === at) {
        // A fall in that very second is the new meter's register, not a rollover of the old one.
        if (compareNumbers(old.at(-1).value, old.at(-2).value) < 0) old.pop();
      }
      spans.push({ facts: current, samples: [...old, ...sampleOf(at, closing, place)] });
      rest = [...sampleOf(at, opening, place), ...rest.slice(cut)];
      current = facts;
    }
    spans.push({ facts: current, samples: rest });
    return { spans, sound };
  }

  /** What the authority read of a register at a change: of the meter before, and of the one after. */
  readAt(register, facts, current) {
    const goesOn = facts.opening === null && facts.event !== FactsEvent.EXCHANGE && facts.serial === current.serial;
    const closing = this.read(register, facts.closing);
    return { closing, opening: this.read(register, goesOn ? facts.closing : facts.opening) };
  }

  placeOf(stated) {
    return `${this.point}, meter facts of ${shortHex(stated.statementId)}`;
  }

  /**
   * The samples, the first from the new meter where meters were exchanged in the very second the period starts. What was
   * read in that second may still be the old meter's register: where the authority read nothing, it says nothing.
   */
  opened(register, samples) {
    const [at] = this.period;
    const exchange = exchangedAt(this.facts.metersAt(this.point), at);
    if (exchange === null || !samples.length || samples[0].at !== at) return { rest: samples, sound: true };
    const opening = this.read(register, exchange.facts.opening);
    if (opening === null) {
      this.notRead(register);
      return { rest: samples.slice(1), sound: false };
    }
    return { rest: [...sampleOf(at, opening, this.placeOf(exchange)), ...samples.slice(1)], sound: true };
  }

  /** What the authority read of a register, null where it says nothing in the register's unit. */
  read(register, values) {
    const value = (values ?? []).filter((one) => one.register === register.register);
    for (const { unit } of value) {
      if (unit === register.unit) break;
      this.ledger.add(Code.UNIT_WRONG, this.touches(register.register), `read in ${unit} at a change`);
    }
    return value.find(({ unit }) => unit === register.unit)?.value ?? null;
  }

  notRead(register) {
    this.ledger.add(Code.EXCHANGE_BETWEEN, this.touches(register.register), "no register was read at the change");
  }

  /** How far the register rose over the samples, and whether nothing in it is lost. */
  risen(register, samples) {
    const touches = this.touches(register.register);
    checkRange(touches, register, samples, this.ledger);
    let [risen, sound] = [decimal(0), true];
    for (let number = 1; number < samples.length; number += 1) {
      const [before, after] = [samples[number - 1], samples[number]];
      const times = [[before.at, after.at]];
      let step = difference(after.value, before.value);
      if (step.mantissa < 0n) {
        step = turned(register.modulus, step);
        if (step === null) {
          sound = false;
          const code = this.isResetBetween(before.at, after.at) ? Code.RESET : Code.REGISTER_BACKWARDS;
          this.ledger.add(code, touches, `from ${before.value} to ${after.value} at ${after.place}`, { times });
          continue;
        }
        this.ledger.add(Code.ROLLOVER, touches, `at ${after.place}`, { times });
      }
      risen = total(risen, step);
    }
    return { risen, sound };
  }

  /** Whether the device counted a reset between the settlements around a time. */
  isResetBetween(after, before) {
    const settlements = this.evidence.settlements.map(({ settlement }) => settlement);
    const earlier = settlements.findLast(({ at }) => at <= after);
    const later = settlements.find(({ at }) => at >= before);
    return earlier !== undefined && later !== undefined && later.counts.resets > earlier.counts.resets;
  }

  coverage(register, samples) {
    const [start, end] = [this.start(samples), this.period[1]];
    const [first, last] = [samples[0].at, samples.at(-1).at];
    const times = [start, ...samples.map(({ at }) => at), end];
    const found = holesAsPlanned(times, this.facts.cadences(this.point));
    const gaps = this.evidence.gaps.map(({ gap }) => gap);
    const open = uncovered(found, gaps.filter(({ registers }) => !registers.length || registers.includes(register)));
    const declared = found.length - open.length;
    const touches = this.touches(register);
    if (declared) {
      const uncoveredHoles = new Set(open);
      const silent = found.filter((hole) => !uncoveredHoles.has(hole));
      this.ledger.add(Code.DECLARED_GAP, touches, `${declared} in all`, { times: silent });
    }
    if (start < first || last < end) {
      // Within the tolerance at an edge a reading may be left out unseen, so the claim must say where it ends.
      const edges = [[start, first], [last, end]].filter(([after, before]) => after < before);
      this.ledger.add(Code.SHORT_OF_PERIOD, touches, `from ${first} to ${last}`, { times: edges });
    }
    if (open.length) {
      const detail = `${open.length} in all, the first from ${open[0][0]} to ${open[0][1]}`;
      this.ledger.add(Code.UNCOVERED_INTERVAL, touches, detail, { times: open });
      return Basis.INCOMPLETE;
    }
    // No register was read on the far side of such a gap, so nothing bridges it.
    if (found.some(([after, before]) => after < first || before > last)) return Basis.INCOMPLETE;
    return declared ? Basis.BRIDGED : Basis.COMPLETE;
  }

  /** From when on readings must be there: the period's start, or the installation inside it. */
  start(samples) {
    const [from, to] = this.period;
    const { effective_at: installedAt, event } = this.facts.metersAt(this.point)[0].facts;
    if (!(from < installedAt && installedAt < to)) return from;
    if (samples[0].at < installedAt) {
      this.ledger.add(Code.FACTS_MISSING, this.point, `before ${installedAt}`, { severity: WARNING });
      return from;
    }
    if (event !== FactsEvent.INSTALL) return from;
    this.ledger.add(Code.INSTALLED, this.point, `at ${installedAt}`);
    return installedAt;
  }

  /** The quantity after the authority's corrections; null when there are none. */
  restated(register, quantity, samples) {
    const measure = (from, to) => {
      const inside = samples.slice(countUntil(samples, from - 1), countUntil(samples, to));
      if (!inside.length || inside[0].at !== from || inside.at(-1).at !== to) return null;
      // What is wrong inside was found when the whole period was summed; it is not said twice.
      const silent = new PointCheck(this.planned, this.evidence, this.facts, [from, to], new Ledger());
      return silent.sum(register, inside).quantity;
    };
    return restated(this.facts, this.point, register, { period: this.period, quantity, measure }, this.ledger);
  }
}

/** How many of the samples, which ascend, are not after `at`. */
function countUntil(samples, at) {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The one sample of what was read at a change, none where nothing was. @returns {Sample[]} */
function sampleOf(at, value, place) {
  return value === null ? [] : [{ at, value, place }];
}

/** The rise behind a fall by a rollover, null where the register's range does not explain it. */
function turned(modulus, step) {
  if (modulus === null) return null;
  const rise = total(step, modulus);
  const share = product(rise, ROLLOVER_SHARE);
  return share.mantissa >= 0n && compareNumbers(share, modulus) <= 0 ? rise : null;
}
