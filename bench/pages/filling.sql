-- The rows of bench_pages.py: years of what a large organisation watches.

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :endpoints) INSERT INTO endpoints (id, organisation, host, port, protocol, origin, tags, "interval",
    vantage_points, enabled, created_at, probed_at, changed_at, state, refused,
    issuer, expires_at)
    SELECT i, 1, 'h' || i || '.g' || (i % 100) || '.example', 443, 'tls', 'pins', '["eu"]', 3600,
    '[]', 1, :now - 900 * :day, :now - (i % 3600) * 1000000, :now - 20 * :day,
    CASE WHEN i % 50 = 0 THEN 'refused' WHEN i % 97 = 0 THEN 'finding' ELSE 'fine' END,
    CASE WHEN i % 50 = 0 THEN 1 + i % 3 ELSE 0 END, 'keypin lab intermediate ' || i % 5,
    :now + (30 + i % 100) * :day FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :history) INSERT INTO observations (organisation, endpoint, vantage, address, key_type, chain,
    detail, first_seen_at, last_seen_at, ended_at, probes)
    SELECT 1, endpoints.id, 'here', '192.0.2.' || (endpoints.id % 250) || ':443', 'ecdsa',
    shown.digest, '{"tls": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256"}',
    :now - (:history - i + 1) * 7 * :day, :now - (:history - i) * 7 * :day,
    CASE WHEN i = :history THEN NULL ELSE :now - (:history - i) * 7 * :day END, 168
    FROM endpoints, n JOIN shown ON shown.n = endpoints.id % 100 * 4 + i % 4;

INSERT INTO verdicts (organisation, endpoint, chain, pin_set, outcome, pin, position, why,
    judged_at)
    SELECT 1, endpoints.id, shown.digest, pin_sets.id,
    CASE WHEN pin_sets.id % 10 = 1 AND endpoints.id % 50 = 0 THEN 'breaks' ELSE 'passes' END,
    'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'leaf', '{}', :now
    FROM endpoints JOIN shown ON shown.n = endpoints.id % 100 * 4 + :history % 4
    JOIN pin_sets ON (pin_sets.id - 1) % 5 = (endpoints.id % 100) % 5;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :groups) INSERT INTO report_groups (id, organisation, application, fingerprint, host,
    classification, severity, message, document, folded, first_at, last_at, count,
    sources, release, country)
    SELECT i, 1, 1 + i % 10, printf('%032x', i), 'h' || i || '.g17.example',
    CASE i % 3 WHEN 0 THEN 'own-rotation' WHEN 1 THEN 'intercepting-proxy' ELSE 'unknown' END,
    CASE i % 3 WHEN 0 THEN 'error' WHEN 1 THEN 'note' ELSE 'warning' END,
    'the key of h' || i || ' is not pinned', '{"evidence": ["one"]}', :folded,
    :now - 90 * :day, :now - i * 60000000, :reports / :groups, i % 40, '3.' || i % 4, 'DE'
    FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :reports) INSERT INTO reports (organisation, application, report_group, received_at, form, host,
    version, platform, network, country, source)
    SELECT 1, 1 + (1 + i % :groups) % 10, 1 + i % :groups, :now - i * (90 * :day / :reports),
    'trustkit-android', 'h' || (1 + i % :groups) || '.g17.example', '3.' || i % 9, 'android',
    'AS' || (64496 + i % 300), CASE i % 3 WHEN 0 THEN 'DE' ELSE 'FR' END, randomblob(8)
    FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90 * 24) INSERT INTO report_counts (organisation, application, report_group, minute, count)
    SELECT 1, application, report_groups.id, (:now - (i + 48) * :hour) / :hour * :hour,
    1 + :reports / 2160 / :groups FROM report_groups, n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 48 * 60) INSERT INTO report_counts (organisation, application, report_group, minute, count)
    SELECT 1, application, report_groups.id, (:now - i * 60000000) / 60000000 * 60000000, 3
    FROM report_groups, n WHERE report_groups.id % 10 = 0;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :alerts) INSERT INTO alerts (id, organisation, fingerprint, episode, finding, rule, severity, rank,
    state, subject, title, owner, document, since, opened_at, seen_at, looked_at)
    SELECT i, 1, printf('%032x', i), 1, 'chain-refused', 'users-refused', 'error', -2,
    CASE WHEN i <= :open THEN 'open' ELSE 'resolved' END, 'endpoint h17.g17.example:443',
    'h17.g17.example breaks now', 'mobile', :alert, :now - i * 60000000, :now, :now, :now
    FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :found) INSERT INTO ct_findings (id, organisation, identity, rule, severity, message, names,
    issuer, certificate, not_after, log, position, logged_at, known_at, endpoint, document)
    SELECT i, 1, printf('%064x', i), 'key-not-pinned',
    CASE i % 20 WHEN 0 THEN 'error' ELSE 'note' END, 'its key is pinned by no release',
    '["h17.g17.example"]', 'CN=keypin lab intermediate',
    (SELECT leaf FROM chains JOIN shown USING (digest) WHERE shown.n = i % :endpoints % 100 * 4), :now + :day, 'log', i,
    :now - i * 600000000, :now - i * 600000000, 1 + i % :endpoints,
    '{"names": ["h17.g17.example"], "hits": [{"kind": "name", "watched": "h17.g17.example", "seen": "h17.g17.example"}]}' FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :audit) INSERT INTO audit_log (organisation, at, actor, network, action, subject, detail, previous,
    digest)
    SELECT 1, :now - (:audit - i) * 60000000, 'ada' || (i % 20) || '@shop.example', '192.0.2.0/24',
    'release.push', 'app-1 ' || i, '{"after": {"share": "0.1"}}', randomblob(32),
    randomblob(32) FROM n;
