"""Formats: one pin set in every platform's own form, and back.

Each module is one ecosystem, and each of its forms (`keypin.formats.form.Form`) has the same three
methods: `loads` to a pin set with places, `dumps` to idiomatic text, `losses` for what the form
cannot say. A form that would accept more than the pin set, or refuse what it accepts, is not
written.

Pure: text and bytes are arguments.
"""

from keypin.formats.form import Form, LossError, Reading
from keypin.formats.loss import Effect, Loss
from keypin.formats.registry import FORMS, detect, form, read

__all__ = ["FORMS", "Effect", "Form", "Loss", "LossError", "Reading", "detect", "form", "read"]
