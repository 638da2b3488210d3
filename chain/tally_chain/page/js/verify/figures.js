/** A figure: what the evidence says about one register over a period, exactly. Mirrors `verify/figures.py`. */

/** What a figure rests on, strongest first. */
export const Basis = Object.freeze({
  COMPLETE: "complete",
  BRIDGED: "bridged by registers over declared gaps",
  TOTAL_BY_REGISTERS: "total by registers",
  INCOMPLETE: "incomplete",
  STATE: "state at the end",
});

/**
 * A quantity over [from, to] as measured; `restated` is the quantity after signed corrections.
 *
 * @typedef {object} ExactFigure
 * @property {string} point
 * @property {string} register
 * @property {string} unit
 * @property {number} from
 * @property {number} to
 * @property {import("../exact.js").Decimal} quantity
 * @property {import("../exact.js").Decimal | null} restated
 * @property {string} basis
 * @property {string} first
 * @property {string} last
 * @property {number} samples
 */

/** A figure as plain data: quantities are text, so that no reader makes a float of them. @param {ExactFigure} figure */
export function toJson(figure) {
  const { point, register, unit, from, to, quantity, restated, basis, first, last, samples } = figure;
  return {
    point, register, unit, from, to, quantity: quantity.plain(), restated: restated === null ? null : restated.plain(),
    basis, first, last, samples,
  };
}
