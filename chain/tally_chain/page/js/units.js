/** The units that readings may carry, by SenML registry. Mirrors `tally_edge/units.py`. */

/** RFC 8428's registry of units. */
export const PRIMARY_UNITS = new Set([
  "kg", "m3", "J", "W", "Cel", "/", "count", "m", "%RH", "l", "V", "A", "Pa", "m3/s", "EL%",
]);

/** RFC 8798's registry; MWh and t as the SI brochure has them. */
export const SECONDARY_UNITS = new Set(["kWh", "Wh", "MWh", "kW", "kvarh", "varh", "t", "min", "h", "km", "mm", "hPa"]);
