"""``{% keep name %}…{% endkeep %}``: render once, show often (a page's title is also its heading)."""

from __future__ import annotations

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context

register = template.Library()


class KeepNode(template.Node):
    """Renders its content into a context variable and shows nothing."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name, self.nodelist = name, nodelist

    def render(self, context: Context) -> str:
        """Keep the content under the name for the rest of the page."""
        context[self.name] = self.nodelist.render(context).strip()
        return ""


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    """``keep NAME``."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(name, nodelist)
