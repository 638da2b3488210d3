/** Step 3.6: keys that must stand in a registry, by what the reader read there. Mirrors `verify/registry_check.py`. */

import { Code } from "../codes.js";
import { concat, equal, shortHex, toHex } from "../octets.js";
import { timeText } from "./time_text.js";

const OF_AUTHORITIES = ["authority"];
const OF_PERSONS = ["inspector", "verifier", "authority"];
const OF_OPERATORS = ["operator"];
const ADDRESS_PAD = new Uint8Array(12);
/** Two honest clocks differ by less: heads and blocks may be so far ahead of the reader's. */
export const CLOCK_SKEW_S = 300;

/**
 * Asks the registry of the policy about a key, at the time by which the key had signed.
 *
 * A key is good when the registry binds it to the organisation that the policy names, in a role that fits, and it was
 * signed with no earlier than the key was good and before it ended. An independent block says by when it was signed;
 * where there is none, only `now` does, so a key that has ended since is not believed.
 */
export class RegistryCheck {
  /** @param {number} now the reader's clock, Unix seconds */
  constructor(policy, ledger, now) {
    Object.assign(this, { registry: policy.registry, ledger, now });
  }

  /** Of a statement that the authority signed. */
  authority(trusted, signedBy) {
    this.check(`authority ${trusted.issuer}`, trusted.key.kid, trusted.registered, OF_AUTHORITIES, signedBy);
  }

  /** Of a statement that the second person signed. */
  person(trusted, signedBy) {
    this.check(`person ${trusted.organisation}`, trusted.key.kid, trusted.registered, OF_PERSONS, signedBy);
  }

  /** Of a grant that the owner signed: nothing dates a grant. */
  owner(trusted) {
    this.check(`owner ${trusted.organisation}`, trusted.key.kid, trusted.registered, OF_OPERATORS, null);
  }

  /** Of the address that owns the log on the contract, now. */
  log(log) {
    if (log.anchorOwner === null) return;
    this.check(`log ${log.origin}`, concat(ADDRESS_PAD, log.anchorOwner), log.registered, OF_OPERATORS, null);
  }

  check(touches, keyId, registered, roles, signedBy) {
    const { registry, ledger } = this;
    if (registered === null || registry === null) return;
    if (registry.readAt === null) {
      ledger.add(Code.REGISTRY_UNREAD, touches, "verify with a chain at hand");
      return;
    }
    const known = registry.byId.get(toHex(keyId));
    if (known === undefined) {
      ledger.add(Code.KEY_UNREGISTERED, touches, `nothing binds key ${shortHex(keyId)}`);
    } else if (!equal(known.organisation, registered)) {
      const other = `it is bound to organisation ${shortHex(known.organisation)}`;
      ledger.add(Code.KEY_UNREGISTERED, touches, `${other}, the policy says ${shortHex(registered)}`);
    } else if (!roles.includes(known.role)) {
      ledger.add(Code.KEY_UNREGISTERED, touches, `it is bound as ${known.role}`);
    } else {
      this.checkTime(touches, known, registry.readAt, signedBy);
    }
  }

  checkTime(touches, known, readAt, signedBy) {
    const [by, skew] = signedBy === null ? [this.now, CLOCK_SKEW_S] : [signedBy, 0];
    const dated = signedBy === null ? "nothing dates what it signed" : `anchored ${timeText(signedBy)}`;
    const { goodFrom, goodUntil } = known;
    if (by + skew < goodFrom) {
      this.ledger.add(Code.KEY_NOT_IN_FORCE, touches, `${dated}, it is good from ${timeText(goodFrom)}`);
    } else if (by >= goodUntil) {
      this.ledger.add(Code.KEY_NOT_IN_FORCE, touches, `${dated}, it is believed until ${timeText(goodUntil)}`);
    } else if (by > readAt) {
      this.ledger.add(Code.REGISTRY_UNREAD, touches, `${dated}, the registry was read ${timeText(readAt)}`);
    } else {
      const span = `from ${timeText(goodFrom)} until ${timeText(goodUntil)}`;
      const text = `${known.role} of organisation ${shortHex(known.organisation)}, ${span}`;
      this.ledger.add(Code.KEY_REGISTERED, touches, `${text}, read ${timeText(readAt)}`);
    }
  }
}
