from core.expressions.templates import TemplateError, UnknownPathError


def test_an_error_names_its_template_once() -> None:
    error = TemplateError("it failed").within("{{ inner }}").within("{{ outer }}")

    assert (error.template, error.detail, str(error)) == (
        "{{ inner }}",
        "In the template `{{ inner }}`: it failed",
        "In the template `{{ inner }}`: it failed",
    )


def test_each_error_has_its_own_code() -> None:
    assert (TemplateError().code, UnknownPathError("a").code) == ("template_failed", "unknown_path")
