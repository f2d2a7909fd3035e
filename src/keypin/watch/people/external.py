"""People whom an OpenID provider vouches for: issuer and subject are who they are.

A mail is none: it changes hands, and some providers let anybody claim one (OpenID Connect Core,
section 5.7). So an account that signs in by password is never taken over by a mail that a provider
states: who is signed in with it links the two. Somebody new needs an invitation: a link, or one
bound to the mail if it is verified.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from keypin.errors import InputError
from keypin.watch.people import accounts as people
from keypin.watch.people import audit, invitations, sessions
from keypin.watch.people.accounts import Account
from keypin.watch.people.audit import Actor
from keypin.watch.people.sign_in import SignInError, complete
from keypin.watch.store import Database
from keypin.watch.store.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What a provider says of somebody, in an ID token that was verified.

    Attributes:
        issuer: the provider.
        subject: who they are there, for ever.
        mail: their mail, or empty.
        verified: whether the provider has verified the mail.
        name: as others see them, or empty.
    """

    issuer: str
    subject: str
    mail: str
    verified: bool
    name: str


def sign_in(
    database: Database, who: Vouched, at: datetime, *, link: str = "", network: str = ""
) -> Account:
    """Return the account of somebody, who is signed in wholly; it is made by an invitation.

    Args:
        database: the storage.
        who: what the provider says.
        at: now.
        link: of an invitation that they opened first, or empty.
        network: where from, for the audit log.

    Raises:
        SignInError: they have no account here and no invitation, or it is disabled.
        InputError: what the provider says cannot make an account.
    """
    with database.begin_across() as connection:
        account = _known(connection, who)
    if account is not None and account.disabled_at is not None:
        raise SignInError("This account is disabled. Ask an owner of your organisation.")
    if account is None or link:
        account = _join(database, who, account, link, at)
    with database.begin_across() as connection:
        complete(connection, account, at, network=network, by=who.issuer)
    return account


def link(
    connection: Connection, account: Account, who: Vouched, *, by: Actor, at: datetime
) -> None:
    """Let an account sign in through a provider too; callers ask for its password first.

    Args:
        connection: a transaction across organisations.
        account: whose owner is signed in.
        who: what the provider says of them; its mail counts for nothing.
        by: who does it.
        at: now.

    Raises:
        InputError: it is linked already, or another account is linked to this identity.
    """
    if account.issuer:
        raise InputError(
            f"{account.mail} is linked to {account.issuer} already", next_step="unlink that first"
        )
    if _known(connection, who) is not None:
        raise InputError(
            f"another account signs in by who you are at {who.issuer}",
            next_step="sign in there as somebody else, or have that account removed",
        )
    try:
        people.change(connection, account.number, issuer=who.issuer, subject=who.subject)
    except IntegrityError as error:  # at the same moment, and the transaction is over
        raise InputError(
            "another account was linked to it just now", next_step="try again"
        ) from error
    detail = {"issuer": who.issuer, "subject": who.subject}
    number = account.number
    audit.record_of_person(connection, number, by, "account.openid.link", detail, at=at)


def unlink(
    connection: Connection, account: Account, *, by: Actor, at: datetime, keep: bytes
) -> None:
    """Let an account sign in by its password alone; whoever is signed in elsewhere is no more.

    Args:
        connection: a transaction across organisations.
        account: whose owner is signed in, and has just given the password.
        by: who does it.
        at: now.
        keep: the digest of the session that goes on; empty for none.

    Raises:
        InputError: it is not linked, or nothing else would let it in.
    """
    if not account.issuer:
        raise InputError(f"{account.mail} is not linked to a provider")
    if not account.has_password:
        raise InputError(
            f"{account.issuer} is the only way in for {account.mail}",
            next_step="have another account invited, and this one removed",
        )
    people.change(connection, account.number, issuer=None, subject=None)
    sessions.end_all(connection, account.number, but=keep)
    detail = {"issuer": account.issuer}
    number = account.number
    audit.record_of_person(connection, number, by, "account.openid.unlink", detail, at=at)


def _known(connection: Connection, who: Vouched) -> Account | None:
    query = select(accounts.c.id).where(
        accounts.c.issuer == who.issuer, accounts.c.subject == who.subject
    )
    number = connection.execute(query).scalar()
    return None if number is None else people.get(connection, number)


def _join(
    database: Database, who: Vouched, account: Account | None, link: str, at: datetime
) -> Account:
    with database.read_across() as connection:
        invitation = (
            invitations.find(connection, link, at)
            if link
            else invitations.find_for(connection, who.mail, at)
            if who.mail and who.verified
            else None
        )
    if invitation is None:
        raise SignInError(
            "Nobody has invited you, or the invitation has ended. Ask an owner of the organisation "
            f"to invite {who.mail or 'you'}. If you have an account here, sign in with it, and "
            "link the two in Settings, Your account."
        )
    with database.begin(invitation.organisation) as scope:
        connection = scope.connection
        if account is None:
            number = people.create(connection, who.mail, who.name or who.mail, at)
            people.change(connection, number, issuer=who.issuer, subject=who.subject)
            account = people.get(connection, number)
        invitations.accept_within(scope, invitation, account.number, at)
    return account
