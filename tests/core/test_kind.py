from reconciler.core.kind import Offer, Risk


def test_capabilities_are_the_two_of_the_concept_page():
    assert set(Offer) == {"xaa", "sts"}


def test_risks_are_ordered_from_harmless_to_dangerous():
    assert list(Risk) == ["low", "medium", "high"]
