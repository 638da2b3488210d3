// What the bytes under a signature say: the Sig_structure of a COSE_Sign1 (RFC 9052 §4.4), decoded by the page itself,
// so that nobody signs what the server only describes. A small decoder of the deterministic CBOR that is used here.

const MAX_DEPTH = 12;

class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  head() {
    const first = this.data[this.at];
    if (first === undefined) throw new Error("ends too early");
    this.at += 1;
    const major = first >> 5, small = first & 31;
    if (small < 24) return [major, BigInt(small), small];
    const size = { 24: 1, 25: 2, 26: 4, 27: 8 }[small];
    if (!size || this.at + size > this.data.length) throw new Error("has a length that is none");
    let value = 0n;
    for (let place = 0; place < size; place += 1) value = (value << 8n) | BigInt(this.data[this.at + place]);
    this.at += size;
    return [major, value, small];
  }

  bytes(count) {
    const end = this.at + Number(count);
    if (end > this.data.length) throw new Error("ends too early");
    const found = this.data.subarray(this.at, end);
    this.at = end;
    return found;
  }

  item(depth = 0) {
    if (depth > MAX_DEPTH) throw new Error("is too deep");
    const [major, value, small] = this.head();
    switch (major) {
      case 0: return value;
      case 1: return -1n - value;
      case 2: return this.bytes(value).slice();
      case 3: return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes(value));
      case 4: return Array.from({ length: this.count(value) }, () => this.item(depth + 1));
      case 5: return new Map(Array.from({ length: this.count(value) }, () => [this.item(depth + 1), this.item(depth + 1)]));
      case 6: return { tag: value, item: this.item(depth + 1) };
      default:
        if (small === 20 || small === 21) return small === 21;
        if (small === 22) return null;
        throw new Error("has a value of a kind that is not used here");
    }
  }

  count(value) {
    if (value > BigInt(this.data.length)) throw new Error("ends too early");
    return Number(value);
  }
}

/** One item that fills all of `data`. Throws Error that says what is wrong. */
export function decode(data) {
  const reader = new Reader(data);
  const found = reader.item();
  if (reader.at !== data.length) throw new Error("has trailing bytes");
  return found;
}

/**
 * What is signed.
 * @param {Uint8Array} toSign a Sig_structure
 * @returns {{algorithm: number, kid: Uint8Array, kind: string, issuer: string, subject: string, issuedAt: number, payload: unknown}}
 */
export function signedBytes(toSign) {
  const structure = decode(toSign);
  if (!Array.isArray(structure) || structure.length !== 4 || structure[0] !== "Signature1" || structure[2].length) {
    throw new Error("is no structure of a COSE_Sign1");
  }
  const header = decode(structure[1]);
  const claims = header.get(15n);
  return {
    algorithm: Number(header.get(1n)),
    kid: header.get(4n),
    kind: String(header.get(16n)).replace("application/vnd.tallystick.", "").replace(".v1+cose", ""),
    issuer: claims.get(1n),
    subject: claims.get(2n),
    issuedAt: Number(claims.get(6n)),
    payload: decode(structure[3]),
  };
}

/** A decoded item as indented text, all of it. */
export function shown(item, indent = "") {
  if (item instanceof Uint8Array) return Array.from(item, (byte) => byte.toString(16).padStart(2, "0")).join("") || "(empty)";
  if (item instanceof Map) return lines(Array.from(item, ([name, value]) => [shown(name), value]), indent);
  if (Array.isArray(item)) return item.length ? lines(item.map((value, place) => [`[${place}]`, value]), indent) : "(none)";
  if (item !== null && typeof item === "object") return item.tag === 4n ? decimal(item.item) : `${item.tag}(${shown(item.item, indent)})`;
  return String(item);
}

function lines(pairs, indent) {
  return pairs.map(([name, value]) => `\n${indent}${name}: ${shown(value, indent + "  ")}`).join("");
}

/** A decimal fraction (tag 4), exact. */
function decimal([exponent, mantissa]) {
  const places = Number(-exponent);
  if (places <= 0) return `${mantissa}${"0".repeat(-places)}`;
  const digits = String(mantissa < 0n ? -mantissa : mantissa).padStart(places + 1, "0");
  return `${mantissa < 0n ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
