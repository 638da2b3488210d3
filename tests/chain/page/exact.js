/** Exact arithmetic done in the page. */

import { Decimal, compareNumbers, difference, integer, product, total } from "./js/exact.js";

function number(text) {
  const [whole, fraction] = text.split(".");
  return fraction === undefined ? integer(BigInt(text)) : new Decimal(BigInt(whole + fraction), -fraction.length);
}

/**
 * @param {[string, string][]} pairs   numbers in plain notation
 * @returns {{ written: string[], plain: string[], order: number }[]} sum, difference, product, and below, at or above
 */
export function computed(pairs) {
  return pairs.map(([left, right]) => {
    const [one, other] = [number(left), number(right)];
    const results = [total(one, other), difference(one, other), product(one, other)];
    results.push(product(results[1], other), total(results[2], results[2]));
    const order = compareNumbers(one, other);
    return { written: results.map(String), plain: results.map((result) => result.plain()), order: Math.sign(order) };
  });
}
