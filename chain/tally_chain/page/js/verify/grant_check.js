/** Step 9: the grant is the owner's and covers this bundle; attachments too. Mirrors `verify/grant_check.py`. */

import { bindingOf } from "../bundle.js";
import { Code, FAILURE, NOTE } from "../codes.js";
import { EdgeError, only } from "../errors.js";
import { GRANT } from "../grant.js";
import { concat, equal, shortHex, toHex } from "../octets.js";
import { sha256 } from "../sha256.js";
import * as statement from "../statement.js";
import { compareText } from "../text.js";
import * as wire from "../wire.js";

/**
 * Check the grant and the attachments.
 *
 *     9.1 the owner, known to the policy, signed the grant, with a key that the registry calls good now where it must
 *     9.2 it has not expired, and names this evidence, period, points and, where the policy says who reads, the reader;
 *         where it names the reader's key, the reader has shown that it holds that key: a name alone is anybody's
 *     9.3 every attachment matches its digest, and the grant lists exactly the bundle's attachments
 *
 * @param {object} given   bundle, checked sections, counted statements, policy, registry, now, readerKey (hex or null)
 * @param {import("../findings.js").Ledger} ledger
 */
export async function checkGrant({ bundle, checked, counted, policy, registry, now, readerKey }, ledger) {
  const attachments = bundle.attachments ?? [];
  for (const attachment of attachments) checkAttachment(attachment, ledger);
  if (bundle.grant === null) {
    ledger.add(Code.NO_GRANT, "bundle", "", { severity: policy.accept.withoutGrant ? NOTE : FAILURE });
    for (const { name } of attachments) ledger.add(Code.ATTACHMENT_UNBOUND, `attachment ${name}`);
    return;
  }
  const grant = await read(bundle.grant, policy, registry, ledger);
  if (grant === null) return;
  const refuse = (detail) => ledger.add(Code.NOT_GRANTED, "grant", detail);
  if (grant.expires_at < now) ledger.add(Code.GRANT_EXPIRED, "grant", `at ${grant.expires_at}`);
  if (!equal(grant.evidence, sha256(concat(...checked.map(({ root }) => root))))) refuse("it is for other evidence");
  if (!(grant.from_at <= bundle.from_at && bundle.to_at <= grant.to_at)) refuse("it is for another period");
  const subjects = new Set(counted.map(({ claims }) => claims.subject));
  const [foreign] = [...subjects].filter((subject) => !grant.points.includes(subject)).sort(compareText);
  if (grant.points.length && foreign !== undefined) refuse(`it is not for ${foreign}`);
  if (policy.reader && grant.reader !== policy.reader) refuse(`it is for ${grant.reader}`);
  if (grant.reader_key !== null && readerKey === null) {
    const detail = `key ${shortHex(grant.reader_key)}, and the bundle came open`;
    ledger.add(Code.READER_KEY_UNPROVEN, "grant", detail);
  } else if (grant.reader_key !== null && toHex(grant.reader_key) !== readerKey) {
    refuse("it names another reader's key");
  }
  const listed = grant.attachments.map(toHex).sort().join();
  if (listed !== attachments.map((one) => toHex(bindingOf(one))).sort().join()) refuse("it lists other attachments");
}

/** Step 9.1. */
async function read(encoded, policy, registry, ledger) {
  const wrong = (detail) => {
    ledger.add(Code.GRANT_WRONG, "grant", detail);
    return null;
  };
  let grant;
  let owner;
  try {
    const signed = statement.decode(encoded);
    if (signed.claims.kind !== "grant") return wrong(`it is a ${signed.claims.kind}`);
    grant = wire.decode(GRANT, signed.payload);
    owner = policy.owners.find(({ key }) => key.kidHex === signed.claims.kidHex);
    if (owner === undefined) return wrong("the policy does not know the owner's key");
    await signed.verify(owner.key);
  } catch (error) {
    return wrong(only(error, EdgeError).message);
  }
  if (grant.owner !== owner.organisation) {
    return wrong(`it names ${grant.owner} as the owner, the key is ${owner.organisation}'s`);
  }
  registry.owner(owner);
  return grant;
}

function checkAttachment({ name, digest, salt, content }, ledger) {
  const touches = `attachment ${name}`;
  if (content === null && salt === null) {
    ledger.add(Code.ATTACHMENT_WITHHELD, touches);
  } else if (content === null || salt === null) {
    ledger.add(Code.ATTACHMENT_WRONG, touches, "its salt or its content is left out");
  } else if (!equal(sha256(salt, content), digest)) {
    ledger.add(Code.ATTACHMENT_WRONG, touches);
  }
}
