"""Nothing leaves without its sources."""

from dataclasses import replace

import paper_town
import pytest

from knr_gis.errors import OutputError


def test_product_with_credits_may_leave() -> None:
    paper_town.product().require_traceable()


def test_layer_without_credit_line_is_refused_by_name() -> None:
    first, *rest = paper_town.layers()
    product = paper_town.product(layers=(*rest, replace(first, attribution="　 ")))
    with pytest.raises(OutputError, match="市町村"):
        product.require_traceable()
