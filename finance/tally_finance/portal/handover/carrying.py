"""The parcel that goes by e-mail or on a stick: the sealed file and a sheet that says what to do. No IO."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from typing import Final

from tally_chain import fingerprint
from tally_chain.grant import Grant
from tally_finance.portal.handover.drafting import day_of

SEALED_NAME: Final = "evidence.sealed.tally"
README_NAME: Final = "README.txt"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)

_README: Final = """\
{owner} hands evidence over to {reader}. / {owner} 向 {reader} 交接证据。

File 文件           {name} ({size} bytes), SHA-256 {digest}
Purpose 用途        {purpose}
Until 有效期至      {until} (UTC+8)
Sealed to key 密封给密钥
    {reader_digits}
Signed by owner's key 所有者签名密钥
    {owner_digits}

Before you rely on it 使用前
1. Call {owner} on a number that you know already, not one from this mail, and have both rows of digits read to you.
   用您已知的电话（不要用本邮件中的号码）致电 {owner}，请对方读出上面两行数字并逐一核对。
2. Bring the file to your portal (Handover, Bundles), or check it on a machine of your own:
   将文件上传到贵方门户（交接 › 证据包），或在自己的设备上核验：
       tallystick verify {name} --policy POLICY.toml --key YOUR-KEY.pem
3. The file opens with your key alone. Do not send your key to anybody.
   文件只能用贵方密钥打开。切勿将密钥发给任何人。

A revocation ends what {owner} serves; this copy stays readable to you, and a reader who looks at it after the
expiry, or after a revocation that it was told of, has no grant any more.
撤销授权后，{owner} 停止提供服务，但本副本仍可读；到期后或获知撤销后继续使用即属无授权。
"""


def readme(grant: Grant, owner_kid: bytes, sealed: bytes) -> str:
    """The sheet, in both languages."""
    return _README.format(
        owner=grant.owner,
        reader=grant.reader,
        purpose=grant.purpose,
        until=day_of(grant.expires_at),
        name=SEALED_NAME,
        size=len(sealed),
        digest=sha256(sealed).hexdigest(),
        reader_digits="-" if grant.reader_key is None else fingerprint.digits(grant.reader_key),
        owner_digits=fingerprint.digits(owner_kid),
    )


def parcel(grant: Grant, owner_kid: bytes, sealed: bytes) -> bytes:
    """A ZIP of both, the same bytes for the same grant."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in ((SEALED_NAME, sealed), (README_NAME, readme(grant, owner_kid, sealed).encode("utf-8-sig"))):
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data)
    return packed.getvalue()
