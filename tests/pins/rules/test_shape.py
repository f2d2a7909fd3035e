from keypin.pins.pin import Pin
from keypin.pins.policy import Mode


def test_a_policy_that_repeats_the_one_above_is_noted(finds, policy, spare) -> None:
    """Two places to change, of which one will be forgotten."""
    above = policy("**.example.com", active=(spare(1),), backup=(spare(2),))
    below = policy("api.example.com", active=(spare(1),), backup=(spare(2),))
    (found,) = finds("policy-redundant", above, below)
    assert (found.subject, found.message) == (
        "api.example.com",
        "this policy repeats that of **.example.com",
    )
    other = policy("api.example.com", active=(spare(3),), backup=(spare(2),))
    assert not finds("policy-redundant", above, other)


def test_a_wildcard_is_compared_with_the_wider_wildcard(finds, policy, spare) -> None:
    """The parent of *.example.com is **.example.com, not a policy for one of its names."""
    wide = policy("**.example.com", active=(spare(1),))
    narrow = policy("*.example.com", active=(spare(1),))
    one = policy("api.example.com", active=(spare(2),))
    assert [f.subject for f in finds("policy-redundant", wide, narrow, one)] == ["*.example.com"]


def test_report_mode_under_an_enforced_policy_is_told(finds, policy, spare) -> None:
    """The most specific decides alone, so this host is not protected."""
    above = policy("**.example.com", active=(spare(1),))
    below = policy("api.example.com", active=(spare(1),), mode=Mode.REPORT)
    (found,) = finds("policy-weakens-parent", above, below)
    assert found.message == "**.example.com is enforced, but this policy under it only reports"
    assert not finds("policy-weakens-parent", below)
    assert not finds("policy-weakens-parent", above, policy(active=(spare(3),)))


def test_a_denial_is_not_inherited(finds, policy, spare) -> None:
    """A compromised key that is denied above is accepted below."""
    bad = Pin.parse(spare(9))
    above = policy("**.example.com", active=(spare(1),), denied=(bad,))
    (found,) = finds("denial-not-inherited", above, policy(active=(spare(1),)))
    assert found.message == "pins that **.example.com denies are not denied here"
    assert found.evidence == (spare(9),)
    assert not finds("denial-not-inherited", above, policy(active=(spare(1),), denied=(bad,)))


def test_known_subdomains_without_a_policy_are_told(finds, policy, spare, root) -> None:
    """From what was observed and from the certificate's own names; a wildcard counts too."""
    chain = root.chain("example.com", "api.example.com", "*.img.example.com", "example.org")
    observed = {"example.com": (chain,), "login.example.com": ()}
    exact = policy("example.com", active=(spare(1),))
    (found,) = finds("subdomain-unpinned", exact, observed=observed)
    assert found.message == (
        "example.com is pinned, but not what is below it: *.img.example.com, api.example.com, "
        "login.example.com"
    )
    assert found.evidence[2] == "login.example.com: observed"
    wide = policy("**.example.com", active=(spare(1),))
    assert not finds("subdomain-unpinned", wide, observed=observed)
    assert not finds("subdomain-unpinned", exact)


def test_a_name_that_is_no_host_is_not_asked_for(finds, policy, spare, root) -> None:
    """Certificates bear odd names; no policy could cover them."""
    chain = root.chain("example.com", "a..example.com")
    exact = policy("example.com", active=(spare(1),))
    observed = {"example.com": (chain,), "not a host": (chain,)}
    assert not finds("subdomain-unpinned", exact, observed=observed)


def test_a_report_that_nobody_hears(finds, policy, spare) -> None:
    """Report mode without an address does nothing at all."""
    (found,) = finds("report-unheard", policy(active=(spare(1),), mode=Mode.REPORT))
    assert found.message == "this policy only reports, and has nowhere to report to"
    heard = policy(
        active=(spare(1),), mode=Mode.REPORT, report_to=("https://reports.example.org/pins",)
    )
    assert not finds("report-unheard", heard)
    (note,) = finds("report-only", heard)
    assert note.message == "this policy reports mismatches and lets them pass"
    assert not finds("report-only", policy(active=(spare(1),)))


def test_a_report_to_a_pinned_host_fails_with_the_pins(finds, policy, spare) -> None:
    """RFC 7469 section 2.1.4; an unreadable address is another check's."""
    own = policy(
        "**.example.com",
        active=(spare(1),),
        report_to=("https://reports.example.com/", "https://reports.example.org", "https://[::1"),
    )
    (found,) = finds("report-host-pinned", own)
    assert found.message == "reports go to https://reports.example.com/, which **.example.com pins"
    beside = policy("example.net", active=(spare(1),), report_to=("https://reports.example.org/",))
    assert not finds("report-host-pinned", beside)
