"""The format in which plans are written: what `version` tells without knowing plans."""

FORMAT_VERSION = "1.0"
