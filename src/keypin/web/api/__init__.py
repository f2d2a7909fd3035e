"""The HTTP API, `/api/v1`: what programs may ask of the watch, and change in it.

    operation     a row for each operation: method, path, function, who may
    operations    all rows
    application   makes the application of them, with its OpenAPI document
    route         what happens before and after each: identity, limits, ETags, idempotency keys
    call          what a function is handed: who asks, and transactions of their organisation

The other modules each hold one kind of thing: its models and its rows. What an operation does is
done in `keypin.watch`; here it is only asked and told. Must not know of pages.
"""
