/**
 * Exact numbers. Nothing that was signed or summed is ever a floating-point number.
 *
 * An integer is a JavaScript number as long as every number of its size is exact, and a bigint past that: each value has
 * one form, so `===` and map keys work. A `Decimal` is an integer times a power of ten whose exponent is kept: 12.30 and
 * 12.3 are equal, and are written as they are.
 */

/** @typedef {number | bigint} Integer */

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * The one form of an integer.
 *
 * @param {bigint} value
 * @returns {Integer}
 */
export function integer(value) {
  return -SAFE <= value && value <= SAFE ? Number(value) : value;
}

/** @param {unknown} item @returns {item is Integer} */
export function isInteger(item) {
  return typeof item === "number" || typeof item === "bigint";
}

/** @param {Integer} one @param {Integer} other @returns {Integer} */
export function plus(one, other) {
  const sum = typeof one === "number" && typeof other === "number" ? one + other : NaN;
  return Number.isSafeInteger(sum) ? sum : integer(BigInt(one) + BigInt(other));
}

/** @param {Integer} one @param {Integer} other @returns {Integer} */
export function minus(one, other) {
  return integer(BigInt(one) - BigInt(other));
}

/** @param {Integer[]} values @param {Integer} least what there is without any @returns {Integer} */
export function largest(values, least) {
  return values.reduce((most, value) => (value > most ? value : most), least);
}

/** @param {Integer[]} values @param {Integer} most what there is without any @returns {Integer} */
export function smallest(values, most) {
  return values.reduce((least, value) => (value < least ? value : least), most);
}

/** Below, at or above zero. @param {Integer} one @param {Integer} other */
export function compareIntegers(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** `mantissa` times ten to the power of `exponent`; `minusZero` as Python's decimals have it. */
export class Decimal {
  /**
   * @param {bigint} mantissa
   * @param {number} exponent   zero or below
   * @param {boolean} minusZero
   */
  constructor(mantissa, exponent, minusZero = false) {
    this.mantissa = mantissa;
    this.exponent = exponent;
    this.minusZero = minusZero && mantissa === 0n;
    Object.freeze(this);
  }

  get isNegative() {
    return this.mantissa < 0n || this.minusZero;
  }

  /** Plain notation, every place shown. */
  plain() {
    const sign = this.isNegative ? "-" : "";
    const digits = String(this.mantissa < 0n ? -this.mantissa : this.mantissa);
    if (this.exponent === 0) return sign + digits;
    const padded = digits.padStart(1 - this.exponent, "0");
    return `${sign}${padded.slice(0, this.exponent)}.${padded.slice(this.exponent)}`;
  }

  /** As Python's `str` writes it: plain, but for very small ones the scientific notation. */
  toString() {
    const digits = String(this.mantissa < 0n ? -this.mantissa : this.mantissa);
    const adjusted = this.exponent + digits.length - 1;
    if (this.exponent === 0 || adjusted >= -6) return this.plain();
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${this.isNegative ? "-" : ""}${digits[0]}${rest}E${adjusted}`;
  }
}

/** @param {unknown} item @returns {item is Integer | Decimal} */
export function isNumber(item) {
  return isInteger(item) || item instanceof Decimal;
}

/** @param {Integer | Decimal} value @returns {Decimal} */
export function decimal(value) {
  return value instanceof Decimal ? value : new Decimal(BigInt(value), 0);
}

function scaled(value, exponent) {
  return value.mantissa * 10n ** BigInt(value.exponent - exponent);
}

/**
 * Below, at or above zero.
 *
 * @param {Integer | Decimal} one
 * @param {Integer | Decimal} other
 */
export function compareNumbers(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [left, right] = [decimal(one), decimal(other)];
  const exponent = Math.min(left.exponent, right.exponent);
  return compareIntegers(scaled(left, exponent), scaled(right, exponent));
}

/** @param {Integer | Decimal} one @param {Integer | Decimal} other @returns {Decimal} */
export function total(one, other) {
  const [left, right] = [decimal(one), decimal(other)];
  const exponent = Math.min(left.exponent, right.exponent);
  const sum = scaled(left, exponent) + scaled(right, exponent);
  return new Decimal(sum, exponent, left.isNegative && right.isNegative);
}

/** @param {Integer | Decimal} later @param {Integer | Decimal} earlier @returns {Decimal} */
export function difference(later, earlier) {
  const { mantissa, exponent, minusZero } = decimal(earlier);
  return total(later, new Decimal(-mantissa, exponent, mantissa === 0n && !minusZero));
}

/** @param {Integer | Decimal} one @param {Integer | Decimal} other @returns {Decimal} */
export function product(one, other) {
  const [left, right] = [decimal(one), decimal(other)];
  return new Decimal(left.mantissa * right.mantissa, left.exponent + right.exponent, left.isNegative !== right.isNegative);
}
