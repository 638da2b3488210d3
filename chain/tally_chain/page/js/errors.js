/**
 * The errors of the verifier, by the names that the Python packages give them.
 *
 * FormatError             bytes or text that are not what they should be
 * ├── DecodeError         bytes are not what the format says; the text names what was wrong and where
 * │   ├── CborError       not the deterministic CBOR subset
 * │   ├── CoseError       not a COSE structure of the profile
 * │   └── StatementError  a statement that breaks the profile of its kind
 * ├── SignatureError      a signature does not verify, or is not in its one accepted form
 * ├── TreeError           hashes that do not make the tree they should
 * ├── NoteError           a signed note or a verifier key that is malformed, unsigned or falsely signed
 * │   └── CheckpointError a note's text that is not a checkpoint, or one of another log
 * ├── PolicyError         a reader's policy that is empty or wrong
 * │   └── TomlError       its text is not TOML
 * └── BundleError         a bundle that can not be read
 *     └── SealError       a sealed bundle that is malformed, damaged, or for other readers
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

export class DecodeError extends FormatError {
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

export class SignatureError extends FormatError {
  static kind = "SignatureError";
}

export class TreeError extends FormatError {
  static kind = "TreeError";
}

export class NoteError extends FormatError {
  static kind = "NoteError";
}

export class CheckpointError extends NoteError {
  static kind = "CheckpointError";
}

export class PolicyError extends FormatError {
  static kind = "PolicyError";
}

export class TomlError extends PolicyError {
  static kind = "TomlError";
}

export class BundleError extends FormatError {
  static kind = "BundleError";
}

export class SealError extends BundleError {
  static kind = "SealError";
}
