/**
 * The errors of the verifier, by the names that the Python packages give them.
 *
 * FormatError                 bytes or text that are not what they should be
 * ├── EdgeError               statements, keys and proofs
 * │   ├── DecodeError         bytes are not what the format says; the text names what was wrong and where
 * │   │   ├── CborError       not the deterministic CBOR subset
 * │   │   ├── CoseError       not a COSE structure of the profile
 * │   │   └── StatementError  a statement that breaks the profile of its kind
 * │   ├── SignatureError      a signature does not verify, or is not in its one accepted form
 * │   └── KeyStoreError       a key file is damaged, locked, or holds another kind of key
 * └── ChainError              logs, bundles and policies
 *     ├── TreeError           hashes that do not make the tree they should
 *     ├── NoteError           a signed note or a verifier key that is malformed, unsigned or falsely signed
 *     │   └── CheckpointError a note's text that is not a checkpoint, or one of another log
 *     ├── PolicyError         a reader's policy that is empty or wrong
 *     └── BundleError         a bundle that can not be read
 *         └── SealError       a sealed bundle that is malformed, damaged, or for other readers
 *
 * PlatformError               this browser lacks what the check needs; says nothing about the evidence
 */

/** Base of every error that this verifier throws on purpose. */
export class FormatError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = new.target.kind;
  }

  /** The class's name, which survives a bundler that renames classes. */
  static kind = "FormatError";
}

export class EdgeError extends FormatError {
  static kind = "EdgeError";
}

export class DecodeError extends EdgeError {
  static kind = "DecodeError";
}

export class CborError extends DecodeError {
  static kind = "CborError";
}

export class CoseError extends DecodeError {
  static kind = "CoseError";
}

export class StatementError extends DecodeError {
  static kind = "StatementError";
}

export class SignatureError extends EdgeError {
  static kind = "SignatureError";
}

/** `code`, for pages that say it in their reader's language: not-a-key, not-locked-so or wrong-passphrase. */
export class KeyStoreError extends EdgeError {
  static kind = "KeyStoreError";

  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class ChainError extends FormatError {
  static kind = "ChainError";
}

export class TreeError extends ChainError {
  static kind = "TreeError";
}

export class NoteError extends ChainError {
  static kind = "NoteError";
}

export class CheckpointError extends NoteError {
  static kind = "CheckpointError";
}

export class PolicyError extends ChainError {
  static kind = "PolicyError";
}

export class BundleError extends ChainError {
  static kind = "BundleError";
}

export class SealError extends BundleError {
  static kind = "SealError";
}

/** This browser lacks what the check needs, or its answers can not be right. Nothing is said about the evidence. */
export class PlatformError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "PlatformError";
  }
}

/**
 * `error`, if it is one of `kinds`; anything else is a fault of this program and goes on.
 *
 * @param {unknown} error
 * @param {...Function} kinds
 * @returns {Error}
 */
export function only(error, ...kinds) {
  if (kinds.some((kind) => error instanceof kind)) return /** @type {Error} */ (error);
  throw error;
}
