import time

import pytest

from actions.mail import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>you</b></p>", "Hello you"),
        ("<h1>Order 7</h1><p>Two lines<br>of text.</p><p>Bye</p>", "Order 7\n\nTwo lines\nof text.\n\nBye"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        ("<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", "- a\n  1. b\n- c"),
        ('<a href="https://example.com/x">Look</a> here', "Look (https://example.com/x) here"),
        ('<a href="https://example.com/x">https://example.com/x</a>', "https://example.com/x"),
        ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
        ('<a href="javascript:alert(1)">Look</a>', "Look"),
        ('<a href="https://example.com/x"><img alt="Our shop" src="x"></a>', "Our shop (https://example.com/x)"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("1 &lt; 2 &amp; &eacute;", "1 < 2 & é"),
        ("<style>p {}</style><script>alert(1)</script><title>t</title>x", "x"),
        ("plain\n  text", "plain text"),
        ("a<!-- <b>no</b> -->b", "ab"),
        ("<p title='a > b' it's>x</p>", "x"),
        ("1 < 2 <3", "1 < 2 <3"),
        ("", ""),
    ],
)
def test_html_is_readable_as_text(html: str, text: str) -> None:
    assert plain_text.of(html) == text


@pytest.mark.parametrize(
    "html", ["<![foo", "<![if x]>a", "<!", "</", "<a href=", "</a></li></ul>", "&#xffffffff;", "<p" * 1000]
)
def test_what_is_no_html_is_no_failure(html: str) -> None:
    assert isinstance(plain_text.of(html), str)


@pytest.mark.parametrize(
    "part",
    [
        "<ul><li>",
        "<a href='https://x'>",
        "<p>",
        "<b>x",
        "&lt;",
        "<pre>\n",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!",
        "</",
        "<!d",
        "<a b='",
        "</a ",
        "<script>",
        "<a ",
    ],
)
def test_a_long_text_takes_no_long_time(part: str) -> None:
    started = time.perf_counter()

    plain_text.of(part * (128 * 1024 // len(part)))

    assert time.perf_counter() - started < 20  # quadratic time was 105 s
