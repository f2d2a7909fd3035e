"""People: who they are, to which organisations they belong, and what each may do and did.

    roles         what a viewer, an editor, an owner and a token's scope may do
    accounts      one for each person: mail, name, and how they sign in
    passwords     argon2id, and what a password must be
    sign_in       mail and password, with growing delays
    second        the second factor: time-based codes, and recovery codes
    external      people whom an OpenID provider vouches for
    sessions      a browser that is signed in
    tokens        programs that use the API
    organisations, memberships, invitations, first
    named_secrets secrets by name, sealed
    audit         what was changed, by whom, in a chain that shows a later edit

Knows nothing of HTTP. Nothing that lets somebody in is stored as it is: passwords under argon2id,
sessions, tokens and links as digests, secrets of the second factor sealed.
"""
