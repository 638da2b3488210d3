"""Runs in the environment of the independent libraries and imports nothing of ours: JSON in, JSON out.

{"statement": hex, "key": {…}}                      cwt verifies, and tells the header and the payload
{"statement": hex, "pem": …}                        scitt-cose verifies, and tells what it read
{"receipt": hex, "entry": hex, "pem": …}            scitt-cose verifies the receipt of an entry
{"consistency": [root, root, size, size, path]}     scitt-cose verifies that one tree continues the other
"""

# ruff: noqa: PLC0415  # each library is imported where it is asked, so that one can be missing

import json
import sys


def by_cwt(job: dict) -> dict:
    import cwt
    from cwt import COSE, COSEKey

    key = COSEKey.from_pem(job["pem"], kid=bytes.fromhex(job["kid"]), alg=job["alg"])
    protected, unprotected, payload = COSE.new().decode_with_headers(bytes.fromhex(job["statement"]), keys=[key])
    claims = {str(label): value for label, value in protected[15].items()}
    return {
        "version": cwt.__version__,
        "typ": protected[16],
        "content_type": protected[3],
        "kid": protected[4].hex(),
        "claims": {name: value.hex() if isinstance(value, bytes) else value for name, value in claims.items()},
        "unprotected": len(unprotected),
        "payload": payload.hex(),
    }


def by_scitt_cose(job: dict) -> dict:
    import scitt_cose

    read = scitt_cose.parse_signed_statement(bytes.fromhex(job["statement"]), public_key_pem=job["pem"])
    return {name: read.get(name) for name in ("signature_verified", "issuer", "subject")}


def receipt_by_scitt_cose(job: dict) -> dict:
    import scitt_cose

    read = scitt_cose.verify_receipt(
        bytes.fromhex(job["receipt"]), leaf_entry_hex=job["entry"], log_public_key_pem=job["pem"]
    )
    names = ("ok", "root", "tree_size", "leaf_index", "issuer", "subject", "iat", "failed_at")
    return {name: getattr(read, name) for name in names}


def consistency_by_scitt_cose(job: dict) -> dict:
    import scitt_cose

    return {"ok": scitt_cose.verify_consistency(*job["consistency"])}


KINDS = {
    "cwt": by_cwt,
    "scitt-cose": by_scitt_cose,
    "receipt": receipt_by_scitt_cose,
    "consistency": consistency_by_scitt_cose,
}


def main() -> None:
    answers = []
    for job in json.load(sys.stdin):
        try:
            answers.append(KINDS[job["kind"]](job))
        except Exception as error:  # noqa: BLE001  # whatever a library raises is its verdict
            answers.append({"refused": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
