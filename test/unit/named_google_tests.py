"""The format of the unit tests. A module of its own, since lit's workers must be
able to import it."""
import lit.formats


class NamedGoogleTests(lit.formats.GoogleTest):
    """Runs the executables of these names, and no other that lies there."""

    def __init__(self, names):
        super().__init__(test_sub_dirs=".", test_suffix="")
        self.test_suffixes = tuple(names)
