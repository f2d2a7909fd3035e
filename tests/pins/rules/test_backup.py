from keypin.pins.ca_facts import BY_NAME, roots_of
from keypin.pins.pin import Pin


def test_a_policy_without_a_backup_pin_is_told(finds, policy, spare) -> None:
    """Two active pins are no backup: nobody has said which one is kept offline."""
    (found,) = finds("backup-missing", policy(active=(spare(1), spare(2))))
    assert found.message == "no pin of this policy is a backup"
    assert found.evidence == (spare(1), spare(2))
    assert found.subject == "api.example.com"


def test_a_backup_or_a_reason_for_none_satisfies(finds, policy, spare) -> None:
    """A backup pin silences the rule, and so does the stated reason."""
    assert not finds("backup-missing", policy(active=(spare(1),), backup=(spare(2),)))
    assert not finds("backup-missing", policy(active=(spare(1),), no_backup="a toy"))


def test_a_backup_that_is_in_use_is_no_backup(finds, policy, spare, root) -> None:
    """The backup's key in a chain that a server shows now is an error."""
    chain = root.chain("api.example.com")
    pinned = policy(active=(spare(1),), backup=(Pin.of_key(chain.leaf),))
    (found,) = finds("backup-deployed", pinned, observed={"api.example.com": (chain,)})
    assert found.severity == "error"
    assert found.message == f"the backup pin {Pin.of_key(chain.leaf)} is in use now"
    assert found.evidence == (f"{Pin.of_key(chain.leaf)}: CN=api.example.com (leaf)",)


def test_a_backup_that_is_offline_is_silent(finds, policy, spare, root) -> None:
    """A backup that no chain contains is what it should be."""
    chain = root.chain("api.example.com")
    pinned = policy(active=(Pin.of_key(chain.leaf),), backup=(spare(1),))
    assert not finds("backup-deployed", pinned, observed={"api.example.com": (chain,)})


def test_a_backup_under_the_same_ca_falls_with_it(finds, policy) -> None:
    """X2 is no way out when Let's Encrypt itself is the trouble."""
    one, two = BY_NAME["ISRG Root X1"], BY_NAME["ISRG Root X2"]
    (found,) = finds("backup-same-ca", policy(active=(one.pin,), backup=(two.pin,)))
    assert found.message == "every backup pin is a key of Let's Encrypt, as is the active chain"
    assert found.evidence == (f"{two.pin}: ISRG Root X2, Let's Encrypt",)


def test_the_active_ca_is_also_read_from_the_chain(finds, policy, root, public_root) -> None:
    """A leaf pin does not name its CA; the chain that it matches does."""
    one, two = BY_NAME["ISRG Root X1"], BY_NAME["ISRG Root X2"]
    leaf = root.leaf("api.example.com")
    chain = type(root.chain("a.test")).from_verifier((leaf, public_root[one.pin]))
    pinned = policy(active=(Pin.of_key(leaf),), backup=(two.pin,))
    assert finds("backup-same-ca", pinned, observed={"api.example.com": (chain,)})
    assert not finds("backup-same-ca", pinned)


def test_a_backup_under_another_ca_or_of_ones_own_is_silent(finds, policy, spare) -> None:
    """Another operator's root is a way out, and so is a key that no table knows."""
    one = BY_NAME["ISRG Root X1"].pin
    other = roots_of("Google Trust Services")[0].pin
    assert not finds("backup-same-ca", policy(active=(one,), backup=(other,)))
    assert not finds("backup-same-ca", policy(active=(one,), backup=(spare(1),)))
    assert not finds("backup-same-ca", policy(active=(one, spare(1))))


def test_a_backup_that_is_an_intermediate_may_be_retired_unused(finds, policy, spare) -> None:
    """A CA's intermediate is not kept for anybody."""
    key = BY_NAME["R10"]
    (found,) = finds("backup-intermediate", policy(active=(spare(1),), backup=(key.pin,)))
    assert found.message == f"the backup pin {key.pin} is the intermediate R10 of Let's Encrypt"
    root = BY_NAME["ISRG Root X1"].pin
    assert not finds("backup-intermediate", policy(active=(spare(1),), backup=(root, spare(2))))


def test_a_backup_certificate_ages_in_the_drawer(finds, policy, spare, root) -> None:
    """The digest of a reserve certificate dies with it; its key's pin does not."""
    leaf = root.leaf("api.example.com")
    digest = Pin.of_certificate(leaf)
    (found,) = finds("backup-certificate-pin", policy(active=(spare(1),), backup=(digest,)))
    assert found.message == f"the backup pin {digest} is of a certificate"
    kept = policy(active=(spare(1),), backup=(Pin.of_key(leaf),))
    assert not finds("backup-certificate-pin", kept)
