from pydantic import Field, create_model

from reconciler.core.spec import Strict
from reconciler.manifests.guide import schema_of


class Animal(Strict):
    """Something alive."""

    leg_count: int = 4
    """How many legs it stands on,
    the lost ones not counted.
    """
    name: str
    sound: str = Field(default="", description="What one hears.")
    """What nobody reads: the field describes itself."""

    def speak(self) -> str:
        """Make itself heard."""
        return self.sound

    colour: str = ""


class Dog(Animal):
    name: str
    """What it listens to."""
    owner: Animal | None = None
    """Who feeds it."""


def described(model):
    return {key: node.get("description") for key, node in schema_of(model)["properties"].items()}


def test_the_docstring_below_a_field_describes_it_in_the_schema():
    said = {
        "legCount": "How many legs it stands on,\nthe lost ones not counted.",
        "name": None,
        "sound": "What one hears.",
        "colour": None,
    }
    assert described(Animal) == said


def test_a_model_has_the_docstrings_of_the_one_that_it_extends_and_its_own_before_them():
    assert described(Dog) == {**described(Animal), "name": "What it listens to.", "owner": "Who feeds it."}


def test_a_model_that_is_made_at_run_time_has_the_docstrings_of_its_base():
    assert described(create_model("Cat", __base__=Dog, lives=(int, 9))) == {**described(Dog), "lives": None}


def test_a_model_without_a_source_has_a_schema_without_descriptions():
    space = {"__name__": "nowhere.to.be.found", "Strict": Strict}
    exec('class Ghost(Strict):\n    fear: int\n    """How much it gives."""\n', space)
    assert described(space["Ghost"]) == {"fear": None}
