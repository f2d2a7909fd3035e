"""The second factor: time-based codes (RFC 6238), and recovery codes for a lost device.

A code of the step before and of the one after count too, for clocks that are off (section 5.2);
none counts twice, nor one of a step before the last that was used. The secret is sealed. Recovery
codes have 80 bits of chance and are kept as digests; each works once.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import Connection, select, update

from keypin.errors import InputError
from keypin.watch.people import accounts as people
from keypin.watch.people import audit
from keypin.watch.people.accounts import Account
from keypin.watch.people.audit import Actor
from keypin.watch.store import Purpose, Sealer
from keypin.watch.store.tables import accounts

STEP = 30
_CODES = 10
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
# Crockford's alphabet: nothing in it is mistaken for something else in it.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_secret() -> str:
    """Return a new secret of 160 bits, in base32."""
    return random_base32()


def address(secret: str, mail: str, service: str) -> str:
    """Return the `otpauth:` address that authenticators read from a picture."""
    return TOTP(secret).provisioning_uri(name=mail, issuer_name=service)


def turn_on(
    connection: Connection,
    sealer: Sealer,
    account: Account,
    secret: str,
    code: str,
    *,
    by: Actor,
    at: datetime,
) -> Sequence[str]:
    """Take a secret as the second factor, once its owner has shown a code of it.

    Returns:
        the recovery codes, which are shown once.

    Raises:
        InputError: the code is not of this secret and moment.
    """
    step = _step(secret, code, at)
    if step is None:
        raise InputError(
            "the code does not match",
            expected="the six digits that the device shows now",
            next_step="look that its clock is right, and type the next one",
        )
    sealed = sealer.seal(secret.encode(), Purpose.SECOND)
    people.change(connection, account.number, totp=sealed, totp_step=step)
    _record(connection, account, "account.second.on", by, at)
    return new_recovery(connection, account, by=by, at=at)


def turn_off(connection: Connection, account: Account, *, by: Actor, at: datetime) -> None:
    """Remove the second factor; callers ask for the password first."""
    people.change(connection, account.number, totp=None, totp_step=None, recovery=None)
    _record(connection, account, "account.second.off", by, at)


def new_recovery(
    connection: Connection, account: Account, *, by: Actor, at: datetime
) -> Sequence[str]:
    """Make new recovery codes, which replace the former ones, and return them."""
    codes = [_recovery_code() for _ in range(_CODES)]
    people.change(connection, account.number, recovery=[_digest(code) for code in codes])
    _record(connection, account, "account.recovery", by, at)
    return codes


def use(
    connection: Connection, sealer: Sealer, account: int, code: str, at: datetime
) -> str | None:
    """Use a code up; return which kind it was, or None: it is wrong, or was used.

    Args:
        connection: a transaction that may write.
        sealer: opens the secret.
        account: whose.
        code: as typed; of the device, or one for recovery.
        at: now.

    Raises:
        SealError: the key of the secret is gone; recovery codes need none.
    """
    columns = (accounts.c.totp, accounts.c.totp_step, accounts.c.recovery)
    query = select(*columns).where(accounts.c.id == account).with_for_update()
    row = connection.execute(query).one()
    if row.totp is None:
        return None
    typed = code.replace(" ", "")
    if _CODE.fullmatch(typed):
        secret = sealer.open(row.totp, Purpose.SECOND).decode()
        return "code" if _use_step(connection, account, _step(secret, typed, at)) else None
    kept = cast("list[str]", row.recovery or [])
    left = [one for one in kept if not hmac.compare_digest(one, _digest(typed))]
    if len(left) == len(kept):
        return None
    people.change(connection, account, recovery=left)
    return "recovery code"


def _record(connection: Connection, account: Account, action: str, by: Actor, at: datetime) -> None:
    audit.record_of_person(connection, account.number, by, action, {}, at=at)


def _use_step(connection: Connection, account: int, step: int | None) -> bool:
    """Note a step as used; say whether it and all after it were not."""
    if step is None:
        return False
    newer = accounts.c.totp_step < step
    query = update(accounts).where(accounts.c.id == account, newer).values(totp_step=step)
    return connection.execute(query).rowcount == 1


def _step(secret: str, code: str, at: datetime) -> int | None:
    """Return the step that a code is of, or None."""
    now = int(at.timestamp()) // STEP
    totp = TOTP(secret)
    typed = code.replace(" ", "").encode()
    found = [
        step
        for step in (now - 1, now, now + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return found[-1] if found else None


def _recovery_code() -> str:
    text = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _digest(code: str) -> str:
    plain = code.casefold().replace("-", "")
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
